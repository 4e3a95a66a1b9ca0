import { randomUUID } from "node:crypto";
import { editOf, isOwnWrite } from "./edits.ts";
import type { Change, LedgerEntry } from "./mirror.ts";
import type { Roots } from "./mirror-change.ts";
import type { Standbys } from "./ports.ts";
import type { Edit } from "./standby.ts";
import { editsFound, editsFoundUnder } from "./transitions.ts";
import { type Fields, fingerprint, microseconds, type WireState } from "./value.ts";

type Pair = { entry?: LedgerEntry | undefined; document?: WireState | undefined };

/** What telling of edits needs. */
export type ReportEditsApp = {
  roots: Pick<Roots, "secondary">;
  standbys: Pick<Standbys, "read" | "change">;
  /** Entries and documents of these paths, each pair as of one point in time. */
  readLedger(tenant: string, paths: string[]): Promise<Map<string, Pair>>;
  toFields(state: WireState): Fields;
  now(): Date;
};

/** An edit may take most of a MiB, and all of them are written in one commit. */
const editsAtOnce = 10;

/**
 * Records documents that stand on the secondary where Hikae was to write these changes, and that it did not write (R10):
 * where the tenant is syncing that stops it. Each is looked at anew: what is Hikae's again by now is no edit, and what is
 * found counts under the fence that was there before it was looked at. Repeating is safe.
 * @throws AppError `unavailable` to be tried again.
 */
export async function reportEdits(
  app: ReportEditsApp,
  tenant: string,
  changes: readonly Change[],
): Promise<"own" | "stopped" | "noted" | "unknownTenant"> {
  let worst: "own" | "stopped" | "noted" | "unknownTenant" = "own";
  for (let from = 0; from < changes.length; from += editsAtOnce) {
    const outcome = await reportPortion(app, tenant, changes.slice(from, from + editsAtOnce));
    if (outcome === "stopped" || worst === "own") worst = outcome;
  }
  return worst;
}

async function reportPortion(app: ReportEditsApp, tenant: string, changes: readonly Change[]) {
  for (;;) {
    const standby = await app.standbys.read(tenant);
    const edits = await editsAmong(app, tenant, changes);
    if (edits.length === 0) return "own";
    const outcome = await app.standbys.change(tenant, (current) =>
      editsFoundUnder(standby?.fence, current, edits, app.now(), randomUUID()),
    );
    if (outcome !== "moved") return outcome;
  }
}

async function editsAmong(app: ReportEditsApp, tenant: string, changes: readonly Change[]): Promise<Edit[]> {
  const states = await app.readLedger(
    tenant,
    changes.map(({ path }) => path),
  );
  return changes.flatMap((change) => {
    const { entry, document } = states.get(change.path) ?? {};
    if (isOwn(app, { entry, document })) return [];
    const after = document && app.toFields(document);
    const at = document?.updateTime ? new Date(microseconds(document.updateTime) / 1000) : app.now();
    const before = entry && !entry.rank.deleted ? change.fields : undefined;
    return editOf(change, { ...(before ? { before } : {}), ...(after ? { after } : {}) }, unknownActor, at);
  });
}

function isOwn(app: Pick<ReportEditsApp, "roots" | "toFields">, { entry, document }: Pair): boolean {
  return isOwnWrite(entry, document && fingerprint(app.toFields(document), app.roots.secondary).hash);
}

/**
 * To be called when a restore or a fail back has ended. What was edited in its last moment was noted, for the tenant was
 * not syncing yet; nobody overwrites it any more. No such note is written from here on. Where the document is Hikae's the
 * note came late itself; else the sync stops (R10). Repeating is safe.
 * @throws AppError `unavailable` to be tried again.
 */
export async function judgeLateEdits(
  app: ReportEditsApp & { standbys: Pick<Standbys, "edits" | "clearEdits"> },
  tenant: string,
): Promise<void> {
  const late = await app.standbys.edits(tenant);
  for (let from = 0; from < late.length; from += editsAtOnce) {
    const edits = late.slice(from, from + editsAtOnce);
    const states = await app.readLedger(
      tenant,
      edits.map(({ path }) => path),
    );
    const isMended = ({ path }: Edit) => isOwn(app, states.get(path) ?? {});
    await app.standbys.clearEdits(tenant, edits.filter(isMended));
    const foreign = edits.filter((edit) => !isMended(edit));
    if (foreign.length === 0) continue;
    await app.standbys.change(tenant, (current) => editsFound(current, foreign, app.now(), randomUUID()));
  }
}

const unknownActor = { type: "unknown", id: "unknown" } as const;
