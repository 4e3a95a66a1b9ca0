import type { TemplateName } from "../../shared/domain/mail-templates.ts";
import type { Site } from "../../shared/domain/sites.ts";
import type { Mode } from "./plan.ts";
import type { TornRecording } from "./recordings.ts";

/** Documents by their path below the tenant, each as the fingerprint of its fields. */
export type Content = Map<string, string>;

/** One tenant as it must be, by what was done to it. */
export type TenantModel = {
  id: string;
  bucket: string;
  mode: Mode;
  /** Whether its last activation was a drill. */
  isDrill: boolean;
  /** What was written on the primary. */
  primary: Content;
  /** What the secondary must go on holding while no mirror may write it, but for what its people write. */
  fenced?: Content;
  /** Paths that were written on the secondary, not by Hikae. */
  edited: Set<string>;
  /** What the mirror had brought there when it was halted; `unknown` where others wrote over it before. */
  base?: Content;
  /** Events of its guard are being lost, until the next quiet point. */
  guardDrops: boolean;
  /** What was edited on the secondary may stand nowhere: the events that tell of it were lost. */
  editsMayBeMissed: boolean;
  /** Every recording of a call that has ended. */
  recordings: TornRecording[];
  /** How often each act must stand in the audit log. */
  audited: Map<string, number>;
  /** How many mails of each template its administrator must have got. */
  mailed: Map<TemplateName, number>;
  /** The number that its fence had when it was last looked at. */
  fence: number;
  guidance: Map<string, string>;
  /** Operations that were rightly refused. */
  refused: Set<string>;
};

/** What was done so far, and what may be missing until it is put right. */
export type World = {
  seed: number;
  tenants: TenantModel[];
  lost: Site | undefined;
  /** Events may have been lost: a reconciliation is due. */
  dropped: boolean;
  /** How many dead letters there were before. */
  deadLetters: number;
  /** Cloud Storage fails, until the next quiet point; `corrupts`: what anybody uploads may be changed on its way. */
  storage: { fails: boolean; corrupts: boolean };
  /** Times (ms) in which letters to an address, or to all, were taken and that was not said: one may have come again (R48). */
  mailCuts: { from: number; until?: number; to?: string }[];
  /** How often the sender of a letter died with it in its hands: it may have come again so often (R48). */
  heldLetters: Map<string, number>;
};

/** A world in which nothing was done yet. */
export function newWorld(seed: number, deadLetters: number): World {
  return {
    ...{ seed, deadLetters, tenants: [], lost: undefined, dropped: false },
    ...{ storage: { fails: false, corrupts: false }, mailCuts: [], heldLetters: new Map() },
  };
}

/** Notes that an act was carried out, so that the audit log must tell of it. */
export function expectAudit({ audited }: TenantModel, ...acts: string[]): void {
  for (const act of acts) countUp(audited, act);
}

/** Notes that the tenant's administrator must be told by mail. */
export function expectMail({ mailed }: TenantModel, template: TemplateName): void {
  countUp(mailed, template);
}

export function countUp<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Something that must hold does not. */
export class Violation extends Error {
  readonly invariant: string;
  readonly expected: unknown;
  readonly found: unknown;

  constructor(invariant: string, expected: unknown, found: unknown) {
    super(invariant);
    this.invariant = invariant;
    this.expected = expected;
    this.found = found;
  }
}

/** Up to a few rows in which two contents differ, each with both sides. */
export function differences(expected: Content, found: Content): { expected: object; found: object } | undefined {
  const paths = [...new Set([...expected.keys(), ...found.keys()])].filter(
    (path) => expected.get(path) !== found.get(path),
  );
  if (paths.length === 0) return undefined;
  const side = (content: Content) =>
    Object.fromEntries(paths.slice(0, 8).map((path) => [path, content.get(path) ?? "absent"]));
  return { expected: { ...side(expected), differing: paths.length }, found: side(found) };
}

/** Numbers, to be compared as a content is. */
export const contentOfCounts = (counts: ReadonlyMap<string, number>): Content =>
  new Map([...counts].map(([what, count]) => [what, String(count)]));
