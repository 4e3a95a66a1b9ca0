import { setTimeout as pause } from "node:timers/promises";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import {
  centreInto,
  entriesOf,
  entriesOnce,
  flawsOf,
  hurry,
  isFlawless,
  isStored,
  recordingsIn,
  sweep,
} from "./backed-up.ts";
import { sourceFaults } from "./source-faults.ts";
import { type ApiAnswer, round, type Scene, type Stage, succeeded, until } from "./stage.ts";

const tenant = "acme";
const administrator = "company-admin@acme.example";
const site = "primary";
const [companyBucket, officeBucket] = ["acme-recordings", "acme-osaka-recordings"];
const calls = 200;
const editPauseMs = 20;
const refusedCalls = 20;
const pastCalls = 300;

/** Recordings get into the customer's bucket, whatever befalls source, bucket and settings. */
export const backupScenes: Scene[] = [
  {
    figures: "backup",
    title: { ja: "設定の変更中に、通話録音をバックアップする", en: "Recordings are backed up while settings change" },
    async play(stage) {
      const callCenter = await centreInto(stage, companyBucket);
      const editing = new AbortController();
      const edited = editUntil(stage, editing.signal);
      const halves = (["gs", "https"] as const).map((source) =>
        stage.stack.telephony.call({ tenant, site, callCenter, source, count: calls / 2 }),
      );
      const placed = (await Promise.all(halves)).flatMap((half) => half.calls);
      const ids = placed.flatMap(({ recordingIds }) => recordingIds);
      const entries = await entriesOnce(stage, ids, isStored);
      editing.abort();
      const edits = await edited;
      const pace = paceOf(entries);
      const flaws = await flawsOf(stage, entries);
      stage.say(
        `${edits} 件の設定変更の間に ${entries.length} 件を保存。毎秒 ${pace.per_s} 件、終話から保存まで p99 ${pace.p99_s} 秒`,
        `${entries.length} stored during ${edits} changes; ${pace.per_s} per second, p99 ${pace.p99_s} s from the call's end`,
      );
      stage.check("each is in the bucket once, whole, with the CRC32C of its source", isFlawless(flaws));
      await stage.stack.settled(tenant, 60_000);
      stage.check("both sites have the same settings", (await stage.witness.differing(tenant)) === 0);
      return { stored: entries.length, ...pace, ...flaws };
    },
  },
  sourceFaults,
  {
    figures: "backup_refused",
    title: { ja: "バケットの権限が外され、戻る", en: "A bucket's permission is withdrawn, and given back" },
    async play(stage) {
      await stage.stack.storage.permit(officeBucket, ["storage.objects.get", "storage.objects.list"]);
      const callCenter = await centreInto(stage, officeBucket);
      const placed = await stage.stack.telephony.call({ tenant, site, callCenter, count: refusedCalls });
      const ids = placed.calls.flatMap(({ recordingIds }) => recordingIds);
      await entriesOnce(stage, ids, ({ parked }) => parked === officeBucket);
      const refusing = (await destinations(stage)).filter((destination) => destination.incident);
      const { incident } = refusing[0];
      stage.say(
        `${incident.label.ja}。${ids.length} 件が待機。${incident.remedy.ja}`,
        `${incident.label.en}; ${ids.length} wait. ${incident.remedy.en}`,
      );
      stage.check(
        "one incident for the bucket, not one for each recording",
        refusing.length === 1 && refusing[0].bucket === officeBucket && incident.cause === "denied",
      );
      await sweep(stage);
      await mailed(stage, incident.label.ja);
      await stage.stack.storage.permit(officeBucket);
      await hurry(stage, [], officeBucket);
      // A few show that the bucket takes recordings; the next round calls for the rest.
      const swept = async () => {
        await sweep(stage);
        return entriesOf(stage, ids);
      };
      await until(swept, (found) => found.some(isStored));
      await sweep(stage);
      const entries = await entriesOnce(stage, ids, isStored);
      const flaws = await flawsOf(stage, entries);
      const isBack = (await destinations(stage)).every(({ state }) => state === "inService");
      stage.check(
        `the bucket is back: ${entries.length} stored with nobody doing anything`,
        isFlawless(flaws) && isBack,
      );
      return { waited: ids.length, stored: entries.length, incidents: refusing.length };
    },
  },
  {
    figures: "backup_mails",
    title: { ja: "拠点の管理者への通知", en: "What the offices' administrators are told" },
    async play(stage) {
      await hurryNotices(stage);
      await stage.stack.settled(tenant, 60_000);
      const mails = await until(
        () => stage.stack.mails({ tenant }),
        (received) => received.some(({ subject }) => working.test(subject)),
      );
      const own = mails.filter(({ subject }) => about.test(subject));
      for (const [subject, copies] of Map.groupBy(own, (mail) => mail.subject)) {
        stage.say(`✉ ${subject}`, `   to ${copies.length} administrators`);
      }
      const mostOfOne = Math.max(
        ...[...Map.groupBy(own, (mail) => `${mail.to} ${causeIn(mail)}`).values()].map((of) => of.length),
      );
      stage.check("one mail of each cause to each, and one that it works again", mostOfOne === 1);
      return { mails: own.length };
    },
  },
  {
    figures: "backup_now",
    title: { ja: "過去 2 年分を今すぐバックアップする", en: "Two years are backed up now, twice" },
    async play(stage) {
      await stage.stack.telephony.recordHistory({ tenant, site, count: pastCalls });
      const before = (await storedNow(stage)).length;
      const first = await run(stage, "runs", { scope: { all: true } });
      const between = await storedNow(stage);
      const second = await run(stage, "runs", { scope: { all: true } });
      const after = await storedNow(stage);
      stage.say(
        `1 回目 ${first.stored} 件 (対象外 ${first.skipped} 件)、2 回目 ${second.stored} 件`,
        `first ${first.stored} (${first.skipped} of centres without backup), second ${second.stored}`,
      );
      stage.check(
        "the bucket has what the first run stored, and the second has nothing to do",
        between.length - before === first.stored && after.length === between.length && second.asked === 0,
      );
      return { first: first.stored, second: second.stored };
    },
  },
];

/** Plays when some time has passed: what was stored within the last minute is not judged. */
export const verifyScene: Scene = {
  figures: "verify",
  title: { ja: "バケットと台帳を突き合わせる", en: "The ledger is compared with the bucket" },
  async play(stage) {
    const [one, other] = await storedBefore(stage, unjudgedMs);
    if (!one || !other) throw new Error("there are no two recordings to delete");
    await Promise.all([one, other].map((name) => remove(stage, companyBucket, name)));
    const found = await run(stage, "verify", { bucket: companyBucket });
    stage.say(
      `お客様側で 2 件が削除された: 不足 ${found.missing} 件、一致 ${found.equal} 件`,
      `somebody deleted two: ${found.missing} missing, ${found.equal} equal`,
    );
    stage.check(
      `exactly these two are missing; ${found.extra} extra, ${found.different} different`,
      found.missing === 2 && found.equal > 0 && found.extra + found.different === 0,
    );
    return { missing: found.missing };
  },
};

const about = /通話録音/;
const working = /通話録音のバックアップが再開/;
/** A mail's subject and the cause that it tells of. */
const causeIn = ({ subject, text }: { subject: string; text: string }) =>
  `${subject} ${/^(?:解消した)?原因: (.*)$/m.exec(text)?.[1]}`;
const unjudgedMs = 65_000;

/** Changes documents until it is told to end; how many. */
async function editUntil(stage: Stage, ended: AbortSignal): Promise<number> {
  const dials = stage.databases.primary.collection(`tenants/${tenant}/speedDials`);
  let edits = 0;
  while (!ended.aborted) {
    await dials.doc(`backup-${edits % 50}`).set({ name: `変更 ${edits}`, code: String(9000 + (edits % 50)) });
    edits++;
    await pause(editPauseMs);
  }
  return edits;
}

/** How many were stored in a second, from the first call's end on, and how long each took at most but for one in a hundred. */
function paceOf(entries: readonly BackupEntry[]): { per_s: number; p99_s: number } {
  const receipts = entries.flatMap(({ receipt }) => receipt ?? []);
  const delays = receipts.map(({ delaySeconds }) => delaySeconds).sort((a, b) => a - b);
  const begun = Math.min(...entries.map(({ endedAt }) => endedAt.getTime()));
  const seconds = (Math.max(...receipts.map(({ storedAt }) => storedAt.getTime())) - begun) / 1000;
  return { per_s: round(receipts.length / seconds), p99_s: round(delays[Math.ceil(delays.length * 0.99) - 1] ?? 0) };
}

/** What the summary says of the tenant's buckets. */
async function destinations(stage: Stage): Promise<ApiAnswer[]> {
  return (await stage.call(site, administrator, { path: `/v1/tenants/${tenant}/backup` })).destinations;
}

/** Every recording in the tenant's buckets. */
async function storedNow(stage: Stage): Promise<unknown[]> {
  return (await Promise.all([companyBucket, officeBucket].map((bucket) => recordingsIn(stage, bucket)))).flat();
}

/** The names of the company's recordings that were stored so long ago, the oldest first; waits until there are two. */
async function storedBefore(stage: Stage, ageMs: number): Promise<string[]> {
  const ledger = stage.databases[site].collection(`tenants/${tenant}/recordingBackups`);
  const oldest = ledger.where("receipt.bucket", "==", companyBucket).orderBy("receipt.storedAt").limit(2);
  const look = async () => (await oldest.get()).docs.map((entry) => fromStore<BackupEntry>(entry.data()).receipt);
  const isOld = (receipt: BackupEntry["receipt"]) =>
    receipt !== undefined && receipt.storedAt.getTime() < Date.now() - ageMs;
  const receipts = await until(look, (found) => found.length === 2 && found.every(isOld), 2 * (ageMs / 1000));
  return receipts.flatMap((receipt) => receipt?.name ?? []);
}

/** As if the time had come to look again at all that offices were told of. */
async function hurryNotices(stage: Stage): Promise<void> {
  const open = await stage.databases[site].collection("backupNotices").where("tenant", "==", tenant).get();
  const due = open.docs.filter((notice) => notice.get("dueAt") !== undefined);
  await Promise.all(due.map(({ ref }) => ref.update({ dueAt: new Date(0) })));
  await sweep(stage);
}

/** Asks for an operation and gives its result. */
async function run(stage: Stage, what: "runs" | "verify", body: object): Promise<ApiAnswer> {
  const path = `/v1/tenants/${tenant}/backup/${what}`;
  const asked = await stage.call(site, administrator, { method: "POST", path, body });
  return (await succeeded(stage, asked)).result;
}

/** Waits for a mail that tells of this cause. */
async function mailed(stage: Stage, cause: string): Promise<void> {
  const mails = await until(
    () => stage.stack.mails(),
    (received) => received.some(({ text }) => text.includes(cause)),
  );
  const mail = mails.find(({ text }) => text.includes(cause));
  stage.check(`the office's administrators have a mail: ${mail?.subject}`, mail !== undefined);
}

async function remove(stage: Stage, bucket: string, name: string): Promise<void> {
  const url = `${stage.stack.description.storage}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  const answer = await fetch(url, { method: "DELETE" });
  if (!answer.ok) throw new Error(`the deletion of ${name} was answered ${answer.status}`);
}
