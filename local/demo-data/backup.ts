import { companyLevel, officeLevel, unitLevel } from "../../shared/domain/backup/settings.ts";
import type { KindBuilder, Outline } from "./outline.ts";
import type { DemoDocument, Fields } from "./values.ts";

/** The office of a large tenant that has a bucket of its own. */
const ownBucketOffice = 1;
/** Every so many-th contact centre does without backup. */
const withoutBackup = 5;

/** The customer's own buckets: the company's, and in a large tenant one of an office's own. */
export function customerBuckets({ tenant, count }: Outline): { company: string; office?: string } {
  const company = `${tenant}-recordings`;
  return count("offices") > 2 ? { company, office: `${tenant}-osaka-recordings` } : { company };
}

const administratorOf = ({ tenant }: Outline) => `company-admin@${tenant}.example`;
const idOf = (outline: Outline, kind: "offices" | "callCenters" | "coachingTeams", index: number) =>
  outline.path(kind, index).split("/").at(-1) ?? "";

/** Where recordings are backed up to: for the company, for an office with a bucket of its own, for centres and teams. */
export const backupSettings: KindBuilder = function* (outline, kind) {
  const { company, office } = customerBuckets(outline);
  const draw = outline.draw(kind);
  const level = (id: string, setting: Fields): DemoDocument => ({
    path: `tenants/${outline.tenant}/${kind}/${id}`,
    data: { ...setting, updatedAt: draw.time(), updatedBy: administratorOf(outline) },
  });
  yield level(companyLevel, { enabled: true, bucket: company, restrict: false, sidecar: true });
  if (office !== undefined) {
    yield level(officeLevel(idOf(outline, "offices", ownBucketOffice)), { enabled: true, bucket: office });
  }
  for (let index = 0; index < outline.count("callCenters"); index++) {
    const unit = { type: "callCenter", id: idOf(outline, "callCenters", index) } as const;
    yield level(unitLevel(unit), { enabled: index % withoutBackup !== withoutBackup - 1 });
  }
  for (let index = 0; index < outline.count("coachingTeams"); index++) {
    const unit = { type: "coachingTeam", id: idOf(outline, "coachingTeams", index) } as const;
    yield level(unitLevel(unit), { enabled: index % 2 === 0 });
  }
};

/** What is known of the customer's buckets: Hikae may write there, and each is proved to be the customer's. */
export const backupBuckets: KindBuilder = function* (outline, kind) {
  for (const { bucket, provedAt, provedBy } of proofsOf(outline)) {
    const data = { bucket, access: "granted", checkedAt: provedAt, provedAt, provedBy };
    yield { path: `tenants/${outline.tenant}/${kind}/${bucket}`, data };
  }
};

/** Whose the buckets are, as the secondary keeps it for all tenants. */
export function* bucketClaims(outline: Outline): Iterable<DemoDocument> {
  for (const proof of proofsOf(outline)) {
    yield { path: `bucketClaims/${proof.bucket}`, data: { ...proof, tenant: outline.tenant } };
  }
}

function proofsOf(outline: Outline) {
  const draw = outline.draw("backupBuckets");
  const provedBy = administratorOf(outline);
  return Object.values(customerBuckets(outline)).map((bucket) => ({ bucket, provedAt: draw.time(), provedBy }));
}
