import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { Label } from "../catalogue.ts";
import { show } from "./differences.ts";
import { AppError } from "./errors.ts";
import type { NewMail } from "./mail.ts";
import type { ApplyOptions, Change, Outcome } from "./mirror.ts";
import { changeOf, type Roots } from "./mirror-change.ts";
import { type AccessRulesReport, recordSync, type SyncReason, type Syncs } from "./syncs.ts";
import { type Fields, fingerprint, microseconds, typeOf, type WireState } from "./value.ts";

/** The kind whose documents are the rules: `cidr`, and `enabled` unless it is true. */
export const accessRulesKind = "ipAccessRules";

/** A tenant's rules and all that is stored below them, by path below the tenant, as of one point in time (µs). */
export type RuleSet = { readTime: number; documents: Map<string, WireState> };

/** What copying access rules needs. */
export type AccessRulesApp = {
  roots: Roots;
  outbox: { add(mail: NewMail): Promise<void> };
  syncs: Pick<Syncs, "record">;
  now(): Date;
  toFields(state: WireState): Fields;
  /** The primary's rules; "tooLarge" when they are more than fit in one commit. @throws AppError `unavailable`. */
  primaryRules(tenant: string): Promise<RuleSet | "tooLarge">;
  /** The paths of the secondary's. */
  secondaryRules(tenant: string): Promise<string[]>;
  /** Applies the changes in one commit (see ledger.ts). */
  applyTogether(
    tenant: string,
    changes: Change[],
    options: ApplyOptions & { look: boolean },
  ): Promise<{ outcomes: Outcome[] }>;
  /** Told of documents on the secondary that Hikae did not write. */
  tampered(tenant: string, changes: Change[]): Promise<void>;
};

/**
 * Makes the secondary's access rules those of the primary, as a whole or not at all, in one commit that is gated by the
 * tenant's state and fence (R13). A set that is invalid or would admit nobody is refused with a warning, and the old set
 * stays; so is one that has gone altogether, for an empty primary must not empty the secondary. Rules that somebody edited
 * on the secondary are overwritten only where the options say so; else that is reported as any other edit is (R10).
 * Equal sets cost no write of theirs. How it ended is recorded. Safe to
 * repeat, and to run twice at once.
 * @throws AppError `unavailable` when that cannot be recorded.
 */
export async function syncAccessRules(
  app: AccessRulesApp,
  tenant: string,
  options: ApplyOptions,
): Promise<AccessRulesReport | "fenced"> {
  return recordSync(app, "access-rules", tenant, {}, () => copyRules(app, tenant, options));
}

/**
 * The same, for what must not end before the rules were compared: a set that is refused, or that somebody edited, is an
 * end; a site that does not answer is none.
 * @throws AppError `unavailable` as `syncAccessRules`, and where the rules could not be read or written.
 */
export async function accessRulesOrThrow(
  app: AccessRulesApp,
  tenant: string,
  options: ApplyOptions,
): Promise<AccessRulesReport | "fenced"> {
  const report = await syncAccessRules(app, tenant, options);
  if (report === "fenced" || report.outcome !== "failed" || report.reason === "tampered") return report;
  throw new AppError("unavailable", `the access rules could not be copied (${report.reason}): ${report.detail ?? ""}`);
}

async function copyRules(
  app: AccessRulesApp,
  tenant: string,
  options: ApplyOptions,
): Promise<AccessRulesReport | "fenced"> {
  const [set, present] = await Promise.all([
    app.primaryRules(tenant).catch(() => undefined),
    app.secondaryRules(tenant),
  ]);
  if (!set) return { outcome: "failed", reason: "primaryUnreachable" };
  if (set === "tooLarge") return refuse(app, tenant, tooLarge, []);
  const rules = [...set.documents].map(([path, state]): Rule => [path, app.toFields(state)]).filter(isRule);
  const refusal = judgeRules(rules, present.length);
  if (refusal) return refuse(app, tenant, refusal, rules);
  const changes = changesFor(app, set, present);
  const { outcomes } = await app.applyTogether(tenant, changes, { ...options, whole: true, look: true });
  if (outcomes.some((outcome) => outcome === "fenced" || outcome === "unknownTenant")) return "fenced";
  const tampered = changes.filter((_, index) => outcomes[index] === "tampered");
  if (tampered.length > 0) {
    await app.tampered(tenant, tampered);
    return { outcome: "failed", reason: "tampered", rules: rules.length };
  }
  return { outcome: outcomes.includes("applied") ? "copied" : "unchanged", rules: rules.length };
}

/** Why a set is not copied, and which of its rules are at fault. */
type Refusal = { reason: SyncReason; problem: Label; rules?: string };
type Rule = readonly [path: string, fields: Fields];

const tooLarge: Refusal = {
  reason: "tooLarge",
  problem: { ja: "ルールが多すぎて一括で反映できません", en: "there are more rules than can be copied as a whole" },
};
const admitsNobody: Refusal = {
  reason: "admitsNobody",
  problem: { ja: "有効なルールがなく、誰も接続できなくなります", en: "no rule is enabled: nobody would be admitted" },
};
const primaryEmpty: Refusal = {
  reason: "primaryEmpty",
  problem: { ja: "東京にルールが1件もありません", en: "there is no rule in Tokyo, while Osaka has rules" },
};

/** Rules stand directly below the tenant; what is stored below a rule is copied with it, and is none. */
function isRule([path]: Rule): boolean {
  return path.split("/").length === 2;
}

/** Why a set must not be copied to a secondary that has so many rules; undefined when it may be. */
export function judgeRules(rules: readonly Rule[], present: number): Refusal | undefined {
  if (rules.length === 0) return present === 0 ? undefined : primaryEmpty;
  const faults = rules.flatMap(([path, fields]) => {
    const problem = faultOf(fields);
    return problem ? [{ problem, rule: `${path.slice(path.indexOf("/") + 1)} (${shownCidr(fields)})` }] : [];
  });
  const [first, ...more] = faults;
  if (first) {
    const shown = faults.slice(0, shownFaults).map(({ rule }) => rule);
    const rest = more.length < shownFaults ? "" : ` (+${faults.length - shownFaults})`;
    return { reason: "invalid", problem: first.problem, rules: shown.join(", ").slice(0, 1000) + rest };
  }
  return rules.some(([, { enabled }]) => enabled?.booleanValue ?? true) ? undefined : admitsNobody;
}

const shownFaults = 10;

function shownCidr({ cidr }: Fields): string {
  return cidr ? show(cidr).slice(0, 100) : "–";
}

function faultOf({ cidr, enabled }: Fields): Label | undefined {
  if (enabled && typeOf(enabled) !== "booleanValue") return faults.enabled;
  if (!cidr || typeOf(cidr) !== "stringValue") return faults.address;
  const fault = cidrFault(cidr.stringValue ?? "");
  return fault && faults[fault];
}

const faults = {
  enabled: { ja: "enabled が true でも false でもありません", en: "enabled is neither true nor false" },
  address: { ja: "IPv4またはIPv6のCIDRではありません", en: "it is not an IPv4 or IPv6 CIDR" },
  prefix: { ja: "プレフィックスが長すぎます", en: "its prefix is too long" },
  host: { ja: "プレフィックスより後ろのビットが0ではありません", en: "bits are set behind its prefix" },
} satisfies Record<string, Label>;

/** What is wrong with a text that should be an IPv4 or IPv6 CIDR, such as `203.0.113.0/24`; undefined when nothing is. */
export function cidrFault(text: string): "address" | "prefix" | "host" | undefined {
  const [, address = "", length = ""] = /^([0-9A-Fa-f.:]+)\/(0|[1-9][0-9]{0,2})$/.exec(text) ?? [];
  const family = isIP(address);
  if (family === 0) return "address";
  const width = family === 4 ? 32 : 128;
  if (Number(length) > width) return "prefix";
  const host = (1n << BigInt(width - Number(length))) - 1n;
  return (addressBits(address) & host) === 0n ? undefined : "host";
}

/** A valid address as a number. */
function addressBits(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const [left, right] = [groupsOf(head), groupsOf(tail ?? "")];
  const width = address.includes(":") ? 8 : 2;
  const zeros = Array.from({ length: width - left.length - right.length }, () => 0);
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}

/** Groups of 16 bits; an IPv4 address, alone or at the end of an IPv6 one, is two. */
function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** The changes that make the secondary's rules those of the set: all that it has, and the removal of all others. */
function changesFor(app: AccessRulesApp, set: RuleSet, present: readonly string[]): Change[] {
  const place = (path: string) => ({ path, kind: accessRulesKind });
  const copies = [...set.documents].map(([path, state]) =>
    changeOf(app.roots, place(path), app.toFields(state), microseconds(state.updateTime ?? {}), "reconcile"),
  );
  const removals = present
    .filter((path) => !set.documents.has(path))
    .map((path) => changeOf(app.roots, place(path), undefined, set.readTime, "reconcile"));
  return [...copies, ...removals];
}

/** The old set stays. Each refused set is told of by one mail, however often it is met. */
async function refuse(
  app: AccessRulesApp,
  tenant: string,
  { reason, problem, rules: faulty }: Refusal,
  rules: readonly Rule[],
): Promise<AccessRulesReport> {
  const content = rules.map(([path, fields]) => `${path} ${fingerprint(fields, app.roots.primary).hash}`).sort();
  const digest = createHash("sha256")
    .update([reason, ...content].join("\n"))
    .digest("base64url")
    .slice(0, 27);
  const data = { at: app.now().toISOString(), why: `${problem.ja} / ${problem.en}` };
  const mail: NewMail = {
    key: `accessRulesRefused ${digest}`,
    template: "accessRulesRefused",
    tenant,
    to: "administrators",
    data: faulty ? { ...data, rule: faulty } : data,
  };
  await app.outbox.add(mail);
  return { outcome: "refused", reason, detail: faulty ? `${problem.en}: ${faulty}` : problem.en, rules: rules.length };
}
