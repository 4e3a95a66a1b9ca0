import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { BackupSettingsApp } from "../../shared/domain/backup/look-at-bucket.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { createBackupDestinations } from "../../shared/stores/backup-destinations.ts";
import { createBackupSettings } from "../../shared/stores/backup-settings.ts";
import { createBucketClaims } from "../../shared/stores/bucket-claims.ts";
import { createCustomerBuckets } from "../../shared/stores/customer-bucket.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createStandbys } from "../../shared/stores/standbys.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";
import { storageClient } from "./storage.ts";
import { type Called, call, emailOf, members } from "./switch-over.ts";
import { enrol } from "./tenants.ts";

/** A tenant with two offices, a centre of each and a team of the first, whose office administrator has the first. */
export async function enrolOffices(stack: TestStack): Promise<string> {
  const tenant = await enrol(stack);
  await writeOffices(stack, tenant);
  await stack.settled(tenant);
  await eventually(async () => {
    const last = await stack.databases.secondary.doc(`tenants/${tenant}/coachingTeams/t1`).get();
    if (!last.exists) throw new Error("the team is not mirrored yet");
  });
  return tenant;
}

export async function writeOffices(stack: TestStack, tenant: string): Promise<void> {
  const { primary } = stack.databases;
  const at = (path: string) => primary.doc(`tenants/${tenant}/${path}`);
  const batch = primary.batch();
  for (const [member, role] of Object.entries(members)) {
    const email = emailOf(tenant, member as keyof typeof members);
    batch.set(at(`members/${email}`), { email, role, offices: member === "office" ? ["o1"] : [] });
  }
  for (const office of ["o1", "o2"])
    batch.set(at(`offices/${office}`), { name: `拠点${office}`, timeZone: "Asia/Tokyo" });
  batch.set(at("callCenters/c1"), { name: "ご予約センター", office: at("offices/o1") });
  batch.set(at("callCenters/c2"), { name: "修理センター", office: at("offices/o2") });
  batch.set(at("coachingTeams/t1"), { name: "新人チーム", office: at("offices/o1") });
  await batch.commit();
}

/** A new bucket of a customer's, which grants no more than the role Storage Object User unless told otherwise. */
export async function newCustomerBucket(
  stack: TestStack,
  permissions = ["create", "get", "list", "update", "delete"].map((act) => `storage.objects.${act}`),
): Promise<string> {
  const name = `customer-${randomBytes(6).toString("hex")}`;
  await storageClient(stack.description.storage).createBucket(name, { location: "asia-northeast1" });
  await stack.storage.permit(name, permissions);
  return name;
}

/** The code that the owner of a bucket reads in it. */
export async function codeIn(stack: TestStack, object: string): Promise<string> {
  const [, bucket = "", name = ""] = /^gs:\/\/([^/]+)\/(.+)$/.exec(object) ?? [];
  const [text] = await storageClient(stack.description.storage).bucket(bucket).file(name).download();
  const [code = ""] = /([0-9A-Z]{4}-){7}[0-9A-Z]{4}/.exec(text.toString()) ?? [];
  return code;
}

export const settingsCall = (
  stack: TestStack,
  tenant: string,
  path = "",
  options: { body?: object; member?: keyof typeof members; site?: Site } = {},
): Promise<Called> => {
  const { body, member = "company", site = "primary" } = options;
  const email = emailOf(tenant, member);
  return call(stack, tenant, email, `/backup/settings${path}`, { site, ...(body ? { method: "PUT", body } : {}) });
};

export const bucketCall = (
  stack: TestStack,
  tenant: string,
  bucket: string,
  act: "challenge" | "prove",
  body: object = {},
  member: keyof typeof members = "company",
): Promise<Called> =>
  call(stack, tenant, emailOf(tenant, member), `/backup/buckets/${bucket}/${act}`, {
    site: "primary",
    method: "POST",
    body,
  });

/** Has the bucket proved by its code, as an administrator does. */
export async function proveBucketOf(stack: TestStack, tenant: string, bucket: string): Promise<Called> {
  const challenged = await bucketCall(stack, tenant, bucket, "challenge");
  const code = await codeIn(stack, challenged.body.challenge.object);
  return bucketCall(stack, tenant, bucket, "prove", { code: code.toLowerCase() });
}

/** A tenant whose company backs up into a proved bucket. */
export async function enrolBackingUp(stack: TestStack): Promise<{ tenant: string; bucket: string }> {
  const [tenant, bucket] = await Promise.all([enrolOffices(stack), newCustomerBucket(stack)]);
  const saved = await settingsCall(stack, tenant, "", { body: { enabled: true, bucket } });
  const proved = await proveBucketOf(stack, tenant, bucket);
  expect([saved.status, proved.status]).toEqual([200, 200]);
  return { tenant, bucket };
}

/** What a bucket is, by the settings as they were answered. */
export function stateIn(body: { buckets: { name: string; state: string }[] }, bucket: string): string | undefined {
  return body.buckets.find(({ name }) => name === bucket)?.state;
}

/** The stores of settings and buckets as a function of that site has them. */
export function settingsApp(stack: TestStack, site: Site, now = () => new Date()) {
  const { secondary } = stack.databases;
  const objects = createObjectApi({ endpoint: stack.description.storage });
  const of = (name: Site) => ({
    settings: createBackupSettings(stack.databases[name], name),
    destinations: createBackupDestinations(stack.databases[name]),
  });
  return {
    site,
    standbys: createStandbys(secondary),
    backups: { primary: of("primary"), secondary: of("secondary") },
    bucketClaims: createBucketClaims(secondary),
    customerBuckets: createCustomerBuckets(objects),
    now,
  } satisfies BackupSettingsApp & { site: Site };
}
