import { createHash } from "node:crypto";
import { z } from "zod";
import type { Label } from "../catalogue.ts";
import { type TenantNumber, typeOfNumber, usableOnSecondary, writtenNumber } from "./numbers.ts";

/** Where the plan stands below its tenant; it is mirrored like any other document. */
export const planPath = "switchoverPlans/plan";

/** Ids that Firestore itself permits. */
const phoneId = z
  .string()
  .regex(/^(?!__.*__$)(?!\.{1,2}$)[^/]{1,128}$/u, "is not the id of a phone")
  .refine((id) => id.trim() !== "", "is not the id of a phone");

/** What Firestore still indexes in one document, with room to spare. */
const mostEntries = { phones: 10_000, tollFree: 1000 };
const atMost = (count: number) => (entries: object) => Object.keys(entries).length <= count;

/**
 * What is to be changed when the secondary takes over (R20), every number in E.164: the caller number of whatever has
 * none of its own, the caller number of each phone by its id, and the destination behind each toll-free number.
 */
export const plan = z.object({
  defaultCallerNumber: writtenNumber.nullable(),
  phones: z
    .record(phoneId, writtenNumber)
    .refine(atMost(mostEntries.phones), `give at most ${mostEntries.phones} phones`),
  tollFree: z
    .record(writtenNumber, writtenNumber)
    .refine(atMost(mostEntries.tollFree), `give at most ${mostEntries.tollFree} toll-free numbers`),
});
export type Plan = z.output<typeof plan>;

/** Every number that the plan names, once. */
export function numbersOf({ defaultCallerNumber, phones, tollFree }: Plan): string[] {
  const callers = defaultCallerNumber === null ? [] : [defaultCallerNumber];
  return [...new Set([...callers, ...Object.values(phones), ...Object.entries(tollFree).flat()])];
}

/** A name for this very content, the same on both sites, by which a lost update is noticed. */
export function versionOf({ defaultCallerNumber, phones, tollFree }: Plan): string {
  const sorted = (entries: Record<string, string>) => Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify([defaultCallerNumber, sorted(phones), sorted(tollFree)]);
  return createHash("sha256").update(content).digest("base64url").slice(0, 22);
}

/**
 * A plan as it was found stored: without `plan` it cannot be understood, and only be replaced. When, and by whom it was
 * stored is known of what came through the API.
 */
export type StoredPlan = { plan?: Plan; version: string; updatedAt?: Date; updatedBy?: string };

/** The version that a stored plan has which cannot be understood. */
const unreadable = "unreadable";

const stamp = z.object({
  updatedAt: z.date().optional().catch(undefined),
  updatedBy: z.string().optional().catch(undefined),
});

/** @param data with times as dates. */
export function readPlan(data: unknown): StoredPlan {
  const parsed = plan.safeParse(data);
  const { updatedAt, updatedBy } = stamp.safeParse(data).data ?? {};
  return {
    ...(parsed.success ? { plan: parsed.data, version: versionOf(parsed.data) } : { version: unreadable }),
    ...(updatedAt ? { updatedAt } : {}),
    ...(updatedBy === undefined ? {} : { updatedBy }),
  };
}

/** One entry of a plan that would not work, its field as `phones.phone-1`, with why and what to do. */
export type PlanFault = { field: string; number: string; why: Label };

type Known = { numbers: ReadonlyMap<string, TenantNumber>; phones?: ReadonlySet<string> };

const faultLabels = {
  missing: {
    ja: "テナントの番号に登録されていません。登録済みの番号を指定してください",
    en: "is not among the tenant's numbers: give one that is",
  },
  noCaller: {
    ja: "0120・0800・0570の番号は発信者番号に使えません。専用の06番号または050番号を指定してください",
    en: "a toll-free number cannot be shown to those called: give a dedicated 06 or 050 number",
  },
  notTollFree: {
    ja: "0120・0800・0570の番号ではありません。計画から除いてください",
    en: "is not a 0120, 0800 or 0570 number: leave it out",
  },
  phoneMissing: {
    ja: "電話機が登録されていません。計画から除いてください",
    en: "there is no such phone: leave it out",
  },
} as const satisfies Record<string, Label>;

const remedied = ({ ja, en }: Label): Label => ({
  ja: `大阪では利用できません（${ja}）。専用の06番号または050番号を指定してください`,
  en: `does not work on the secondary (${en}): give a dedicated 06 or 050 number`,
});

/** Why this number cannot be shown to those called from the secondary; undefined if it can. */
export function callerFault(number: TenantNumber | undefined): Label | undefined {
  if (!number) return faultLabels.missing;
  if (typeOfNumber(number.e164) === "tollFree") return faultLabels.noCaller;
  const { usable, label } = usableOnSecondary(number);
  return usable ? undefined : remedied(label);
}

function destinationFault(number: TenantNumber | undefined, behind: TenantNumber | undefined): Label | undefined {
  if (!number || !behind) return faultLabels.missing;
  if (typeOfNumber(number.e164) !== "tollFree") return faultLabels.notTollFree;
  const { usable, label } = usableOnSecondary(number, behind);
  return usable ? undefined : remedied(label);
}

/**
 * Everything in the plan that would not work on the secondary (R20, R22), in the plan's order. `numbers` holds at
 * least those of the tenant's numbers that the plan names; phones are checked where they are given.
 */
export function planFaults({ defaultCallerNumber, phones, tollFree }: Plan, known: Known): PlanFault[] {
  const faults: PlanFault[] = [];
  const note = (field: string, number: string, why: Label | undefined) => {
    if (why) faults.push({ field, number, why });
  };
  if (defaultCallerNumber !== null) {
    note("defaultCallerNumber", defaultCallerNumber, callerFault(known.numbers.get(defaultCallerNumber)));
  }
  for (const [phone, number] of Object.entries(phones)) {
    const gone = known.phones && !known.phones.has(phone);
    note(`phones.${phone}`, number, gone ? faultLabels.phoneMissing : callerFault(known.numbers.get(number)));
  }
  for (const [number, destination] of Object.entries(tollFree)) {
    const fault = destinationFault(known.numbers.get(number), known.numbers.get(destination));
    note(`tollFree.${number}`, destination, fault);
  }
  return faults;
}

/** The documents that a plan changes, or a part of them; references are paths below the tenant. */
export type PlanDocuments = {
  /** By E.164: those of the tenant's numbers that the plan names. */
  numbers: ReadonlyMap<string, TenantNumber>;
  /** The present default caller number; null where there is none. Absent: not looked at now. */
  defaultCallerNumber?: string | null;
  /** The phones looked at now: each with its present caller number, or undefined for one that is gone. */
  phones: ReadonlyMap<string, { callerNumber: string | null } | undefined>;
};

/** One field of one document that is to refer to a number; `path`, `before` and `value` are paths below the tenant. */
export type PlanWrite = { path: string; field: string; before: string | null; value: string };

/** What of a plan could not be applied, and why. */
export type PlanSkip = { field: string; why: "phoneGone" | "numberUnusable" };

/** Where the default caller number stands. */
export const defaultCallerField = { path: "systemSettings/telephony", field: "defaultCallerNumber" } as const;

/**
 * What applying the plan writes to the secondary (R20), given the documents looked at; what is as planned already is
 * left alone, so repeating it gives nothing. A phone that is gone, or a number that does not work, is skipped and told.
 */
export function planWrites(planned: Plan, documents: PlanDocuments): { writes: PlanWrite[]; skipped: PlanSkip[] } {
  const writes: PlanWrite[] = [];
  const skipped: PlanSkip[] = [];
  const set = (told: string, place: { path: string; field: string }, before: string | null, e164: string) => {
    const number = documents.numbers.get(e164);
    if (!number || callerFault(number)) skipped.push({ field: told, why: "numberUnusable" });
    else if (number.path !== before) writes.push({ ...place, before, value: number.path });
  };
  if (planned.defaultCallerNumber !== null && documents.defaultCallerNumber !== undefined) {
    const told = defaultCallerField.field;
    set(told, defaultCallerField, documents.defaultCallerNumber, planned.defaultCallerNumber);
  }
  for (const [phone, present] of documents.phones) {
    const number = Object.hasOwn(planned.phones, phone) ? planned.phones[phone] : undefined;
    if (number === undefined) continue;
    if (!present) skipped.push({ field: `phones.${phone}`, why: "phoneGone" });
    else set(`phones.${phone}`, { path: `phones/${phone}`, field: "callerNumber" }, present.callerNumber, number);
  }
  return { writes, skipped };
}
