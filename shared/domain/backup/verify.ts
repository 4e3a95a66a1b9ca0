import { AppError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Operations } from "../ports.ts";
import type { OperationType } from "../run-operation.ts";
import type { Actor } from "../standby.ts";
import { destinationCauses } from "./failures.ts";
import {
  type BucketResult,
  noCounts,
  progressOf,
  type VerificationInput,
  type VerifyApp,
  type VerifyCursor,
  type VerifySlice,
  verifyBucket,
} from "./verify-bucket.ts";

export const verificationType = "verify-backups";

/** What a verification found. */
export type VerificationResult = {
  buckets: BucketResult[];
  equal: number;
  missing: number;
  different: number;
  extra: number;
  findings: number;
};

/**
 * Starts to compare a site's ledger with the buckets that it names, or with one of them (R43). The same key again is the
 * same operation.
 * @throws AppError `invalid` for a bucket that is not the tenant's, whatever else it is; `conflict` for a key used
 *   otherwise; `unavailable`.
 */
export async function requestVerification(
  app: Pick<VerifyApp, "backups" | "receipts"> & { operations: Operations },
  { tenant, input, actor, key }: { tenant: string; input: VerificationInput; actor: Actor; key: string },
): Promise<Operation> {
  const asked = { type: verificationType, tenant, input, createdBy: actor, key };
  const known = await app.operations.find(asked);
  if (known) return known;
  const { bucket, site } = input;
  if (bucket !== undefined) {
    const own = await app.backups[site].settings.readBucket(tenant, bucket);
    const isNamed = own?.provedAt !== undefined || (await app.receipts[site].buckets(tenant)).includes(bucket);
    if (!isNamed) {
      throw new AppError("invalid", "no recordings of the tenant are stored in this bucket", {
        fields: [{ field: "body.bucket", problem: "name a bucket in which the tenant's recordings are stored" }],
      });
    }
  }
  return app.operations.start(asked);
}

/**
 * Compares the ledger's receipts with what lies in the customers' buckets (R43), by the order of names, and keeps what
 * is missing, different or in no receipt. It changes neither. A bucket that cannot be listed, or is not proved to be the
 * tenant's, is told with the cause, and nothing is concluded of it. Memory does not grow with the objects; killed at any
 * time it goes on, and a finding is kept once.
 */
export const verifyBackupsOperation: OperationType<VerifyApp> = {
  async run(app, operation, save) {
    const input = operation.input as VerificationInput;
    const slice: VerifySlice = { app, operation, input, save };
    let cursor = (operation.cursor as VerifyCursor | undefined) ?? (await beginning(slice));
    while (cursor.results.length < cursor.buckets.length) {
      const next = await verifyBucket(slice, cursor);
      if (next === "yield") return { done: false };
      cursor = next;
      if ((await save(cursor, progressOf(cursor))) === "yield") return { done: false };
    }
    await app.findings.trim(operation.id, cursor.found);
    return { done: true, result: resultOf(cursor) };
  },
  abandoned: (app, operation) => app.findings.trim(operation.id, 0),
};

async function beginning({ app, operation, input }: VerifySlice): Promise<VerifyCursor> {
  const receipts = app.receipts[input.site];
  const buckets = input.bucket === undefined ? await receipts.buckets(operation.tenant) : [input.bucket];
  let total = 0;
  for (const bucket of buckets) total += await receipts.countClaims(operation.tenant, bucket);
  return { buckets, total, judged: 0, results: [], found: 0, foundBefore: 0, counts: noCounts };
}

/** @throws AppError `precondition-failed` where no bucket could be listed. */
function resultOf({ results, found }: VerifyCursor): VerificationResult {
  const problems = results.flatMap((each) => ("problem" in each ? [each] : []));
  if (problems.length > 0 && problems.length === results.length) {
    const fields = problems.map(({ bucket, problem }) => {
      return { field: bucket, problem: destinationCauses[problem.cause].label.en };
    });
    const told = fields.map(({ field, problem }) => `${field}: ${problem}`).join("; ");
    throw new AppError("precondition-failed", `nothing could be verified: ${told}`, { fields });
  }
  const sum = (figure: "equal" | "missing" | "different" | "extra") =>
    results.reduce((total, each) => total + ("problem" in each ? 0 : (each[figure] ?? 0)), 0);
  return {
    buckets: results,
    ...{ equal: sum("equal"), missing: sum("missing"), different: sum("different"), extra: sum("extra") },
    findings: found,
  };
}
