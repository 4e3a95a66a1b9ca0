import { beforeAll, describe, expect, test } from "vitest";
import { infrastructure } from "../../infra/manifest.ts";
import { locations, type Site, sites } from "../../shared/domain/sites.ts";
import { readConfig } from "../../shared/runtime/config.ts";
import { exampleProject, keysOf, ofType, planRoots, type Root } from "../support/planned.ts";
import { textOf } from "../support/repository.ts";
import type { Resource } from "../support/terraform.ts";

const built = infrastructure();
let planned: Record<Root, Resource[]>;

beforeAll(async () => {
  planned = await planRoots();
});

const everything = () => Object.values(planned).flat();

describe.each(sites)("Terraform on the %s", (site: Site) => {
  const here = built.sites[site];
  const resources = () => planned[site];

  test("makes everything that the manifest has there, and nothing else", () => {
    const expected = {
      google_cloudfunctions2_function: here.functions,
      google_cloud_run_v2_service_iam_member: here.functions,
      google_pubsub_subscription: here.subscriptions,
      google_eventarc_trigger: here.triggers,
      google_cloud_scheduler_job: here.jobs,
    };
    for (const [type, rows] of Object.entries(expected)) {
      expect(keysOf(resources(), type), type).toStrictEqual(Object.keys(rows).toSorted());
    }
  });

  test("keeps and delivers messages as the manifest says (R39)", () => {
    for (const { key, values } of ofType(resources(), "google_pubsub_subscription")) {
      const { topic, filter, keptSeconds, maxDeliveryAttempts } = here.subscriptions[key] ?? {};
      expect(values, key).toMatchObject({ topic, filter, message_retention_duration: `${keptSeconds}s` });
      const [policy] = (values.dead_letter_policy ?? []) as { max_delivery_attempts: number }[];
      expect(policy?.max_delivery_attempts ?? null, key).toBe(maxDeliveryAttempts);
    }
  });

  test("grants every right of the manifest", () => {
    const granted = resources().filter(({ address }) => address.includes(".module.grants."));
    const wanted = Object.values(here.grants).flatMap((all) => Object.keys(all));
    expect(granted.map(({ key }) => key).toSorted()).toStrictEqual(wanted.toSorted());
  });

  test("puts everything that has a place into its own region", () => {
    const places = resources().flatMap(({ values: { location, region, location_id } }) => [
      location,
      region,
      location_id,
    ]);
    expect(new Set(places.filter((place) => place !== undefined))).toStrictEqual(new Set([here.region]));
  });

  test("deploys functions as they are run: environment, secrets and numbers", () => {
    for (const { key, values } of ofType(resources(), "google_cloudfunctions2_function")) {
      const [service] = values.service_config as {
        environment_variables: Record<string, string>;
        secret_environment_variables?: { key: string }[];
      }[];
      const secrets = (service?.secret_environment_variables ?? []).map((secret) => secret.key);
      expect(secrets.toSorted()).toStrictEqual(Object.keys(here.functions[key]?.secrets ?? {}).toSorted());
      const filled = { SMTP_URL: "smtps://mail.example", OIDC_CLIENT_SECRET: "secret" };
      const given = Object.fromEntries(secrets.map((name) => [name, filled[name as keyof typeof filled]]));
      const config = readConfig({ ...service?.environment_variables, ...given });
      expect(config).toMatchObject({
        site,
        databases: { primary: { databaseId: "tokyo" }, secondary: { databaseId: "osaka" } },
      });
      expect(config.storage.recordings).toBe(`${exampleProject}-hikae-recordings-${here.city}`);
      expect(config.platformBuckets).toEqual(
        expect.arrayContaining(
          sites.flatMap((each) =>
            Object.values(built.sites[each].buckets).map((bucket) => `${exampleProject}-${bucket}`),
          ),
        ),
      );
      expect(values).toMatchObject({ name: key, build_config: [{ entry_point: key, runtime: "nodejs24" }] });
    }
  });

  test("makes the indexes before the functions that ask for them", () => {
    const wanted = resources()
      .filter(({ type }) => type === "google_firestore_index" || type === "google_firestore_field")
      .map(({ address }) => address);
    expect(wanted.length).toBeGreaterThan(5);
    for (const { address, needs } of ofType(resources(), "google_cloudfunctions2_function")) {
      expect(
        wanted.filter((index) => !needs.has(index)),
        address,
      ).toStrictEqual([]);
    }
  });

  test("tells functions all that they read, and nothing that they do not", () => {
    const [first] = ofType(resources(), "google_cloudfunctions2_function");
    const [service] = (first?.values.service_config ?? []) as { environment_variables: Record<string, string> }[];
    const told = Object.keys(service?.environment_variables ?? {});
    const read = [...textOf("shared/runtime/config.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
      ([, name = ""]) => name,
    );
    const ofNode = ["NODE_ENV", "NODE_OPTIONS", "METADATA_SERVER_DETECTION"];
    expect(told.filter((name) => !read.includes(name) && !ofNode.includes(name))).toStrictEqual([]);
    // Addresses follow from hosts, secrets come from Secret Manager, Cloud Run tells revision and target; the rest is for a developer's machine.
    const otherwise =
      /^(?:K_REVISION|FUNCTION_TARGET|SMTP_URL|OIDC_CLIENT_SECRET|(?:PRIMARY|SECONDARY)_URL|.*_EMULATOR|STORAGE_ENDPOINT|.*_INSECURE)$/;
    expect(read.filter((name) => !told.includes(name) && !otherwise.test(name))).toStrictEqual([]);
  });

  test("keeps out of sight what anybody but Hosting's visitors calls (R46)", () => {
    const isPublic = ofType(resources(), "google_cloudfunctions2_function").filter(({ values }) => {
      const [service] = values.service_config as { ingress_settings: string }[];
      return service?.ingress_settings === "ALLOW_ALL";
    });
    const byAnybody = ofType(resources(), "google_cloud_run_v2_service_iam_member").filter(
      ({ values }) => values.member === "allUsers",
    );
    expect(isPublic.map(({ key }) => key)).toStrictEqual(byAnybody.map(({ key }) => key));
    expect(byAnybody.every(({ key }) => here.functions[key]?.caller === null)).toBe(true);
  });

  test("deletes for good what a purge deletes, and keeps prompts that were deleted (R26)", () => {
    const buckets = ofType(resources(), "google_storage_bucket").filter(({ key }) => key !== "");
    expect(buckets.map(({ key }) => key).toSorted()).toStrictEqual(Object.keys(here.buckets).toSorted());
    for (const { key, values } of ofType(resources(), "google_storage_bucket")) {
      expect(values, key).toMatchObject({
        uniform_bucket_level_access: true,
        public_access_prevention: "enforced",
        force_destroy: false,
      });
    }
    const [guidance, recordings] = ["guidance", "recordings"].map(
      (name) => buckets.find(({ key }) => key === name)?.values,
    );
    expect(recordings).toMatchObject({
      soft_delete_policy: [{ retention_duration_seconds: 0 }],
      versioning: [{ enabled: false }],
    });
    expect(guidance).toMatchObject({ versioning: [{ enabled: true }] });
  });

  test("protects the database against deletion and bad data", () => {
    expect(ofType(resources(), "google_firestore_database").map(({ values }) => values)).toMatchObject([
      {
        name: here.city,
        location_id: here.region,
        type: "FIRESTORE_NATIVE",
        delete_protection_state: "DELETE_PROTECTION_ENABLED",
        deletion_policy: "ABANDON",
        point_in_time_recovery_enablement: "POINT_IN_TIME_RECOVERY_ENABLED",
      },
    ]);
    expect(ofType(resources(), "google_firestore_backup_schedule")).toHaveLength(2);
  });

  test("has the rules and every index and expiry of the database's own file", () => {
    const { indexes, fieldOverrides } = JSON.parse(textOf(`infra/firestore/${here.city}.indexes.json`)) as {
      indexes: Index[];
      fieldOverrides: Override[];
    };
    const made = ofType(resources(), "google_firestore_index").map(
      ({ values }) => `${values.collection} ${values.query_scope} ${JSON.stringify(values.fields)}`,
    );
    const wanted = indexes.map(({ collectionGroup, queryScope, fields }) => {
      const named = fields.map(({ fieldPath, order, arrayConfig }) => ({
        array_config: arrayConfig ?? null,
        field_path: fieldPath,
        order: order ?? null,
      }));
      return `${collectionGroup} ${queryScope} ${JSON.stringify(named)}`;
    });
    expect(made.toSorted()).toStrictEqual(wanted.toSorted());
    const fields = ofType(resources(), "google_firestore_field").map(({ values }) => [
      values.collection,
      values.field,
      "ttl_config" in values && (values.ttl_config as unknown[]).length > 0,
    ]);
    expect(fields.toSorted()).toStrictEqual(
      fieldOverrides
        .map(({ collectionGroup, fieldPath, ttl }) => [collectionGroup, fieldPath, ttl === true])
        .toSorted(),
    );
    const [release] = ofType(resources(), "google_firebaserules_release");
    expect(release?.values.name).toBe(`cloud.firestore/${here.city}`);
    const [rules] = ofType(resources(), "google_firebaserules_ruleset");
    expect(rules?.values.source).toMatchObject([{ files: [{ content: textOf("infra/firestore/firestore.rules") }] }]);
  });
});
type Index = {
  collectionGroup: string;
  queryScope: string;
  fields: { fieldPath: string; order?: string; arrayConfig?: string }[];
};
type Override = { collectionGroup: string; fieldPath: string; ttl?: boolean };

describe("Terraform on no site", () => {
  test("makes every account, role, topic and secret", () => {
    const { foundation } = planned;
    expect(keysOf(foundation, "google_service_account")).toStrictEqual(Object.keys(built.accounts).toSorted());
    expect(keysOf(foundation, "google_project_iam_custom_role")).toEqual(
      expect.arrayContaining(Object.keys(built.roles)),
    );
    expect(keysOf(foundation, "google_pubsub_topic")).toStrictEqual(Object.keys(built.topics).toSorted());
    expect(keysOf(foundation, "google_secret_manager_secret")).toStrictEqual(built.secrets.toSorted());
  });

  test("stores messages and secrets in both regions", () => {
    const regions = sites.map((site) => locations[site].region);
    for (const { values } of ofType(planned.foundation, "google_pubsub_topic")) {
      expect(values).toMatchObject({
        message_storage_policy: [{ allowed_persistence_regions: expect.arrayContaining(regions) }],
      });
    }
    for (const { values } of ofType(planned.foundation, "google_secret_manager_secret")) {
      const [
        {
          user_managed: [{ replicas }],
        },
      ] = values.replication as [{ user_managed: [{ replicas: { location: string }[] }] }];
      expect(replicas.map(({ location }) => location).toSorted()).toStrictEqual(regions.toSorted());
    }
  });

  test("knows no secret's value", () => {
    expect(ofType(everything(), "google_secret_manager_secret_version")).toStrictEqual([]);
  });

  test("lets dead letters be kept, whatever becomes of the function that records them (R39)", () => {
    const [kept] = ofType(planned.foundation, "google_pubsub_subscription");
    expect(kept?.values).toMatchObject({ name: built.deadLetterTopic, expiration_policy: [{ ttl: "" }] });
    expect(kept?.values).not.toHaveProperty("push_config");
  });

  test("crosses the sites with the manifest's triggers and rights alone", () => {
    const { crossing } = planned;
    const rights = sites.flatMap((site) =>
      Object.values(built.crossing[site].grants).flatMap((all) => Object.keys(all)),
    );
    const triggers = sites.flatMap((site) => Object.keys(built.crossing[site].triggers));
    expect(
      crossing
        .map(({ key }) => key)
        .filter((key) => key !== "")
        .toSorted(),
    ).toStrictEqual([...rights, ...triggers].toSorted());
    const [mirror] = ofType(crossing, "google_eventarc_trigger");
    expect(mirror?.values).toMatchObject({
      location: locations.primary.region,
      destination: [{ cloud_run_service: [{ service: "mirror-config", region: locations.secondary.region }] }],
    });
  });
});
