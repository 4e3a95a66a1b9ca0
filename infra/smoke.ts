import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Site, sites } from "../shared/domain/sites.ts";

/** What is looked at: the `api` is one function's own address; the whole `site` is its console's. */
export const parts = ["api", "site"] as const;
export type Target = {
  site: Site;
  url: string;
  part: (typeof parts)[number];
  /** An operator's ID token; without one nothing is asked in anybody's name. */
  token?: string;
  /** How long what does not hold is tried again: an instance has to start, a release has to spread. */
  patienceSeconds: number;
};

/** What one check found; `fault` says what it did not like. */
export type Finding = { name: string; fault?: string };

type Check = { name: string; run(target: Target): Promise<void> };

const requestSeconds = 20;

/**
 * Looks at a site that has just been rolled out: reads only, and asks for nothing that it may have. All checks run, whatever
 * the others find; repeating is safe.
 */
export async function smoke(target: Target): Promise<Finding[]> {
  const deadline = Date.now() + target.patienceSeconds * 1000;
  const checks = [...apiChecks, ...(target.token ? [tenants] : []), ...(target.part === "site" ? siteChecks : [])];
  return Promise.all(checks.map((check) => patiently(check, target, deadline)));
}

async function patiently({ name, run }: Check, target: Target, deadline: number): Promise<Finding> {
  for (;;) {
    try {
      await run(target);
      return { name };
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      if (Date.now() >= deadline) return { name, fault };
      await pause(Math.min(2000, deadline - Date.now()));
    }
  }
}

const ask = (target: Target, path: string, init: RequestInit = {}) =>
  fetch(new URL(path, target.url), { redirect: "error", signal: AbortSignal.timeout(requestSeconds * 1000), ...init });

function expectThat(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new Error(fault);
}

async function jsonOf(answer: Response, status: number): Promise<Record<string, unknown>> {
  const text = await answer.text();
  expectThat(answer.status === status, `answered ${answer.status}, not ${status}: ${text.slice(0, 200)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

async function expectRefusal(target: Target, path: string, method: string): Promise<void> {
  const answer = await ask(target, path, { method });
  const type = answer.headers.get("content-type") ?? "none";
  expectThat(type.startsWith("application/problem+json"), `${method} ${path} answered ${answer.status} as ${type}`);
  const { code } = await jsonOf(answer, 401);
  expectThat(code === "unauthenticated", `${method} ${path} was refused as ${code}`);
}

const apiChecks: readonly Check[] = [
  {
    name: "health: the site's function and its database answer",
    async run(target) {
      const { status, site } = await jsonOf(await ask(target, "/v1/health"), 200);
      expectThat(status === "ok" && site === target.site, `says ${status} of the site ${site}`);
    },
  },
  {
    name: "description: the API says what it can do",
    async run(target) {
      const { openapi, paths } = await jsonOf(await ask(target, "/v1/openapi.json"), 200);
      expectThat(/^3\./.test(String(openapi)), `is of OpenAPI ${openapi}`);
      expectThat(Object.hasOwn(paths as object, "/v1/tenants"), "does not know /v1/tenants");
    },
  },
  {
    name: "access: a caller without a token is refused",
    run: (target) => expectRefusal(target, "/v1/tenants", "GET"),
  },
];

const tenants: Check = {
  name: "tenants: the operator sees them",
  async run(target) {
    const headers = { authorization: `Bearer ${target.token}` };
    const { items } = await jsonOf(await ask(target, "/v1/tenants", { headers }), 200);
    expectThat(Array.isArray(items), "gave no list");
  },
};

/** What a console must send with its page, and what must stand in it. */
const pageHeaders = {
  "content-security-policy": /default-src 'none'.*script-src 'self'.*style-src 'self'.*frame-ancestors 'self'/,
  "strict-transport-security": /max-age=\d{7,}/,
  "x-content-type-options": /^nosniff$/,
  "referrer-policy": /^no-referrer$/,
  "cache-control": /no-cache/,
};

async function pageOf(target: Target, path: string): Promise<{ answer: Response; text: string }> {
  const answer = await ask(target, path);
  const text = await answer.text();
  expectThat(answer.status === 200, `${path} answered ${answer.status}`);
  expectThat(/<div id="root"/.test(text), `${path} is not the console's page`);
  return { answer, text };
}

const siteChecks: readonly Check[] = [
  {
    name: "console: the page comes with the headers that protect it",
    async run(target) {
      const { answer } = await pageOf(target, "/tenants/any");
      for (const [name, pattern] of Object.entries(pageHeaders)) {
        const value = answer.headers.get(name) ?? "nothing";
        expectThat(pattern.test(value), `${name} is ${value}`);
      }
    },
  },
  {
    name: "console: its program is there, and one that is gone is not answered with a page",
    async run(target) {
      const { text } = await pageOf(target, "/");
      const program = /src="(\/assets\/[^"]+\.js)"/.exec(text)?.[1];
      expectThat(program !== undefined, "the page names no program");
      const answer = await ask(target, program);
      const kept = answer.headers.get("cache-control") ?? "nothing";
      expectThat(answer.status === 200 && /immutable/.test(kept), `${program}: ${answer.status}, kept: ${kept}`);
      const gone = await ask(target, "/assets/gone-0.js");
      expectThat(gone.status === 404, `an asset that is gone answered ${gone.status}`);
    },
  },
  {
    name: "console: a file names both sites, for when its API is gone",
    async run(target) {
      const named = await jsonOf(await ask(target, "/sites.json"), 200);
      const urls = sites.map((site) => (named.sites as Record<Site, { url?: string }> | undefined)?.[site]?.url ?? "");
      expectThat(
        named.site === target.site && urls.every((url) => URL.canParse(url)),
        `names ${JSON.stringify(named)}`,
      );
    },
  },
  {
    name: "activation, fail back and purge: their functions are reached, and refuse a caller without a token",
    async run(target) {
      await expectRefusal(target, "/v1/dr/activate", "POST");
      await expectRefusal(target, "/v1/tenants/any/dr/activate", "POST");
      await expectRefusal(target, "/v1/tenants/any/dr/failback/diff", "GET");
      await expectRefusal(target, "/v1/tenants/any/dr/purge", "POST");
    },
  },
];

const usage = `node infra/smoke.ts --site primary|secondary --url https://… [--part api|site] [--patience 60]

Ends with 0 only if every check held. --part api: the URL is the function admin's own. HIKAE_TOKEN: an operator's ID token.
`;

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { site: text, url: text, part: text, patience: text } });
  const site = sites.find((each) => each === values.site);
  const part = parts.find((each) => each === (values.part ?? "site"));
  const patienceSeconds = Number(values.patience ?? 60);
  if (!site || !part || !URL.canParse(values.url ?? "") || !(patienceSeconds >= 0)) {
    process.stderr.write(usage);
    return 2;
  }
  // biome-ignore lint/style/noProcessEnv: a secret must not stand among a command's arguments
  const token = process.env.HIKAE_TOKEN;
  const url = values.url ?? "";
  const findings = await smoke({ site, url, part, patienceSeconds, ...(token ? { token } : {}) });
  for (const { name, fault } of findings) {
    process.stdout.write(fault === undefined ? `ok    ${name}\n` : `FAIL  ${name}: ${fault}\n`);
  }
  return findings.every(({ fault }) => fault === undefined) ? 0 : 1;
}

if (import.meta.main) process.exitCode = await main();
