import { rmSync } from "node:fs";
import { join } from "node:path";
import { deployedFunctions } from "../infra/deployments.ts";
import type { Site } from "../shared/domain/sites.ts";
import { plainEnvironment, skipMetadataServer } from "./environment.ts";
import { functionsOf, type Plan, portOf } from "./plan.ts";
import { control } from "./site/control.ts";
import { Eventarc } from "./site/eventarc.ts";
import { frontDoor } from "./site/front-door.ts";
import { functionEnvironment } from "./site/function-environment.ts";
import { FunctionProcess } from "./site/function-process.ts";
import { hosting } from "./site/hosting.ts";
import { listen } from "./site/http.ts";
import { createPush } from "./site/push.ts";
import { Subscriptions } from "./site/subscriptions.ts";
import { createTokenSource } from "./site/tokens.ts";
import { report } from "./stand-in.ts";

/** What the process that starts a site tells it. */
export type SiteOrder = { site: Site; plan: Plan };

/**
 * Starts everything of one site but its database, and reports when all of it accepts connections. As on Cloud Run,
 * functions without a minimum of instances start when they are first wanted.
 */
async function startSite({ site, plan }: SiteOrder): Promise<void> {
  skipMetadataServer();
  const processes = new Map<string, FunctionProcess>();
  const deployed = deployedFunctions(site);
  for (const { name, row } of functionsOf(site)) {
    processes.set(
      name,
      new FunctionProcess({
        name,
        signature: row.trigger.type === "http" || row.trigger.type === "schedule" ? "http" : "cloudevent",
        source: plan.functionsDirectory,
        socket: join(plan.socketDirectory, `${site}-${name}.sock`),
        log: join(plan.logDirectory, `${site}-${name}.log`),
        environment: {
          ...plainEnvironment(),
          ...functionEnvironment(site, plan, name),
          NODE_OPTIONS: deployed[name]?.nodeOptions ?? "",
        },
      }),
    );
  }
  process.on("disconnect", () => void end(plan, [...processes.values()]));
  const token = createTokenSource(plan.issuer);
  const eventarc = new Eventarc(site, plan, token);
  const { api, run, control: inner } = plan.sites[site];
  const hosted = hosting(site, plan);
  const door = frontDoor(site, plan, processes);
  const push = createPush(site, plan, token);
  const switches = control({ eventarc, push, subscriptions: new Subscriptions(site, plan, push), processes });
  await Promise.all([
    listen(portOf(api), (request, response) => void hosted(request, response)),
    listen(portOf(run), (request, response) => void door(request, response)),
    listen(portOf(inner), (request, response) => void switches(request, response)),
    ...functionsOf(site)
      .filter(({ row }) => row.minInstances > 0)
      .map(({ name }) => processes.get(name)?.start()),
  ]);
}

/** Whoever started us is gone or lets us go, so the whole local cloud ends. */
async function end(plan: Plan, processes: readonly FunctionProcess[]): Promise<void> {
  await Promise.all(processes.map((instance) => instance.stop()));
  rmSync(plan.socketDirectory, { recursive: true, force: true });
  process.exit(0);
}

process.once("message", (order: SiteOrder) => void report(startSite(order)));
