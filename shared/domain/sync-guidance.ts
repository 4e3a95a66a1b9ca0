import { createHash } from "node:crypto";
import { AppError, asAppError } from "./errors.ts";
import { type Copy, compareListings, compareNames, type GuidanceObject, type Listing } from "./guidance.ts";
import { inLanes } from "./lanes.ts";
import type { NewMail } from "./mail.ts";
import type { Standbys } from "./ports.ts";
import type { Site } from "./sites.ts";
import type { Standby } from "./standby.ts";
import { type GuidanceReport, recordSync, type SyncReason, type Syncs } from "./syncs.ts";

/** The files of a tenant's guidance on both sites. Methods throw `unavailable` when Cloud Storage does not do its part. */
export type GuidanceFiles = {
  /** One page of the objects of a tenant, in the order of names. */
  list(site: Site, tenant: string, pageToken?: string): Promise<{ objects: GuidanceObject[]; nextPageToken?: string }>;
  /**
   * Copies an object of the primary to the secondary without its bytes coming by here, if both sides still are as they
   * were listed; "changed" when they are not. `mayGoOn` is asked before each step: a large object takes several.
   */
  copy(copy: Copy, mayGoOn: () => Promise<boolean>): Promise<"copied" | "changed" | "stopped">;
  /** Deletes an object of the secondary that still is as it was listed. */
  remove(target: GuidanceObject): Promise<"deleted" | "changed">;
};

export type GuidanceApp = {
  standbys: Pick<Standbys, "read">;
  syncs: Pick<Syncs, "record">;
  outbox: { add(mail: NewMail): Promise<void> };
  guidance: GuidanceFiles;
  now(): Date;
};

const objectsAtOnce = 32;
const copiesTogether = 500;
/** So long an activation may go unnoticed. */
const gateMilliseconds = 1000;
/** A primary that has lost its files must not empty the secondary; one or two may well have been all there were. */
const severalObjects = 3;
/** So many failures say that the rest would fail as well. */
const failuresAtMost = 20;

const none = { objects: 0, copied: 0, skipped: 0, deleted: 0, failed: 0, bytes: 0 };

/** One sync under way; `ended` says why nothing more may be begun. */
type Pass = {
  app: GuidanceApp;
  standby: Standby;
  until: Date;
  counts: Omit<GuidanceReport, "outcome" | "reason" | "detail">;
  gate: { checkedAt: number; open: Promise<boolean> };
  ended?: "fenced" | "unfinished" | "failed";
  detail?: string;
};

/**
 * Makes a tenant's guidance files on the secondary those of the primary (R12): what is new or different is copied
 * server-side, what is gone is deleted, what is equal is left alone. Each object is written only while it is what was
 * compared, so that being killed half-way, or running twice at once, does no harm; the next run does the rest. Nothing
 * is deleted before both sides were listed to their ends. Begins nothing more a second after the stand-by's fence was
 * raised, nor after `until`. How it ended is recorded.
 * @throws AppError `unavailable` when that cannot be recorded.
 */
export async function syncGuidance(
  app: GuidanceApp,
  standby: Standby,
  until: Date,
): Promise<GuidanceReport | "fenced"> {
  return recordSync(app, "guidance", standby.tenant, none, () => makeEqual(app, standby, until));
}

async function makeEqual(app: GuidanceApp, standby: Standby, until: Date): Promise<GuidanceReport | "fenced"> {
  const counts = { ...none };
  const pass: Pass = { app, standby, until, counts, gate: { checkedAt: 0, open: Promise.resolve(true) } };
  const deletions = await copyChanged(pass);
  if ("reason" in deletions) return { outcome: "failed", ...deletions, ...counts };
  if (!pass.ended && counts.objects === 0 && deletions.gone.length >= severalObjects) {
    await warn(app, standby.tenant, deletions.gone);
    return { outcome: "refused", reason: "primaryEmpty", ...counts };
  }
  await inLanes(deletions.gone, objectsAtOnce, (target) => remove(pass, target));
  if (pass.ended === "fenced") return "fenced";
  if (counts.failed > 0) {
    return { outcome: "failed", reason: "notAllCopied", ...(pass.detail ? { detail: pass.detail } : {}), ...counts };
  }
  if (pass.ended === "unfinished" || counts.skipped > 0) return { outcome: "unfinished", ...counts };
  return { outcome: counts.copied + counts.deleted > 0 ? "copied" : "unchanged", ...counts };
}

/** Of the same files in danger there is one mail, however often they are met. */
async function warn(app: GuidanceApp, tenant: string, kept: readonly GuidanceObject[]): Promise<void> {
  const digest = createHash("sha256");
  for (const { name, generation } of kept) digest.update(`${generation} ${name}\n`);
  await app.outbox.add({
    key: `guidanceRefused ${digest.digest("base64url").slice(0, 27)}`,
    template: "guidanceRefused",
    tenant,
    to: "administrators",
    data: { at: app.now().toISOString(), files: kept.length },
  });
}

type Unreachable = { reason: SyncReason; detail: string };

/** Compares both sides page by page and copies as it goes; answers what the secondary has too much. */
async function copyChanged(pass: Pass): Promise<{ gone: GuidanceObject[] } | Unreachable> {
  const gone: GuidanceObject[] = [];
  let wanted: Copy[] = [];
  const [nextOfPrimary, nextOfSecondary] = [pagesOf(pass, "primary"), pagesOf(pass, "secondary")];
  let primary: Listing = { objects: [], complete: false };
  let secondary: Listing = { objects: [], complete: false };
  while (!(primary.complete && secondary.complete) && mayBegin(pass)) {
    const pages = await Promise.all([readOn(primary, nextOfPrimary), readOn(secondary, nextOfSecondary)]);
    const [left, right] = pages;
    if ("reason" in left) return left;
    if ("reason" in right) return right;
    const { copies, deletions, equal, rest } = compareListings(left, right);
    pass.counts.objects += equal + copies.length;
    gone.push(...deletions);
    primary = { objects: rest.primary, complete: left.complete };
    secondary = { objects: rest.secondary, complete: right.complete };
    wanted.push(...copies);
    // A few copies from each page are made together: pages are not to wait for them.
    if (wanted.length < copiesTogether && !(left.complete && right.complete)) continue;
    await inLanes(wanted, objectsAtOnce, (one) => copy(pass, one));
    wanted = [];
  }
  return { gone };
}

/** The rest of the last comparison while there is one, and else the next page. */
async function readOn(rest: Listing, next: () => Promise<Listing | Unreachable>): Promise<Listing | Unreachable> {
  return rest.objects.length > 0 || rest.complete ? rest : next();
}

/** Gives one page after the other; the next is on its way while one is worked on. */
function pagesOf({ app, standby }: Pass, site: Site): () => Promise<Listing | Unreachable> {
  const read = (pageToken?: string) => {
    const page = app.guidance.list(site, standby.tenant, pageToken);
    // Its failure is met when its turn comes.
    page.catch(() => undefined);
    return page;
  };
  let coming = read();
  let last = "";
  return async () => {
    try {
      const { objects, nextPageToken } = await coming;
      if (nextPageToken !== undefined) coming = read(nextPageToken);
      for (const { name } of objects) {
        if (compareNames(last, name) >= 0) throw new AppError("internal", `${name} is listed out of order`);
        last = name;
      }
      return { objects, complete: nextPageToken === undefined };
    } catch (error) {
      const { code, message } = asAppError(error);
      if (code !== "unavailable") throw error;
      return { reason: `${site}Unreachable`, detail: message };
    }
  };
}

async function copy(pass: Pass, wanted: Copy): Promise<void> {
  await attempt(pass, async () => {
    const outcome = await pass.app.guidance.copy(wanted, () => isOpen(pass));
    if (outcome === "changed") pass.counts.skipped++;
    if (outcome !== "copied") return;
    pass.counts.copied++;
    pass.counts.bytes += Number(wanted.source.size);
  });
}

async function remove(pass: Pass, target: GuidanceObject): Promise<void> {
  await attempt(pass, async () => {
    if (!(await isOpen(pass))) return;
    const outcome = await pass.app.guidance.remove(target);
    pass.counts[outcome === "deleted" ? "deleted" : "skipped"]++;
  });
}

/** One object's failure holds up no other one, until there are too many. */
async function attempt(pass: Pass, act: () => Promise<void>): Promise<void> {
  if (!mayBegin(pass)) return;
  try {
    await act();
  } catch (error) {
    pass.detail ??= asAppError(error).message;
    pass.counts.failed++;
    if (pass.counts.failed >= failuresAtMost) pass.ended = "failed";
  }
}

function mayBegin(pass: Pass): boolean {
  if (!pass.ended && pass.app.now() >= pass.until) pass.ended = "unfinished";
  return !pass.ended;
}

/** Whether the tenant still is as it was when the sync began, as of a second ago at most. */
async function isOpen(pass: Pass): Promise<boolean> {
  const { app, standby, gate } = pass;
  const now = app.now().getTime();
  if (now - gate.checkedAt >= gateMilliseconds) {
    gate.checkedAt = now;
    gate.open = app.standbys.read(standby.tenant).then((current) => current?.fence.id === standby.fence.id);
  }
  const open = await gate.open;
  if (!open) pass.ended = "fenced";
  return open;
}
