import { describe, expect, test } from "vitest";
import { infrastructure } from "../../infra/manifest.ts";
import { Unknown } from "../support/hcl.ts";
import { planRoot } from "../support/planned.ts";
import type { Resource } from "../support/terraform.ts";
import type { Edit } from "../support/terraform-files.ts";

/** What must work with all of Tokyo gone, and is deployed in Osaka. */
const worstDay = [
  "activate",
  "admin",
  "announce-state",
  "run-activation",
  "run-operation",
  "sweep-operations",
  "record-reload-ack",
  "record-softphones",
  "record-dead-letter",
  "send-mail",
  "sweep-outbox",
  "purge",
  "failback",
  "backup-recording",
  "store-recording",
  "sweep-backups",
  "expire-records",
] as const;

const { sites, timeZone } = infrastructure();
const words = [sites.primary.city, sites.primary.region, "-primary"];

/** Whether a text says where Tokyo is, or what is called after it; the time zone is called so in Osaka as well. */
const isOfTokyo = (text: string) => text !== timeZone && words.some((word) => text.toLowerCase().includes(word));

/**
 * Where a function is told of Tokyo, and why it does no harm: it reads these addresses at its start without asking
 * anybody there, and whatever then asks Tokyo is refused in seconds and not needed for an activation (SPEC.md, section 5).
 */
const harmless: Record<string, string> = {
  PRIMARY_DATABASE: "clients connect when they are first used",
  PRIMARY_HOST: "shown to people; asked for its health for 1.5 s at most, and not at all with `override`",
  PRIMARY_GUIDANCE_BUCKET: "read by the sync of prompts alone",
  PLATFORM_BUCKETS: "a list of names that no customer may give; nothing is asked",
};

/** Alerts that watch the mirror's events on their way out of Tokyo: without Tokyo they see nothing, and nothing needs them. */
const watches = ["query"];

/** For people only; nothing is made of it. */
const prose = ["description", "display_name", "documentation", "dashboard_json", "user_labels", "title", "labels"];

/** Each text of a resource, with the name of the attribute or variable that it is given to. */
function textsOf(value: unknown, name = ""): { name: string; text: string }[] {
  if (typeof value === "string" || value instanceof Unknown) return [{ name, text: String(value) }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (prose.includes(key)) return [];
    return textsOf(inner, Array.isArray(value) ? name : key);
  });
}

/** The names by which other roots know what the foundation makes. */
const namesOf = ({ values }: Resource): string[] =>
  ["account_id", "secret_id", "role_id", "name", "site_id"].flatMap((name) => {
    const given = values[name];
    return typeof given === "string" ? [given] : [];
  });

const holds = (text: string, name: string) => text.split(/[^a-zA-Z0-9-]+/).includes(name);

/** Everything that is needed, directly or through others, by what serves the functions of the worst day. */
function neededBy(resources: readonly Resource[], functions: readonly string[]): Resource[] {
  const byAddress = new Map(resources.map((resource) => [resource.address, resource]));
  const named = resources
    .filter(({ address }) => !address.startsWith("module."))
    .flatMap((resource) => namesOf(resource).map((name) => ({ name, resource })));
  const found = new Set<Resource>();
  const walk = (resource: Resource): void => {
    if (found.has(resource)) return;
    found.add(resource);
    const texts = textsOf(resource.values).filter(({ name }) => !Object.hasOwn(harmless, name));
    const byName = named.filter(({ name }) => texts.some(({ text }) => holds(text, name)));
    for (const next of byName) walk(next.resource);
    for (const address of resource.needs) {
      const inModule = resources.filter((other) => other.address.startsWith(`${address}.`));
      for (const next of [byAddress.get(address), ...inModule]) if (next) walk(next);
    }
  };
  const serves = (resource: Resource) =>
    functions.some((name) => resource.key === name || textsOf(resource.values).some(({ text }) => serving(text, name)));
  for (const resource of resources) if (serves(resource)) walk(resource);
  return [...found];
}

/** Whether a text is the function's name, its subscription, or the account that it runs under. */
const serving = (text: string, name: string) =>
  text === name ||
  text === `${name}-secondary` ||
  text.includes(`function["${name}"]`) ||
  text.includes(`hikae-${name}-osaka`);

/** Why what is needed on the worst day would not be there without Tokyo. */
function dependenciesOnTokyo(resources: readonly Resource[]): string[] {
  return neededBy(resources, worstDay).flatMap((resource) => {
    const texts = textsOf(resource.values).filter(({ name }) => !Object.hasOwn(harmless, name));
    const there = texts.filter(({ text }) => isOfTokyo(text));
    const alone = there.filter(({ name }) => !inBothRegions(texts, name));
    return alone.map(({ name, text }) => `${resource.address}: ${name} = ${text}`);
  });
}

/** What is stored in both regions is there when one of them is gone. */
function inBothRegions(texts: readonly { name: string; text: string }[], name: string): boolean {
  const regions = texts.filter((text) => text.name === name).map(({ text }) => text);
  return ["allowed_persistence_regions", "location"].includes(name) && regions.includes("asia-northeast2");
}

/** All that is there when Tokyo's own root and the crossing are not. */
async function withoutTokyo(edit?: Edit): Promise<Resource[]> {
  return [...(await planRoot("foundation", edit)), ...(await planRoot("secondary", edit))];
}

describe("what Osaka needs on the worst day", () => {
  test("is walked whole: functions, their triggers, database, buckets, messages, secrets and accounts (R18)", async () => {
    const needed = neededBy(await withoutTokyo(), worstDay).map(({ address }) => address);
    expect(needed).toEqual(
      expect.arrayContaining([
        'module.site.google_cloudfunctions2_function.function["activate"]',
        'module.site.google_cloud_run_v2_service_iam_member.invoker["admin"]',
        'module.site.google_pubsub_subscription.push["run-activation-secondary"]',
        'module.site.module.triggers.google_eventarc_trigger.document["announce-state-written"]',
        'module.site.google_cloud_scheduler_job.schedule["sweep-operations"]',
        "module.site.google_firestore_database.database",
        'module.site.google_storage_bucket.bucket["recordings"]',
        'module.site.module.grants.google_project_iam_member.database["hikae-activate-osaka write osaka"]',
        'google_service_account.account["hikae-activate-osaka"]',
        'google_pubsub_topic.topic["activations"]',
        'google_secret_manager_secret.secret["hikae-smtp-url"]',
      ]),
    );
  });

  test("is nowhere in Tokyo and named for nothing there (R18)", async () => {
    expect(dependenciesOnTokyo(await withoutTokyo())).toStrictEqual([]);
  });

  test("leaves nothing in all of Osaka's root that is Tokyo's", async () => {
    const resources = await planRoot("secondary");
    const named = resources.flatMap(({ address, values }) =>
      textsOf(values)
        .filter(({ name, text }) => !watches.includes(name) && !Object.hasOwn(harmless, name) && isOfTokyo(text))
        .map(({ name, text }) => `${address}: ${name} = ${text}`),
    );
    expect(named).toStrictEqual([]);
  });

  test("is told of Tokyo by these variables, and no others", async () => {
    const functions = (await withoutTokyo()).filter(({ type }) => type === "google_cloudfunctions2_function");
    const told = functions.flatMap(({ values }) => textsOf(values)).filter(({ text }) => isOfTokyo(text));
    expect([...new Set(told.map(({ name }) => name))].toSorted()).toStrictEqual(Object.keys(harmless).toSorted());
  });
});

describe("the walk finds", () => {
  const replaced =
    (file: string, old: string, now: string): Edit =>
    (name, text) => {
      if (!name.endsWith(file)) return text;
      if (!text.includes(old)) throw new Error(`${file} has no ${old}`);
      return text.replace(old, now);
    };

  test.each<[string, Edit]>([
    [
      "a database in Tokyo",
      replaced(
        "modules/site/database.tf",
        "location_id = local.region",
        "location_id = local.manifest.sites.primary.region",
      ),
    ],
    [
      "functions that are made of what lies in Tokyo",
      replaced(
        "modules/site/functions.tf",
        "bucket = google_storage_bucket.source.name\n        object",
        'bucket = join("-", [var.project_id, "hikae-source-tokyo"])\n        object',
      ),
    ],
    [
      "a variable with an address of Tokyo",
      replaced(
        "modules/site/functions.tf",
        "MAIL_FROM              = var.mail_from",
        "MAIL_RELAY = local.manifest.sites.primary.region\n    MAIL_FROM              = var.mail_from",
      ),
    ],
    [
      "secrets that are in Tokyo only",
      replaced(
        "foundation/secrets.tf",
        "for_each = toset(local.regions)",
        "for_each = toset([local.manifest.sites.primary.region])",
      ),
    ],
    [
      "messages that are stored in Tokyo only",
      replaced(
        "foundation/messages.tf",
        "allowed_persistence_regions = local.regions",
        "allowed_persistence_regions = [local.manifest.sites.primary.region]",
      ),
    ],
    [
      "a trigger in Tokyo that calls a function of the worst day",
      replaced(
        "secondary/main.tf",
        "# The site's own",
        'resource "google_eventarc_trigger" "again" {\n  location = "asia-northeast1"\n  destination {\n    cloud_run_service {\n      service = "announce-state"\n    }\n  }\n}\n\n# The site\'s own',
      ),
    ],
    [
      "a right that only an account of Tokyo gives",
      replaced("modules/site/functions.tf", "each.value.account}@", '"hikae-admin-tokyo"}@'),
    ],
  ])("%s", async (_, edit) => {
    expect(dependenciesOnTokyo(await withoutTokyo(edit))).not.toStrictEqual([]);
  });
});
