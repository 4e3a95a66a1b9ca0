import { z } from "zod";
import { type Site, sites } from "../../shared/domain/sites.ts";
import type { Plan } from "../plan.ts";

const endpoint = z.object({ site: z.enum(sites), host: z.string(), fence: z.int() });
/** Which site is in charge of a tenant, as the public endpoint says. */
export type Endpoint = z.output<typeof endpoint>;

const patienceMs = 2000;

/** The newest of what both sites' APIs say and what was known before; undefined while nobody has said anything. */
export async function askEndpoint(
  plan: Plan,
  tenant: string,
  known: Endpoint | undefined,
): Promise<Endpoint | undefined> {
  const answers = await Promise.all(sites.map((site) => askSite(plan, site, tenant)));
  return newestOf([known, ...answers]);
}

/** The highest fence wins; of two alike the later in the list, the secondary's own word last. */
export function newestOf(answers: (Endpoint | undefined)[]): Endpoint | undefined {
  let newest: Endpoint | undefined;
  for (const answer of answers) {
    if (answer && (!newest || answer.fence >= newest.fence)) newest = answer;
  }
  return newest;
}

/** One site's word; undefined when it does not answer, or does not know. */
async function askSite(plan: Plan, site: Site, tenant: string): Promise<Endpoint | undefined> {
  try {
    const url = `${plan.sites[site].api}/v1/tenants/${tenant}/endpoint`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    return endpoint.safeParse(await answer.json()).data;
  } catch {
    return undefined;
  }
}
