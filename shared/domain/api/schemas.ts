import { z } from "zod";
import { kindOf, type Label } from "../../catalogue.ts";
import { errorCodes } from "../errors.ts";
import { type Operation, type OperationControl, operationStates } from "../operation.ts";
import { sites } from "../sites.ts";
import { activationModes, standbyStates, stopReasons } from "../standby.ts";
import { tenantId } from "../tenant.ts";

/** The shapes that several routes share. Answers are parsed with theirs, so a field not named here never leaves. */

/** A time: a Date in the program, RFC 3339 in UTC on the wire. */
export const time = z.date();

const keysOf = <T extends Record<string, unknown>>(table: T) => Object.keys(table) as [keyof T & string];

export const siteName = z.enum(sites).meta({ description: "primary is Tokyo, secondary is Osaka" });
export const label = z.object({ ja: z.string(), en: z.string() });
/** Whether a number works on a site, and why (R22). */
export const usability = z.object({ usable: z.boolean(), reason: z.string(), label });
export const tenantPath = z.strictObject({ tenant: tenantId });
/** The id of a record of Hikae's own, such as an operation; no database has one of the form `__x__`. */
export const recordIdPlace = /^(?!__.*__$)[A-Za-z0-9_-]{1,64}$/;
export const operationPath = z.strictObject({ id: z.string().regex(recordIdPlace) });
export const nothing = z.strictObject({});

/** The place where a page ended, as callers get it. */
export function pageTokenOf(place: string): string {
  return Buffer.from(place, "utf8").toString("base64url");
}

/** A token that hides where the page before ended, which is of the form `place`. */
export function pageTokenTo(place: RegExp) {
  return z.string().transform((opaque, context) => {
    const ended = Buffer.from(opaque, "base64url").toString("utf8");
    if (place.test(ended) && pageTokenOf(ended) === opaque) return ended;
    context.addIssue("give the nextPageToken of the page before, or leave it out to begin");
    return z.NEVER;
  });
}

/** Which page of a list. */
export function pageQueryOf(place: RegExp) {
  return z.strictObject({
    pageSize: z.coerce.number().int().min(1).max(200).default(50),
    pageToken: pageTokenTo(place).optional(),
  });
}

/** Places in lists in the order of documents: an id, or a path of ids. Others are no names, and no database looks for them. */
export const documentIdPlace = /^(?!(?:\.{1,2}|__.*__)$)[^/]{1,128}$/s;
export const documentPathPlace = /^(?!(?:.*\/)?(?:\.{1,2}|__[^/]*__)(?:\/|$))[^/]+\/[^/]+(?:\/[^/]+\/[^/]+)*$/s;

/** One page of a list as callers get it. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextPageToken: z.string().optional().meta({ description: "absent on the last page" }),
  });
}

/** The page with its place made opaque. */
export function opaquePage<T>(page: { items: T[]; nextPageToken?: string }): { items: T[]; nextPageToken?: string } {
  if (page.nextPageToken === undefined) return { items: page.items };
  return { items: page.items, nextPageToken: pageTokenOf(page.nextPageToken) };
}

export const actor = z
  .object({ type: z.enum(["user", "service", "unknown", "hikae"]), id: z.string() })
  .meta({ id: "Actor" });

export const fieldFault = z
  .object({
    field: z.string(),
    problem: z.string(),
    label: label.optional().meta({ description: "the problem in both languages, where people are to read it" }),
  })
  .meta({ id: "FieldFault" });

/** Every error, as RFC 9457 has it. */
export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "the path that was asked" }),
    code: z.enum(keysOf(errorCodes)),
    trace: z.string().meta({ description: "quote this when you ask for help" }),
    fields: z.array(fieldFault).optional(),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;

const controls = ["cancel", "pause", "resume"] as const satisfies OperationControl[];

/** A long job as callers see it. */
export const operationView = z
  .object({
    id: z.string(),
    type: z.string(),
    tenant: z.string(),
    state: z.enum(keysOf(operationStates)),
    controls: z.array(z.enum(controls)).meta({ description: "what may be done to it now" }),
    progress: z.object({ done: z.number(), total: z.number().optional(), note: z.string().optional() }),
    result: z.record(z.string(), z.unknown()).optional(),
    error: z
      .object({
        code: z.enum(keysOf(errorCodes)),
        message: z.string(),
        fields: z.array(fieldFault).readonly().optional(),
      })
      .optional(),
    createdBy: actor,
    createdAt: time,
    updatedAt: time,
    finishedAt: time.optional(),
  })
  .meta({ id: "Operation" });

/** What callers see of an operation: not its lease and cursor, nor the text of an error nobody foresaw. */
export function viewOf(operation: Operation): z.input<typeof operationView> {
  const { error, ...rest } = operation;
  const permitted = controls.filter((control) => operationStates[operation.state][control]);
  const internal = error?.code === "internal" ? { message: "something unexpected went wrong" } : {};
  return { ...rest, controls: permitted, ...(error ? { error: { ...error, ...internal } } : {}) };
}

/** The name of a kind for people; of one that the catalogue does not know (any more), the name it has. */
export function kindLabel(kind: string): Label {
  return kindOf(kind)?.label ?? { ja: kind, en: kind };
}

const kindProof = z.object({ documents: z.int(), repaired: z.int(), differing: z.int() });

/** That both sites were equal at a time (R8). */
export const proofView = z
  .object({
    at: time,
    operation: z.string(),
    equal: z.boolean(),
    total: kindProof,
    large: z.int().optional().meta({
      description: "documents that may be too large for an event; reconciliation alone is sure to carry them",
    }),
    kinds: z.record(z.string(), kindProof.extend({ label })),
  })
  .meta({ id: "Proof" });

/** One document that was edited on the secondary, field by field (R10b). */
export const editView = z
  .object({
    path: z.string(),
    kind: z.string(),
    label,
    change: z.enum(["created", "updated", "deleted"]),
    by: actor,
    at: time,
    fields: z.array(z.object({ field: z.string(), before: z.string().optional(), after: z.string().optional() })),
  })
  .meta({ id: "Edit" });

export const stopView = z
  .object({
    reason: z.enum(stopReasons),
    at: time,
    by: actor,
    detail: z.string().optional(),
    path: z.string().optional(),
  })
  .meta({ id: "Stop" });

const word = z.object({ at: time, by: actor, note: z.string().optional() });

/** The present activation: how it came about, and what was said about its end (R24). */
export const activationView = z
  .object({
    operation: z.string(),
    mode: z.enum(activationModes),
    by: actor,
    reason: z.string().optional(),
    requestedAt: time,
    activeAt: time.optional(),
    rpoSeconds: z.number().nullable().meta({ description: "at most so much was missing; null: not known" }),
    recoveryNotice: word.optional().meta({ description: "the operator's word that the primary is healthy again" }),
    resumeRequest: word.optional().meta({ description: "the tenant's word that its softphones are back" }),
  })
  .meta({ id: "Activation" });

export const standbyState = z.enum(keysOf(standbyStates));
