import { beforeAll, describe, expect, test } from "vitest";
import { exampleProject, ofType, planRoots } from "../support/planned.ts";
import type { Resource } from "../support/terraform.ts";

let planned: Resource[];

beforeAll(async () => {
  planned = Object.values(await planRoots()).flat();
});

/** The rights of one account, as it stands in Terraform, with what each is on. */
const heldBy = (account: string) =>
  planned.filter(
    ({ values }) => String(values.member).includes(`${account}@`) || String(values.member).includes(`"${account}"`),
  );

describe("rights on data", () => {
  test("grants access to data for one database or bucket at a time, never for the project", () => {
    const onProject = ofType(planned, "google_project_iam_member").filter(
      ({ address }) => !address.startsWith("google_project_iam_member.deploy["),
    );
    const data = onProject.filter(({ values }) => /datastore|firestore|storage/i.test(String(values.role)));
    expect(data.length).toBeGreaterThan(0);
    for (const { address, values } of data) {
      const [{ expression }] = values.condition as [{ expression: string }];
      expect(expression, address).toMatch(
        /^resource\.name == "projects\/example-hikae\/databases\/(?:tokyo|osaka)"$|^resource\.name\.startsWith\("projects\/_\/buckets\/gcf-v2-sources-/,
      );
    }
  });
});

describe("the pipeline's accounts", () => {
  const changing = /\.(?:update|delete|set\w*|undelete|actAs|getAccessToken|signBlob|signJwt|publish|consume|access)$/;
  const data = /entities|objects|secretmanager\.versions|logging\.logEntries/;

  test("that run the code of packages may see how things are set up, change none of it and read no data", () => {
    const role = ofType(planned, "google_project_iam_custom_role").find(({ values }) => values.role_id === "hikaePlan");
    const permissions = role?.values.permissions as string[];
    expect(permissions.length).toBeGreaterThan(20);
    expect(permissions.filter((permission) => changing.test(permission) || data.test(permission))).toStrictEqual([]);
    expect(permissions.filter((permission) => permission.endsWith(".create"))).toStrictEqual([
      "cloudbuild.builds.create",
    ]);
  });

  test("that run the code of packages hold nothing more than that, but in the buckets of state and artefacts", () => {
    const elsewhere = heldBy("hikae-plan").filter(({ type }) => type !== "google_storage_bucket_iam_member");
    expect(elsewhere.map(({ address }) => address).toSorted()).toStrictEqual([
      'google_project_iam_member.logs["hikae-plan"]',
      "google_project_iam_member.plan",
    ]);
    const buckets = heldBy("hikae-plan").filter(({ type }) => type === "google_storage_bucket_iam_member");
    for (const { values, address } of buckets) {
      expect(String(values.bucket)).toMatch(
        new RegExp(`^${exampleProject}-hikae-(?:state|source-tokyo|source-osaka)$`),
      );
      expect(["roles/storage.objectViewer", "roles/storage.objectCreator"], address).toContain(values.role);
    }
  });

  test("that roll out may make secrets and grant them, and read none", () => {
    const roles = heldBy("hikae-deploy").map(({ values }) => String(values.role));
    expect(roles.length).toBeGreaterThan(10);
    expect(roles.filter((role) => role.startsWith("roles/secretmanager"))).toStrictEqual([]);
    const own = ofType(planned, "google_project_iam_custom_role").find(
      ({ values }) => values.role_id === "hikaeDeploySecrets",
    );
    expect(roles.some((role) => role.includes(own?.address ?? "none"))).toBe(true);
    const permissions = own?.values.permissions as string[];
    expect(permissions.filter((permission) => !permission.startsWith("secretmanager.secrets."))).toStrictEqual([]);
  });

  test("that test proposals may write their log and nothing else", () => {
    expect(heldBy("hikae-check").map(({ values }) => values.role)).toStrictEqual(["roles/logging.logWriter"]);
  });

  test("that Google makes by itself lose the run of the project", () => {
    const [defaults] = ofType(planned, "google_project_default_service_accounts");
    expect(defaults?.values).toMatchObject({ action: "DEPRIVILEGE" });
  });
});

describe("the operator's account for the worst day", () => {
  test("is there, has no right in the project, and gives its ID tokens to those on call alone (R19)", () => {
    const made = ofType(planned, "google_service_account").map(({ values }) => values.account_id);
    expect(made).toContain("hikae-operator");
    expect(heldBy("hikae-operator")).toStrictEqual([]);
    const granted = ofType(planned, "google_service_account_iam_member").filter(({ values }) =>
      String(values.service_account_id).includes("hikae-operator"),
    );
    expect(granted.map(({ values }) => [values.role, values.member])).toStrictEqual([
      ["roles/iam.serviceAccountOpenIdTokenCreator", "group:on-call@example.com"],
    ]);
  });
});
