import { randomBytes } from "node:crypto";
import type { Fields } from "../../shared/domain/value.ts";
import { administratorOf, awaited, type Cloud, configurationIn, contentOf, standbyOf, write } from "./cloud.ts";
import type { TenantModel } from "./world.ts";

const text = (stringValue: string) => ({ stringValue });
const yes = { booleanValue: true };

/** A new tenant with an administrator, an office, a contact centre and a proved bucket, in sync on both sites. */
export async function enrolTenant(cloud: Cloud): Promise<TenantModel> {
  const id = `t-${randomBytes(6).toString("hex")}`;
  const bucket = `${id}-recordings`;
  await cloud.storage.createBucket(bucket);
  const profile = (city: string) => ({
    name: "拷問商事",
    platformVersion: "3.9.0",
    options: { dr: true, outboundDialler: false },
    syncEnabled: true,
    host: `${id}.${city}.example`,
  });
  const { primary, secondary } = cloud.databases;
  const provedAt = new Date();
  await secondary.doc(`tenants/${id}`).set(profile("osaka"));
  await secondary.doc(`bucketClaims/${bucket}`).set({ bucket, tenant: id, provedAt });
  await primary.doc(`tenants/${id}`).set(profile("tokyo"));
  const proved = { bucket, access: "granted", checkedAt: provedAt, provedAt, provedBy: administratorOf(id) };
  await primary.doc(`tenants/${id}/backupBuckets/${bucket}`).set(proved);
  await write(cloud, "primary", id, organisation(id, bucket, cloud.wires.primary.root));
  await awaited("a new tenant is filled and synchronised (R11)", async () => {
    return (await standbyOf(cloud, id)).state === "syncing" ? true : undefined;
  });
  const { fence } = await standbyOf(cloud, id);
  return {
    ...{
      id,
      bucket,
      mode: "syncing",
      isDrill: false,
      edited: new Set(),
      guardDrops: false,
      editsMayBeMissed: false,
      recordings: [],
    },
    ...{
      audited: new Map([
        ["enrol", 1],
        ["resume", 1],
      ]),
      mailed: new Map(),
      fence: fence.number,
      guidance: new Map(),
      refused: new Set(),
    },
    primary: configurationIn(await contentOf(cloud, "primary", id)),
  };
}

function organisation(tenant: string, bucket: string, root: string): Map<string, Fields> {
  const email = administratorOf(tenant);
  return new Map<string, Fields>([
    [`members/${email}`, { email: text(email), role: text("companyAdmin"), language: text("ja") }],
    ["offices/tokyo", { name: text("東京本社"), timeZone: text("Asia/Tokyo") }],
    [
      "callCenters/orders",
      { name: text("ご注文受付"), office: { referenceValue: `${root}tenants/${tenant}/offices/tokyo` } },
    ],
    ["backupSettings/company", { enabled: yes, bucket: text(bucket) }],
    ["backupSettings/callCenter.orders", { enabled: yes }],
  ]);
}
