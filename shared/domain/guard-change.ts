import { randomUUID } from "node:crypto";
import { isCopied, kindOf } from "../catalogue.ts";
import { placeOf } from "./document-path.ts";
import { editOf, isOwnWrite } from "./edits.ts";
import type { LedgerEntry } from "./mirror.ts";
import type { Roots } from "./mirror-change.ts";
import type { Standbys } from "./ports.ts";
import type { Actor } from "./standby.ts";
import { editsFoundUnder } from "./transitions.ts";
import { type Fields, fingerprint, microseconds, type WireState } from "./value.ts";

export type GuardApp = {
  roots: Roots;
  standbys: Standbys;
  /** Entry and document of one path as of one point in time; reads that come together may be made together. */
  readPair(tenant: string, path: string): Promise<{ entry?: LedgerEntry; document?: WireState }>;
  toFields(state: WireState): Fields;
  now(): Date;
};

/**
 * Judges one write on the secondary (R10). Mirror and entry are written in one commit, so a document that is not what
 * its entry says was written by somebody else: that stops the tenant's sync, or is noted where its state permits
 * edits. Safe to repeat and to reorder: it looks at what is there now, never at the event alone.
 * @throws AppError `unavailable` to be tried again.
 */
export async function guardChange(
  app: GuardApp,
  event: { before?: WireState; after?: WireState; by: Actor },
): Promise<{ outcome: string; tenant?: string; kind?: string }> {
  const state = event.after ?? event.before;
  if (!state) return { outcome: "empty" };
  const place = placeOf(state.name ?? "", app.roots.secondary);
  if (!place || !("path" in place)) return { outcome: "notMirrored" };
  const report = { tenant: place.tenant, kind: place.kind };
  if (!isCopied(kindOf(place.kind))) return { ...report, outcome: "notMirrored" };

  if ((await foreignDocument(app, place)) === "own") return { ...report, outcome: "own" };
  const before = event.before && app.toFields(event.before);
  const at = event.after?.updateTime ? new Date(microseconds(event.after.updateTime) / 1000) : app.now();
  for (;;) {
    // What is found counts under the fence that was there before it was looked at.
    const standby = await app.standbys.read(place.tenant);
    const foreign = await foreignDocument(app, place);
    if (foreign === "own") return { ...report, outcome: "own" };
    const { found } = foreign;
    const edit = editOf(place, { ...(before ? { before } : {}), ...(found ? { after: found } : {}) }, event.by, at);
    const outcome = await app.standbys.change(place.tenant, (current) =>
      editsFoundUnder(standby?.fence, current, [edit], app.now(), randomUUID()),
    );
    if (outcome !== "moved") return { ...report, outcome };
  }
}

/**
 * The document where it is not what its entry says. The two are believed only when a second read finds both
 * unchanged: then they did stand side by side, whatever the order in which the first read came to them.
 */
async function foreignDocument(
  app: GuardApp,
  place: { tenant: string; path: string },
): Promise<"own" | { found: Fields | undefined }> {
  let earlier: string | undefined;
  for (;;) {
    const { entry, document } = await app.readPair(place.tenant, place.path);
    const found = document && app.toFields(document);
    if (isOwnWrite(entry, found && fingerprint(found, app.roots.secondary).hash)) return "own";
    const seen = JSON.stringify([entry ?? null, document?.updateTime ?? null]);
    if (seen === earlier) return { found };
    earlier = seen;
  }
}
