import { randomUUID } from "node:crypto";
import { AppError } from "../errors.ts";
import type { EventOf } from "../events.ts";
import type { Site } from "../sites.ts";
import { type BucketProblem, unproved } from "./buckets.ts";
import { newEntry, type Resolution, recordingsOf, resolve, skippedEntry, withDestination } from "./claim.ts";
import { refusedBy, trusted } from "./destination.ts";
import {
  afterTry,
  type BackupEntry,
  type Destination,
  isOpen,
  isUnfinished,
  isWorkable,
  type StoreOutcome,
  type Unit,
} from "./entry.ts";
import { folderName, objectName } from "./names.ts";
import type {
  CallForBackups,
  DestinationRecord,
  EntryChange,
  EntryKey,
  Incident,
  SiteBackups,
  StoreRecording,
  UnitFacts,
} from "./ports.ts";

/** What backing up needs. What it reads of settings and destinations may be some seconds old. */
export type BackUpApp = {
  site: Site;
  backups: Record<Site, SiteBackups>;
  unitFacts(tenant: string, office: string, unit: Unit | undefined): Promise<UnitFacts>;
  destinationOf(tenant: string, bucket: string): Promise<KnownDestination>;
  /** What was read of that destination is read anew from now on. */
  forgetDestination(tenant: string, bucket: string): void;
  /** One change of an entry, committed together with others that come at the same time. */
  changeEntry<T>(key: EntryKey, decide: EntryChange<T>["decide"]): Promise<T>;
  storeRecording: StoreRecording;
  callForBackups: CallForBackups;
  /** Works in turn, fair between tenants; undefined when too many of that tenant wait. */
  takeTurn<T>(tenant: string, work: () => Promise<T>): Promise<T> | undefined;
  /** How long one try may take. */
  tryMilliseconds: number;
  now(): Date;
};

/** What is known of a bucket: its record, once anything went wrong with it, and whether it is proved to be the tenant's. */
export type KnownDestination = { record?: DestinationRecord; isProved: boolean };

/** What became of one recording for now. */
export type BackedUp = BackupEntry["state"] | "parked" | "early" | "elsewhere" | "unknown" | "deferred";

/**
 * Backs up the recordings of one ended call (R36): each is claimed in the ledger, then stored. Safe to repeat and to do
 * side by side: what was claimed keeps its place, and a second copy is never made.
 * @throws AppError `invalid` for a tenant that does not exist; `unavailable`.
 */
export async function backUpCall(app: BackUpApp, event: EventOf<"callEnded">): Promise<BackedUp[]> {
  if (event.site !== app.site) return ["elsewhere"];
  const { tenantId: tenant } = event;
  const recordings = recordingsOf(event);
  const [first] = recordings;
  if (!first) return [];
  const { exists } = await app.unitFacts(tenant, first.office, first.unit);
  if (!exists) throw new AppError("invalid", "the event is of a tenant that does not exist");
  return Promise.all(
    recordings.map(async (recording) => {
      const key = { tenant, recordingId: recording.recordingId };
      const fresh = newEntry(recording, tenant, app.now());
      // A call that was refused as a bad event and is told of again rightly gets its chance.
      const destination = await destinationFor(app, fresh);
      const entry = await app.changeEntry(key, (current) => {
        const known = current && !replaces(current) ? current : fresh;
        return changedTo(current, placed(known, destination, app.now()));
      });
      const turn = app.takeTurn(tenant, () => tryEntry(app, entry));
      if (turn !== undefined) return turn;
      await app.callForBackups(app.site, [key]);
      return "deferred" as const;
    }),
  );
}

/** What could not be understood at the time is replaced by what can. */
function replaces({ state, error, destination }: BackupEntry): boolean {
  return state === "failed" && error?.class === "badEvent" && destination === undefined;
}

/** Tries one entry of the ledger now, if it is to be tried. Safe to repeat and to do side by side. @throws AppError `unavailable`. */
export async function backUpEntry(app: BackUpApp, key: EntryKey): Promise<BackedUp> {
  const found = await app.backups[app.site].ledger.read(key);
  if (!found) return "unknown";
  if (!isUnfinished(found)) return found.state;
  if (!isWorkable(found, app.now())) return "early";
  if (found.destination) return tryEntry(app, found);
  const destination = await destinationFor(app, found);
  const entry = await app.changeEntry(key, (current) =>
    changedTo(current, placed(current ?? found, destination, app.now())),
  );
  return tryEntry(app, entry);
}

type Placed = (Destination & { sidecar: boolean }) | Exclude<Resolution, { bucket: string }>;

function placed(entry: BackupEntry, found: Placed, now: Date): BackupEntry {
  if ("bucket" in found) return withDestination(entry, found, now);
  if (entry.destination || !isOpen(entry)) return entry;
  if ("skipped" in found) return skippedEntry(entry, found.skipped, now);
  return afterTry(entry, { outcome: "failed", class: found.failed, message: found.message }, now);
}

async function destinationFor(app: BackUpApp, entry: BackupEntry): Promise<Placed> {
  const { tenant, unit, office } = entry;
  const found = resolve(entry, await app.unitFacts(tenant, office, unit));
  if (!("bucket" in found) || !unit) return found as Placed;
  const { bucket, unitName, timeZone, sidecar } = found;
  const own = folderName(unitName, unit.id, false);
  const isOwner = await app.backups[app.site].folders.claim(tenant, bucket, own, unit);
  const folder = isOwner ? own : folderName(unitName, unit.id, true);
  return { bucket, name: objectName({ ...entry, folder, timeZone }), sidecar };
}

async function tryEntry(app: BackUpApp, entry: BackupEntry): Promise<BackedUp> {
  const { destination, tenant, recordingId } = entry;
  if (!destination || !isWorkable(entry, app.now())) return entry.state;
  const end = await tryDestination(app, { ...entry, destination });
  const key = { tenant, recordingId };
  const after = await app.changeEntry(key, (current) => changedTo(current, afterTry(current ?? entry, end, app.now())));
  if (end.outcome === "unfinished") await app.callForBackups(app.site, [key]);
  return after.parked === undefined ? after.state : "parked";
}

/** A change to what was decided; nothing is written where that is what was there. */
export function changedTo<T>(current: T | undefined, next: T): { next?: T; outcome: T } {
  return next === current ? { outcome: next } : { next, outcome: next };
}

/** One try, unless the destination as a whole is out of service. What it refuses puts it there. */
async function tryDestination(
  app: BackUpApp,
  entry: BackupEntry & { destination: Destination },
): Promise<StoreOutcome> {
  const { tenant } = entry;
  const { bucket } = entry.destination;
  const { record, isProved } = await app.destinationOf(tenant, bucket);
  if (record?.incident) return refusedIn(record.incident, record.incident);
  const begun = app.now();
  const deadline = new Date(begun.getTime() + app.tryMilliseconds);
  // The other site may have found the bucket gone: what is of its name now may be a stranger's (R34).
  const end = isProved
    ? await app.storeRecording({ tenant, entry, deadline })
    : ({ outcome: "refused", ...unproved } as const);
  const { destinations } = app.backups[app.site];
  if (end.outcome === "refused") {
    const { incident } = await destinations.change(tenant, bucket, (current) =>
      changedTo(current, refusedBy(current, { bucket, tenant }, { ...end, begun }, randomUUID(), app.now())),
    );
    app.forgetDestination(tenant, bucket);
    return refusedIn(end, incident);
  }
  // What was there already says nothing of whether anything new is taken.
  if (record?.onTrial && end.outcome === "stored" && !end.adopted) {
    await destinations.change(tenant, bucket, (current) =>
      current ? changedTo(current, trusted(current, app.now())) : { outcome: undefined },
    );
    app.forgetDestination(tenant, bucket);
  }
  return end;
}

function refusedIn({ cause, message }: BucketProblem, incident: Incident | undefined): StoreOutcome {
  return { outcome: "refused", cause, message, ...(incident?.resumed ? { known: true } : {}) };
}
