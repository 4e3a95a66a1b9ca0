import type { Site } from "../../shared/domain/sites.ts";
import type { Mode } from "./plan.ts";

/** Documents by their path below the tenant, each as the fingerprint of its fields. */
export type Content = Map<string, string>;

/** One tenant as it must be, by what was done to it. */
export type TenantModel = {
  id: string;
  bucket: string;
  mode: Mode;
  /** What was written on the primary. */
  primary: Content;
  /** What the secondary must go on holding while no mirror may write it, but for what its people write. */
  fenced?: Content;
  /** Paths that were written on the secondary, not by Hikae. */
  edited: Set<string>;
  /** What the mirror had brought there when it was halted; `unknown` where others wrote over it before. */
  base?: Content;
  /** Every recording of a call that has ended, and where. */
  recordings: { id: string; site: Site }[];
  /** How often each act must stand in the audit log. */
  audited: Map<string, number>;
  fence: number;
  guidance: Map<string, string>;
  /** Operations that were rightly refused. */
  refused: Set<string>;
};

/** What was done so far, and what may be missing until it is put right. */
export type World = {
  seed: number;
  tenants: TenantModel[];
  lost: boolean;
  /** Events may have been lost: a reconciliation is due. */
  dropped: boolean;
  /** A sender of mail died, or was cut off, in the middle: one letter may have come again (R48). */
  mailCut: boolean;
};

/** Notes that an act was carried out, so that the audit log must tell of it. */
export function expectAudit({ audited }: TenantModel, ...acts: string[]): void {
  for (const act of acts) audited.set(act, (audited.get(act) ?? 0) + 1);
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
