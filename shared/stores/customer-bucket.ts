import { type BucketProblem, type CustomerBuckets, noAccess, type Probed, unproved } from "../domain/backup/buckets.ts";
import type { DestinationCause } from "../domain/backup/failures.ts";
import { recordingsFolder } from "../domain/backup/names.ts";
import { AppError } from "../domain/errors.ts";
import type { ObjectAnswer, ObjectApi } from "./object-api.ts";

const needed = ["storage.objects.create", "storage.objects.get", "storage.objects.list"] as const;

/** Why the name of a bucket cannot be used, told by all that is known of Cloud Storage's answer. */
const texts = {
  bucketGone: "there is no such bucket",
  denied: noAccess.message,
  requesterPays: "the bucket has requester pays switched on",
  unproved: unproved.message,
  throttled: "Cloud Storage takes too few requests for the bucket just now",
  unavailable: "Cloud Storage does not answer",
} as const satisfies Record<DestinationCause, string>;

/** Google names the missing payer `required`, its XML API `userProjectMissing`. */
const payerMissing = new Set<unknown>(["required", "userProjectMissing"]);
const tooFast = new Set<unknown>(["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"]);

/**
 * Why a bucket as a whole refused a write or a question about itself; undefined for an answer that is none of the
 * bucket's: success, an object that is there already, a request that was wrong.
 */
export function refusalOf({ status, body }: ObjectAnswer): BucketProblem | undefined {
  const reason = reasonOf(body);
  if (status === 400 && isOfKey(reason))
    return { cause: "denied", message: "the bucket's encryption key cannot be used" };
  if (status === 412 && reason === "orgPolicyConstraintFailed") {
    return { cause: "denied", message: "a policy of the bucket's organisation forbids it" };
  }
  const cause = causeOf(status, reason);
  return cause && { cause, message: texts[cause] };
}

/** Google's reasons for a key that is disabled, gone, elsewhere, or not permitted all begin so. */
function isOfKey(reason: unknown): boolean {
  return typeof reason === "string" && reason.startsWith("cloudKms");
}

function causeOf(status: number, reason: unknown): DestinationCause | undefined {
  if (status === 404) return "bucketGone";
  if (status === 403) return tooFast.has(reason) ? "throttled" : "denied";
  if (status === 400) return payerMissing.has(reason) ? "requesterPays" : undefined;
  if (status === 429) return "throttled";
  // Hikae's own credentials are not the customer's fault.
  return status === 401 || status === 408 || status >= 500 ? "unavailable" : undefined;
}

function reasonOf(body: unknown): unknown {
  return (body as { error?: { errors?: { reason?: unknown }[] } } | undefined)?.error?.errors?.[0]?.reason;
}

/** Customers' buckets by Cloud Storage's JSON API. Never `buckets.get`: the role that customers grant has it not (R33). */
export function createCustomerBuckets(objects: ObjectApi): CustomerBuckets & {
  /** Whether the bucket takes recordings now: its permissions, then a real create and read. Safe to repeat. */
  probeBucket(bucket: string): Promise<Probed>;
} {
  const pathOf = (bucket: string) => `/b/${encodeURIComponent(bucket)}`;

  async function testPermissions(bucket: string): Promise<Probed> {
    const answer = await asked(objects.call("GET", `${pathOf(bucket)}/iam/testPermissions`, { permissions: needed }));
    if ("cause" in answer) return answer;
    const { permissions = [] } = (answer.body ?? {}) as { permissions?: string[] };
    return needed.every((permission) => permissions.includes(permission)) ? "ok" : problem("denied");
  }

  /** Creates an object; one that is there already, as after a try whose answer was lost, is as good. */
  async function create(bucket: string, name: string, text: string): Promise<{ generation: string } | BucketProblem> {
    const query = { uploadType: "media", name, ifGenerationMatch: "0" };
    const content = { type: "text/plain; charset=utf-8", text };
    const made = await asked(objects.call("POST", `${pathOf(bucket)}/o`, query, content), [412]);
    // An organisation's policy refuses with the very status of an object that is there.
    const refused = "cause" in made ? made : refusalOf(made);
    if (refused) return refused;
    const read = await asked(objects.call("GET", `${pathOf(bucket)}/o/${encodeURIComponent(name)}`), [404]);
    if ("cause" in read) return read;
    const generation = (read.body as { generation?: unknown } | undefined)?.generation;
    return typeof generation === "string" ? { generation } : problem("unavailable");
  }

  /** An object of the folder's own name makes consoles show the folder. */
  const touchPlaceholder = (bucket: string) => create(bucket, recordingsFolder, "");

  return {
    testPermissions,
    touchPlaceholder,
    leaveText: create,
    async holds(bucket, object, generation) {
      const path = `${pathOf(bucket)}/o/${encodeURIComponent(object)}`;
      const answer = await asked(objects.call("GET", path, { generation }), [404]);
      return "cause" in answer ? answer : answer.status === 200;
    },
    async probeBucket(bucket) {
      const permitted = await testPermissions(bucket);
      if (permitted !== "ok") return permitted;
      const placeholder = await touchPlaceholder(bucket);
      return "cause" in placeholder ? placeholder : "ok";
    },
  };
}

function problem(cause: DestinationCause): BucketProblem {
  return { cause, message: texts[cause] };
}

/** The answer, if it is a success or an expected one, else why the bucket refused. */
async function asked(
  call: Promise<ObjectAnswer>,
  expected: readonly number[] = [],
): Promise<ObjectAnswer | BucketProblem> {
  try {
    const answer = await call;
    if (answer.status < 300 || expected.includes(answer.status)) return answer;
    return refusalOf(answer) ?? { cause: "denied", message: `Cloud Storage refused with ${answer.status}` };
  } catch (error) {
    if (error instanceof AppError && error.code === "unavailable") {
      return { cause: "unavailable", message: error.message };
    }
    throw error;
  }
}
