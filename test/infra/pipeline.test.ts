import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readBuild } from "../support/cloud-build.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;

/** Programs that only write down how they were called, and leave what the next step needs. */
const programs = {
  terraform: `
    case "$*" in
      *" output -json") echo '{"urls":{"value":{"admin":"https://admin.example"}},
        "hosting_sites":{"value":{"primary":"p-tokyo","secondary":"p-osaka"}},
        "console_hosts":{"value":{"primary":"tokyo.example","secondary":"p-osaka.web.app"}},
        "eventarc_subscriptions":{"value":{"t":"projects/p/subscriptions/of-'"\${1#-chdir=infra/}"'"}}}' ;;
      *" show "*) cat "shown-\${1#-chdir=infra/}" 2> /dev/null || true ;;
      *" plan "*) echo "made of $TF_VAR_artifact" >> calls ;;
      *" init "*) mkdir -p "\${1#-chdir=}/.terraform"; touch "\${1#-chdir=}/.terraform.lock.hcl" ;;
    esac`,
  gcloud: `
    case "$*" in
      *"/plans/released/artefact "*) echo beef > plans/artefact ;;
      *"/plans/released/commit "*) echo c0ffee > plans/commit ;;
      *"/plans/released/console.tgz "*) touch plans/console.tgz ;;
      *"/plans/built/"*) mkdir -p console/dist; tar -czf plans/console.tgz console; 
        for root in foundation secondary primary crossing; do touch "plans/$root.lock.hcl"; done ;;
      *"triggers run"*) exit "\${REFUSED:-0}" ;;
    esac`,
  npx: "cat .firebaserc >> calls; echo >> calls; cat console/dist/sites.json >> calls; echo >> calls",
  npm: "echo 0123abcd; mkdir -p console/dist",
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hikae-pipeline-"));
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, "infra/pipeline"), join(folder, "infra/pipeline"), { recursive: true });
  for (const name of ["foundation", "secondary", "primary", "crossing"]) mkdirSync(join(folder, "infra", name));
  const noted = (name: string) => `#!/bin/sh\nset -eu\necho "${name} $*" | sed "s#$PWD/##g" >> calls\n`;
  for (const [name, body] of Object.entries(programs)) program(name, noted(name) + body);
  // Of Node only the look at a site is pretended.
  program(
    "node",
    `#!/bin/sh\ncase "$1" in infra/*) echo "node $*" >> calls ;; *) exec "${process.execPath}" "$@" ;; esac`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, text: string): void {
  writeFileSync(join(folder, "bin", name), text);
  chmodSync(join(folder, "bin", name), 0o755);
}

/** Runs steps of a build one after the other, as Cloud Build would; answers what they called, or the step that failed. */
function run(
  path: string,
  given: Record<string, string>,
  ids?: readonly string[],
): { calls: string[]; failed?: string } {
  const { steps, substitutions } = readBuild(path);
  const environment = {
    PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
    PROJECT_ID: "p",
    PROJECT_NUMBER: "7",
    BUILD_ID: "built",
    COMMIT_SHA: "c0ffee",
    ...substitutions,
    ...given,
  };
  writeFileSync(join(folder, "calls"), "");
  const calls = () => readFileSync(join(folder, "calls"), "utf8").split("\n").filter(Boolean);
  for (const { id, script } of steps) {
    if (ids && !ids.includes(id)) continue;
    const { status } = spawnSync("sh", ["-s"], { cwd: folder, env: environment, input: script });
    if (status !== 0) return { calls: calls(), failed: id };
  }
  return { calls: calls() };
}

/** What of the calls to a program matters: which root it worked on, and how. */
const done = (calls: string[]) =>
  calls.flatMap((call) => /^terraform -chdir=infra\/(\w+) (plan|apply)/.exec(call)?.slice(1).join(" ") ?? []);

const planning = ["bundle", "upload", "plan", "ask"];
const plan = (given: Record<string, string> = {}) => run("cloudbuild.yaml", given, planning);

describe("the plans", () => {
  test("are of every root, of the artefact that both sites' buckets have under its hash", () => {
    const { calls, failed } = plan();
    expect(failed).toBeUndefined();
    const uploaded = calls.filter((call) => call.startsWith("gcloud storage cp --no-clobber"));
    expect(uploaded.map((call) => call.split(" ").slice(-2))).toStrictEqual([
      ["dist/hikae-0123abcd.zip", "gs://p-hikae-source-osaka/"],
      ["dist/hikae-0123abcd.zip", "gs://p-hikae-source-tokyo/"],
    ]);
    expect(done(calls)).toStrictEqual(["foundation plan", "secondary plan", "primary plan", "crossing plan"]);
    expect(calls.filter((call) => call === "made of hikae-0123abcd.zip")).toHaveLength(4);
    expect(calls.at(-1)).toBe(
      "gcloud builds triggers run hikae-apply --region=asia-northeast2 --sha=c0ffee " +
        "--substitutions=_PLANS=built,_ROOTS=foundation secondary primary crossing,_REGION=asia-northeast2",
    );
  });

  test("are of Osaka alone when it is repaired without Tokyo: nothing of Tokyo is asked", () => {
    const { calls, failed } = plan({ _ROOTS: "secondary" });
    expect(failed).toBeUndefined();
    expect(done(calls)).toStrictEqual(["secondary plan"]);
    expect(calls.filter((call) => /tokyo|asia-northeast1|primary|crossing/.test(call))).toStrictEqual([]);
  });

  /** The text of a root's plan, which says this of something. */
  const planned = (root: string, what: string) =>
    writeFileSync(
      join(folder, `shown-${root}`),
      `Terraform will perform these actions:\n\n  # ${what}\n  ~ resource {\n`,
    );

  test.each([
    'google_service_account.account["hikae-old-osaka"] will be destroyed',
    "google_pubsub_topic.old (deposed object 0a1b) will be destroyed",
    'google_secret_manager_secret.secret["x"] must be replaced',
    "google_project_iam_custom_role.role is tainted, so must be replaced",
    "google_project_iam_custom_role.role will be replaced, as requested",
  ])("are refused where the sites that run would miss what the foundation loses: %s", (lost) => {
    planned("foundation", lost);
    expect(plan().failed).toBe("plan");
    expect(plan({ _ROOTS: "foundation secondary" }).failed).toBe("plan");
    // A release of its own, once no site needs it any more.
    expect(plan({ _ROOTS: "foundation" }).failed).toBeUndefined();
    expect(plan({ _ROOTS: "secondary primary crossing" }).failed).toBeUndefined();
  });

  test.each([
    ["foundation", "google_service_account.account will be created"],
    ["foundation", "google_pubsub_topic.topic will be updated in-place"],
    ["foundation", "google_pubsub_topic.topic has been deleted"],
    ["foundation", "google_pubsub_topic.topic will no longer be managed by Terraform, but will not be destroyed"],
    ["secondary", "google_cloudfunctions2_function.function will be destroyed"],
  ])("of the %s are made where nothing is missed: %s", (root, change) => {
    planned(root, change);
    expect(plan().failed).toBeUndefined();
  });

  test("are not made of a commit that is only tested", () => {
    const { calls, failed } = plan({ _ROOTS: "" });
    expect(failed).toBeUndefined();
    expect(calls.filter((call) => !call.startsWith("npm"))).toStrictEqual([]);
  });

  test.each([
    ["it is not permitted to", { REFUSED: "1" }],
    ["it was uploaded by hand", { COMMIT_SHA: "" }],
  ])("stay there for somebody to start a roll-out when the build does not: %s", (_, given) => {
    const { calls, failed } = plan(given);
    expect(failed).toBeUndefined();
    expect(calls.findLast((call) => call.includes(" storage "))).toContain("gs://p-hikae-state/plans/built/");
  });
});

describe("a roll-out", () => {
  const apply = (given: Record<string, string> = {}) =>
    run("infra/apply.cloudbuild.yaml", { _PLANS: "built", ...given });

  test("applies the stored plans and nothing else, Osaka first, and looks at each site before it goes on", () => {
    const { calls, failed } = apply();
    expect(failed).toBeUndefined();
    expect(calls.filter((call) => / apply |infra\/smoke|firebase-tools/.test(call)).map(shortened)).toStrictEqual([
      "foundation apply plans/foundation.tfplan",
      "secondary apply plans/secondary.tfplan",
      "smoke --site secondary --part api --url https://admin.example",
      "primary apply plans/primary.tfplan",
      "smoke --site primary --part api --url https://admin.example",
      "crossing apply plans/crossing.tfplan",
      "deploy hosting:secondary",
      "smoke --site secondary --part site --url https://p-osaka.web.app",
      "deploy hosting:primary",
      "smoke --site primary --part site --url https://p-tokyo.web.app",
    ]);
    const inits = calls.filter((call) => / init /.test(call));
    expect(inits.filter((call) => !call.includes("-lockfile=readonly"))).toStrictEqual([]);
    expect(calls).toContain('{"targets":{"p":{"hosting":{"primary":["p-tokyo"],"secondary":["p-osaka"]}}}}');
  });

  test("gives each console a file that names both, for when its API is gone (R49)", () => {
    const sites = '"sites":{"primary":{"url":"https://tokyo.example"},"secondary":{"url":"https://p-osaka.web.app"}}';
    const { calls } = apply();
    expect(calls.filter((call) => call.startsWith('{"site"'))).toStrictEqual([
      `{"site":"secondary",${sites}}`,
      `{"site":"primary",${sites}}`,
    ]);
  });

  test("gives every subscription that Eventarc made its dead letters (R39)", () => {
    const { calls } = apply();
    const updated = calls.flatMap(
      (call) => /^gcloud pubsub subscriptions update (\S+) (.*)/.exec(call)?.slice(1, 3) ?? [],
    );
    const policy =
      "--dead-letter-topic=hikae-dead-letters --max-delivery-attempts=100 --min-retry-delay=10s --max-retry-delay=600s";
    const names = ["crossing", "foundation", "primary", "secondary"].map(
      (name) => `projects/p/subscriptions/of-${name}`,
    );
    expect(updated).toStrictEqual(names.flatMap((name) => [name, policy]));
  });

  test("ends at the first site that does not look right: the other one stays as it was", () => {
    program("node", '#!/bin/sh\ncase "$1" in infra/*) exit 1 ;; esac');
    const { calls, failed } = apply();
    expect(failed).toBe("smoke-secondary");
    expect(done(calls)).toStrictEqual(["foundation apply", "secondary apply"]);
  });

  test("of Osaka alone changes nothing of Tokyo", () => {
    const { calls, failed } = apply({ _ROOTS: "secondary" });
    expect(failed).toBeUndefined();
    expect(done(calls)).toStrictEqual(["secondary apply"]);
    expect(calls.filter((call) => /hosting:primary|--site primary/.test(call))).toStrictEqual([]);
    expect(calls.map(shortened)).toContain("smoke --site secondary --part site --url https://p-osaka.web.app");
  });

  test("of the foundation alone changes no site", () => {
    const { calls, failed } = apply({ _ROOTS: "foundation" });
    expect(failed).toBeUndefined();
    expect(done(calls)).toStrictEqual(["foundation apply"]);
    expect(calls.filter((call) => /hosting:|infra\/smoke/.test(call))).toStrictEqual([]);
  });

  test("of no plans does nothing", () => {
    expect(apply({ _PLANS: "" })).toStrictEqual({ calls: [], failed: "fetch" });
  });
});

/** What of a call says what was done to what. */
function shortened(call: string): string {
  const applied = /^terraform -chdir=infra\/(\w+) apply .*?(\S+)$/.exec(call);
  if (applied) return `${applied[1]} apply ${applied[2]}`;
  const deployed = /firebase-tools@\S+ deploy .*--only=(\S+)/.exec(call);
  if (deployed) return `deploy ${deployed[1]}`;
  return call.replace(/^node infra\/smoke\.ts (.*) --patience \d+$/, "smoke $1");
}

describe("going back to an earlier release", () => {
  const goBack = (given: Record<string, string>) => run("infra/rollback.cloudbuild.yaml", given);

  test("plans it at its own commit, of the artefact and console that its build left, and waits for approval", () => {
    const { calls, failed } = goBack({ _RELEASE: "released" });
    expect(failed).toBeUndefined();
    expect(done(calls)).toStrictEqual(["secondary plan", "primary plan", "crossing plan"]);
    expect(calls.filter((call) => call === "made of hikae-beef.zip")).toHaveLength(3);
    const stored = calls.find((call) => call.endsWith("gs://p-hikae-state/plans/built/"));
    for (const name of ["artefact", "commit", "console.tgz"]) expect(stored).toContain(`plans/${name}`);
    expect(calls.at(-1)).toBe(
      "gcloud builds triggers run hikae-apply --region=asia-northeast2 --sha=c0ffee " +
        "--substitutions=_PLANS=built,_ROOTS=secondary primary crossing,_REGION=asia-northeast2",
    );
  });

  test("is refused at any other commit, whose functions the artefact may not have", () => {
    const { calls, failed } = goBack({ _RELEASE: "released", COMMIT_SHA: "f00d" });
    expect(failed).toBe("fetch");
    expect(done(calls)).toStrictEqual([]);
  });

  test("takes nothing from the foundation that the newer release has: its sites still run", () => {
    writeFileSync(join(folder, "shown-foundation"), "  # google_service_account.account will be destroyed\n");
    expect(goBack({ _RELEASE: "released", _ROOTS: "foundation secondary primary crossing" }).failed).toBe("plan");
    expect(goBack({ _RELEASE: "released" }).failed).toBeUndefined();
  });

  test("asks nothing of Tokyo when it is of Osaka alone", () => {
    const { calls, failed } = goBack({ _RELEASE: "released", _ROOTS: "secondary" });
    expect(failed).toBeUndefined();
    expect(done(calls)).toStrictEqual(["secondary plan"]);
    expect(calls.filter((call) => /tokyo|asia-northeast1|primary|crossing/.test(call))).toStrictEqual([]);
  });

  test("needs the build of a release", () => {
    expect(goBack({})).toStrictEqual({ calls: [], failed: "fetch" });
  });
});
