import type { FunctionName } from "../../functions/manifest.ts";
import { catalogue, type Label } from "../../shared/catalogue.ts";
import { reloadedKinds } from "../../shared/domain/events.ts";
import { mirroredSpans } from "../../shared/stores/mirrored-spans.ts";
import { given } from "./assumptions.ts";

/** What one piece of work asks of Google Cloud, as its code does it. `from` are the files to look it up in. */
export type Work = {
  label: Label;
  reads: number;
  writes: number;
  deletes: number;
  /** Class A operations of Cloud Storage. */
  listings: number;
  /** Bytes that Pub/Sub publishes and delivers; each message counts for 1,000 at least, each way. */
  messageBytes: number;
  crossingBytes: number;
  /** Runs of functions, each with the seconds that it lasts and the processor time that it takes. */
  runs: Partial<Record<FunctionName, Run>>;
  from: readonly string[];
};
/** `share`: a part of a run that is counted elsewhere, which takes time and is no request of its own. */
export type Run = { times: number; seconds: number; processorSeconds: number; share: boolean };

const nothing = { reads: 0, writes: 0, deletes: 0, listings: 0, messageBytes: 0, crossingBytes: 0, runs: {} };
const once = (seconds: number, processorSeconds: number, times = 1): Run => ({
  times,
  seconds,
  processorSeconds,
  share: false,
});
const part = (seconds: number, processorSeconds: number): Run => ({ ...once(seconds, processorSeconds), share: true });

/** A message is published once and delivered once. */
const messages = (count: number, bytes = 0) => count * 2 * Math.max(1000, bytes);

/** Lists that a comparison makes of each site where a tenant has collections of every kind; an empty one is billed, too. */
const lists = mirroredSpans("", Object.keys(catalogue)).length;
const reloads = reloadedKinds.length;
const { accessRules, eventBytes, nameBytes } = given;

/** Every piece of work that the monthly sum is made of. Several changes at once share the reads and writes of their tenant. */
export const work = {
  mirroredChange: {
    ...nothing,
    label: { ja: "設定変更1件の反映(見張りを含む)", en: "one mirrored change, the guard's look included" },
    // Stand-by and entry; then the guard's entry and document.
    reads: 4,
    // The stand-by verified, the entry, the document.
    writes: 3,
    messageBytes: messages(2, eventBytes),
    crossingBytes: eventBytes,
    runs: { "mirror-config": once(0.06, 0.0005), "guard-standby": once(0.03, 0.0005) },
    from: ["shared/stores/ledger.ts", "shared/domain/guard-change.ts", "shared/runtime/batch.ts"],
  },
  heartbeat: {
    ...nothing,
    label: { ja: "鼓動1回", en: "one heartbeat" },
    reads: 1,
    writes: 2,
    messageBytes: messages(1),
    crossingBytes: 1000,
    runs: { "mirror-config": once(0.06, 0.0005) },
    from: ["functions/app.ts", "shared/stores/standbys.ts"],
  },
  firing: {
    ...nothing,
    label: { ja: "スケジュールの起動1回(リース)", en: "one firing of a schedule: its lease" },
    reads: 2,
    writes: 2,
    from: ["shared/domain/schedule-run.ts", "shared/stores/schedule-runs.ts"],
  },
  sweeps: {
    ...nothing,
    label: { ja: "毎分の巡回(両サイト)", en: "the minutely sweeps of both sites, with nothing due" },
    // A query that finds nothing is billed as one read: operations 1, stand-bys 1, outbox 2 × 1, recordings 2 × 8.
    reads: 20,
    runs: {
      "sweep-operations": once(0.1, 0.01),
      "sweep-outbox": once(0.1, 0.01, 2),
      "sweep-backups": once(0.2, 0.02, 2),
      heartbeat: once(0.1, 0.01),
    },
    from: [
      "functions/sweep-backups.ts",
      "shared/stores/operations.ts",
      "shared/stores/endpoints.ts",
      "shared/stores/outbox.ts",
    ],
  },
  reconcile: {
    ...nothing,
    label: { ja: "1テナントの突き合わせ1回(文書数によらない分)", en: "one tenant's reconciliation, whatever its size" },
    // Listed on either site, started, claimed, stand-by, primary's tenant, its profile, digests, large ones counted, proof,
    // end, expiry; then each site's collections, and lists that may be empty.
    reads: 12 + 2 * (1 + lists),
    writes: 5,
    deletes: 1,
    messageBytes: messages(2),
    runs: { "run-operation": once(0.35, 0.05), "announce-state": once(0.01, 0.0005) },
    from: [
      "shared/domain/reconcile.ts",
      "shared/domain/run-operation.ts",
      "shared/stores/sites.ts",
      "shared/stores/mirrored-spans.ts",
      "shared/domain/recovery.ts",
    ],
  },
  comparedDocument: {
    ...nothing,
    label: { ja: "突き合わせる文書1件", en: "each document that it compares" },
    // Its name on each site. The entry is read only where the block is not known to be equal.
    reads: 2,
    crossingBytes: nameBytes,
    runs: { "run-operation": part(1 / given.listedPerSecond, 1 / given.listedPerSecond) },
    from: ["shared/stores/sites.ts", "shared/domain/blocks.ts"],
  },
  guidance: {
    ...nothing,
    label: { ja: "1テナントのガイダンス同期1回(変更なし)", en: "one tenant's guidance sync, nothing changed" },
    reads: 1,
    writes: 1,
    listings: 2,
    runs: { "sync-guidance": part(0.1 / 8, 0.003) },
    from: ["shared/domain/sync-guidance.ts", "shared/stores/guidance.ts", "shared/domain/syncs.ts"],
  },
  accessRules: {
    ...nothing,
    label: { ja: "1テナントのIPアクセス制限の同期1回", en: "one tenant's access rules" },
    // The rules of the primary, their names on the secondary, their documents and entries there.
    reads: 2 + 4 * accessRules,
    writes: 1,
    crossingBytes: accessRules * 500,
    runs: { "sync-access-rules": part(0.15 / 8, 0.01) },
    from: ["shared/domain/access-rules.ts", "shared/stores/access-rules.ts"],
  },
  reload: {
    ...nothing,
    label: { ja: "1テナントの再読み込み1回(7種類と応答)", en: "one tenant's reload of seven kinds, with the answers" },
    // Listed, counted, read; then each acknowledgement reads its own.
    reads: 1 + 4 * reloads,
    writes: 2 * reloads,
    messageBytes: messages(2 * reloads),
    runs: { "reload-settings": part(0.12 / 8, 0.02), "record-reload-ack": once(0.05, 0.005, reloads) },
    from: ["shared/domain/reload.ts", "shared/stores/reloads.ts"],
  },
  recording: {
    ...nothing,
    label: { ja: "通話1件の録音バックアップ(3分のMP3)", en: "one call's recording backed up: three minutes of MP3" },
    // Facts of unit and office 6, destination 2, folder 2, then the entry before each of its two writes.
    reads: 12,
    writes: 2,
    // Both sites are told of each call; the other one passes it over.
    messageBytes: 2 * Math.max(1000, 1300),
    runs: { "backup-recording": once(0.5, 0.008) },
    from: ["shared/domain/backup/back-up.ts", "shared/stores/backup-facts.ts", "shared/stores/backup-folders.ts"],
  },
  otherSitesCall: {
    ...nothing,
    label: { ja: "相手のサイトで終わった通話の素通し", en: "a call of the other site, passed over" },
    runs: { "backup-recording": once(0.005, 0.0005) },
    from: ["shared/domain/backup/back-up.ts"],
  },
  statusView: {
    ...nothing,
    label: {
      ja: "状態画面の読み直し1回(ほかに15分間の変更、最大500件)",
      en: "one look at the status, besides the changes of 15 minutes (500 at most)",
    },
    reads: 9,
    runs: { admin: once(0.08, 0.008) },
    from: ["shared/stores/standbys.ts", "shared/domain/status.ts"],
  },
} as const satisfies Record<string, Work>;
export type WorkName = keyof typeof work;
