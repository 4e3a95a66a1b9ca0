import { z } from "zod";
import { notFound } from "../access.ts";
import { unitTypes } from "../backup/entry.ts";
import { destinationCauses } from "../backup/failures.ts";
import { findingsCsv } from "../backup/findings-csv.ts";
import { differences, findingTypes } from "../backup/verification.ts";
import { requestVerification, type VerificationResult, verificationType } from "../backup/verify.ts";
import type { BucketResult, VerificationInput } from "../backup/verify-bucket.ts";
import type { KeptFinding } from "../backup/verify-ports.ts";
import { instantText } from "../instant.ts";
import type { Operation } from "../operation.ts";
import { Download, route } from "./route.ts";
import {
  label,
  nothing,
  opaquePage,
  operationPath,
  operationView,
  pageOf,
  pageQueryOf,
  recordIdPlace,
  siteName,
  tenantPath,
  time,
  viewOf,
} from "./schemas.ts";

const count = z.int().min(0);
const place = z.string().min(1).max(128);

const verifyBody = z
  .strictObject({
    bucket: z
      .string()
      .min(3)
      .max(222)
      .optional()
      .meta({ description: "all buckets that the ledger names, unless given" }),
    from: instantText.optional().meta({ description: "calls that began then or later" }),
    to: instantText.optional().meta({ description: "calls that began before then" }),
    office: place.optional(),
    callCenter: place.optional(),
    coachingTeam: place.optional(),
  })
  .refine(({ callCenter, coachingTeam }) => !callCenter || !coachingTeam, {
    error: "give a contact centre or a coaching team, not both",
    path: ["coachingTeam"],
  });

const causes = Object.keys(destinationCauses) as [keyof typeof destinationCauses];
const bucketView = z.object({
  bucket: z.string(),
  equal: count.optional(),
  missing: count.optional(),
  different: count.optional(),
  extra: count.optional().meta({ description: "absent where only a part of the recordings was asked about" }),
  newer: count.optional().meta({ description: "stored or written since it was asked: not judged" }),
  underWay: count.optional().meta({ description: "not stored yet" }),
  problem: z
    .object({ cause: z.enum(causes), message: z.string(), label, remedy: label })
    .optional()
    .meta({ description: "why the bucket could not be looked at; nothing is concluded of it" }),
});

const shown = { generation: z.string(), bytes: count, crc32c: z.string() };
const listedChecksum = z
  .string()
  .optional()
  .meta({ description: "absent where a key of the customer's own encrypts the object: Cloud Storage lists none then" });
const findingView = z
  .object({
    finding: z.enum(findingTypes),
    differs: z.array(z.enum(differences)).optional(),
    bucket: z.string(),
    name: z.string(),
    recordingId: z.string().optional(),
    callId: z.string().optional(),
    office: z.string().optional(),
    unit: z.object({ type: z.enum(unitTypes), id: z.string() }).optional(),
    startedAt: time.optional(),
    receipt: z.object({ ...shown, storedAt: time }).optional(),
    object: z.object({ ...shown, crc32c: listedChecksum, createdAt: time }).optional(),
  })
  .meta({ id: "BackupFinding" });

const verificationView = z
  .object({
    operation: operationView,
    site: siteName,
    asked: z.record(z.string(), z.string()).meta({ description: "which part was asked about" }),
    buckets: z.array(bucketView),
    equal: count.optional(),
    missing: count.optional(),
    different: count.optional(),
    extra: count.optional(),
  })
  .meta({ id: "BackupVerification" });

const findingsView = verificationView.extend(pageOf(findingView).shape).meta({ id: "BackupVerificationFindings" });

/** Comparing the ledger of the site that is asked with the customer's buckets (R43). */
export const backupVerificationRoutes = [
  route({
    operationId: "verifyBackups",
    method: "POST",
    path: "/v1/tenants/{tenant}/backup/verify",
    summary: { ja: "台帳とバケットの中身を照合する", en: "Compares the ledger with what lies in the buckets" },
    access: "verifyBackups",
    params: tenantPath,
    query: nothing,
    body: verifyBody,
    acts: true,
    status: 202,
    response: operationView,
    async run({ caller, key, audited }, { params: { tenant }, body }) {
      const app = audited("verify-backups", ({ input: asked }) => asked);
      const given = Object.entries(body).filter(([, value]) => value !== undefined);
      const input: VerificationInput = { site: app.site, ...Object.fromEntries(given) };
      return viewOf(await requestVerification(app, { tenant, input, actor: caller.actor, key }));
    },
  }),
  route({
    operationId: "listBackupVerifications",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/verifications",
    summary: { ja: "照合の一覧(新しい順)", en: "The verifications, newest first" },
    access: "verifyBackups",
    params: tenantPath,
    query: pageQueryOf(recordIdPlace),
    body: nothing,
    response: pageOf(verificationView),
    async run({ app }, { params: { tenant }, query: { pageSize, pageToken } }) {
      const asked = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const page = await app.operations.list(tenant, { type: verificationType }, asked);
      return opaquePage({ ...page, items: page.items.map(verificationOf) });
    },
  }),
  route({
    operationId: "getBackupVerification",
    method: "GET",
    path: "/v1/tenants/{tenant}/backup/verifications/{id}",
    summary: { ja: "照合の結果と、相違の一覧", en: "What a verification found" },
    access: "verifyBackups",
    params: tenantPath.extend(operationPath.shape),
    query: pageQueryOf(/^\d{9}$/).extend({
      finding: z.enum(findingTypes).optional(),
      format: z.enum(["json", "csv"]).optional().meta({ description: "csv is whole; json is paged" }),
    }),
    body: nothing,
    response: findingsView,
    download: "text/csv",
    async run({ app, accept }, { params: { tenant, id }, query }) {
      const operation = await app.operations.read(id);
      if (operation?.type !== verificationType || operation.tenant !== tenant) throw notFound();
      const { finding, pageSize, pageToken, format = accept.includes("text/csv") ? "csv" : "json" } = query;
      if (format === "csv") {
        const pieces = findingsCsv(app.findings, id, finding);
        return new Download("text/csv; charset=utf-8", `verification-${tenant}.csv`, pieces);
      }
      const asked = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const page = await app.findings.list(id, finding, asked);
      return { ...verificationOf(operation), ...opaquePage({ ...page, items: page.items.map(findingOf) }) };
    },
  }),
];

function verificationOf(operation: Operation): z.input<typeof verificationView> {
  const { site, ...asked } = operation.input as VerificationInput;
  const { buckets = [], equal, missing, different, extra } = (operation.result ?? {}) as Partial<VerificationResult>;
  const counts = Object.entries({ equal, missing, different, extra }).filter(([, value]) => value !== undefined);
  return { operation: viewOf(operation), site, asked, buckets: buckets.map(bucketOf), ...Object.fromEntries(counts) };
}

function bucketOf(result: BucketResult): z.input<typeof bucketView> {
  if (!("problem" in result)) return result;
  const { cause, message } = result.problem;
  const { label, remedy } = destinationCauses[cause];
  return { bucket: result.bucket, problem: { cause, message, label, remedy } };
}

function findingOf({ n: _n, ...found }: KeptFinding): z.input<typeof findingView> {
  return found;
}
