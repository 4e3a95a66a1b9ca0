import { format } from "@cdktf/hcl-tools";
import { beforeAll, describe, expect, test } from "vitest";
import { locations } from "../../shared/domain/sites.ts";
import { pathsIn, Unknown } from "../support/hcl.ts";
import { planRoots, roots } from "../support/planned.ts";
import { filesIn, textOf } from "../support/repository.ts";
import { expressionsIn, type Module, readModule } from "../support/terraform-files.ts";

const folders = [...roots, "modules/site", "modules/grants", "modules/triggers"].map((name) => `infra/${name}`);
const modules = new Map<string, Module>();

beforeAll(async () => {
  for (const folder of folders) modules.set(folder, await readModule(folder));
});

/** Whatever a value holds, at any depth. */
function leavesOf(value: unknown): unknown[] {
  if (value instanceof Unknown || typeof value !== "object" || value === null) return [value];
  return Object.values(value).flatMap(leavesOf);
}

describe("the files of infra", () => {
  test.each(filesIn("infra", ".tf"))("%s is formatted", async (file) => {
    expect(await format(textOf(file))).toBe(textOf(file));
  });

  test("name no region but Tokyo's and Osaka's, and Terraform's none at all", () => {
    const region =
      /\b(?:asia|us|europe|australia|northamerica|southamerica|me|africa)-[a-z]+\d\b|\b(?:nam\d|eur\d|EUR4|NAM4)\b/g;
    const known: string[] = Object.values(locations).map((location) => location.region);
    const files = [...filesIn("infra", ""), "cloudbuild.yaml", "firebase.json"];
    const foreign = files.flatMap((file) =>
      (textOf(file).match(region) ?? []).filter((name) => !known.includes(name)).map((name) => `${file}: ${name}`),
    );
    expect(foreign).toStrictEqual([]);
    expect(filesIn("infra", ".tf").filter((file) => textOf(file).match(region))).toStrictEqual([]);
  });

  test.each(folders)("%s uses every variable and local that it declares", (folder) => {
    const { blocks } = modules.get(folder) as Module;
    const used = new Set(
      [...blocks.values()]
        .flatMap(expressionsIn)
        .flatMap(pathsIn)
        .map(([kind, name]) => `${kind}.${name}`),
    );
    const declared = [...blocks.keys()].filter((address) => /^(?:local|var)\./.test(address));
    expect(declared.filter((address) => !used.has(address))).toStrictEqual([]);
  });

  test.each(folders)("%s pins its providers and the version of Terraform", (folder) => {
    const text = textOf(`${folder}/versions.tf`);
    expect(text).toContain('required_version = ">= 1.9"');
    expect(text.match(/version = ">= 7\.0, < 8\.0"/g)?.length).toBe(text.match(/source {2}= "hashicorp\//g)?.length);
  });

  test.each(roots)("%s keeps its state by itself, in a bucket that no file names", (root) => {
    expect(textOf(`infra/${root}/versions.tf`)).toMatch(new RegExp(`backend "gcs" \\{\\s+prefix = "${root}"\\s+\\}`));
  });

  test("lean on nothing that only a cloud knows, but for these", async () => {
    const texts = Object.values(await planRoots())
      .flat()
      .flatMap(({ values }) => leavesOf(values).map(String));
    const unknown = texts.flatMap((text) => text.match(/<(?:module\.\w+\.)*(?:data\.)?google_[^>]*>/g) ?? []);
    const attributes = unknown.map((name) =>
      name.replace(/^<(?:module\.\w+\.)*(?:data\.)?(\w+)\.\w+(?:\[\\?"[^"]*"\])?(.*)>$/, "$1$2"),
    );
    expect([...new Set(attributes)].toSorted()).toStrictEqual([
      "google_artifact_registry_repository.id",
      "google_cloudfunctions2_function.service_config.0.uri",
      "google_firebaserules_ruleset.name",
      "google_monitoring_alert_policy.name",
      "google_monitoring_notification_channel.id",
      "google_monitoring_uptime_check_config.uptime_check_id",
      "google_project.number",
      "google_project_iam_custom_role.id",
      "google_pubsub_topic.id",
      "google_service_account.email",
    ]);
  });
});
