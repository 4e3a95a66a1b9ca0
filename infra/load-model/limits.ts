import type { Label } from "../../shared/catalogue.ts";
import { activityOf, given, type Size } from "./assumptions.ts";
import { busyInstances, deployed } from "./cost.ts";
import { work } from "./work.ts";

/** Something that ends: how much of it a size uses, 1 being all, and what to change before that. */
export type Limit = { label: Label; source: string; used(size: Size): number; remedy: Label };

/** Calls and edits in the busiest hour, a second, of all tenants. */
function busiest({ documents, tenants }: Size): { edits: number; calls: number } {
  const { edits, calls } = activityOf(documents);
  const aSecond = (aDay: number) => (tenants * aDay * given.busiestHour) / 3600;
  return { edits: aSecond(edits), calls: aSecond(calls) };
}

/** One tenant's comparison on one instance, in seconds. */
export const comparisonSeconds = (documents: number): number =>
  work.reconcile.runs["run-operation"].seconds + documents * work.comparedDocument.runs["run-operation"].seconds;

/** All tenants' comparisons on all instances that there may be; each instance does eight at once, as fast as its processor is. */
export function reconcileSeconds({ documents, tenants }: Size): number {
  const processor =
    work.reconcile.runs["run-operation"].processorSeconds +
    documents * work.comparedDocument.runs["run-operation"].processorSeconds;
  return Math.max(
    comparisonSeconds(documents),
    (tenants * processor) / deployed("run-operation").maxInstances / given.usefulLoad,
  );
}

/** Bulk activation goes in rounds of sixteen tenants. */
export const activateAllSeconds = ({ tenants }: Size): number => Math.ceil(tenants / 16) * given.activationRoundSeconds;

/** With Cloud Storage gone for the busiest hour, how long the sweeps need to call for what waits. */
export const drainSeconds = (size: Size): number => (busiest(size).calls * 3600) / (3000 / 60);

export const limits: readonly Limit[] = [
  {
    label: { ja: "録音の台帳 dueAt の索引(毎秒500書き込み)", en: "index on dueAt of all recordings (500 writes/s)" },
    source: "shared/stores/backup-ledger.ts; cloud.google.com/firestore/docs/best-practices",
    used: (size) => busiest(size).calls / 500,
    remedy: {
      ja: "dueAtの前に0〜15の分割番号を置いた複合索引にし、巡回が16本の問い合わせをする",
      en: "put a shard number of 0 to 15 before dueAt in a composite index, and have the sweep ask 16 times",
    },
  },
  {
    label: {
      ja: "操作の記録 updatedAt・expireAt の索引(毎秒500書き込み、毎時の1分目)",
      en: "indexes on updatedAt and expireAt of operations (500 writes/s, first minute of the hour)",
    },
    source: "infra/firestore/osaka.indexes.json; cloud.google.com/firestore/docs/best-practices",
    used: ({ tenants }) => tenants / 60 / 500,
    remedy: {
      ja: "突き合わせの開始をテナントごとに1時間へ散らす",
      en: "spread the starts of the comparisons over the hour, by tenant",
    },
  },
  {
    label: {
      ja: "大阪のデータベースへの書き込み(毎秒10,000を目安)",
      en: "writes to the secondary's database (10,000/s as a guide)",
    },
    source:
      "shared/stores/ledger.ts; Firestore has no fixed limit today; traffic may grow by half every five minutes from 500/s",
    used: (size) => (busiest(size).edits * work.mirroredChange.writes) / 10_000,
    remedy: {
      ja: "プロジェクトを分けてテナントを割り振る(設定の束ごとにHikaeを一式)",
      en: "split the tenants over several projects, each with a Hikae of its own",
    },
  },
  {
    label: { ja: "1テナントの待機系の文書(毎秒1回の確定)", en: "one tenant's stand-by document (one commit a second)" },
    source: "shared/stores/ledger.ts: each commit verifies it; up to 200 changes share one",
    used: ({ documents }) => Math.min(1, busiest({ documents, tenants: 1 }).edits),
    remedy: {
      ja: "まとめ書きが自然に効く。頭打ちなら、まとめる前に数百ミリ秒待つ",
      en: "the group commit takes over by itself; else gather changes for some hundred milliseconds",
    },
  },
  {
    label: { ja: "毎時の突き合わせ(1時間以内に全テナント)", en: "hourly reconciliation (all tenants within the hour)" },
    source: "shared/domain/reconcile.ts, infra/deployments.ts",
    used: (size) => reconcileSeconds(size) / 3600,
    remedy: {
      ja: "run-operationの上限を増やす。大きなテナントは6時間ごとにするか、ブロックの要約をサイトごとに持ち寄って比べる",
      en: "more instances of run-operation; every six hours for large tenants, or block summaries kept on each site and compared instead of names",
    },
  },
  {
    label: { ja: "突き合わせの開始(120秒)", en: "starting the reconciliations (120 s)" },
    source: "functions/reconcile.ts",
    used: ({ tenants }) => ((tenants / 100) * given.startedPageSeconds) / 120,
    remedy: { ja: "続きから始めるカーソルを持たせ、数分に分ける", en: "give it a cursor and start some each minute" },
  },
  {
    label: { ja: "ガイダンス同期(200秒で一巡)", en: "guidance (a round within 200 s)" },
    source: "shared/domain/syncs.ts",
    used: ({ tenants }) => (tenants * work.guidance.runs["sync-guidance"].seconds) / 200,
    remedy: {
      ja: "一度に回すテナントを8から32へ増やす。超えても次の回が続きから進める",
      en: "32 tenants at once instead of 8; beyond it the next run goes on where this one stopped",
    },
  },
  {
    label: { ja: "IPアクセス制限の同期(200秒で一巡)", en: "access rules (a round within 200 s)" },
    source: "shared/domain/syncs.ts",
    used: ({ tenants }) => (tenants * work.accessRules.runs["sync-access-rules"].seconds) / 200,
    remedy: { ja: "同上", en: "the same" },
  },
  {
    label: { ja: "再読み込みの依頼(300秒)", en: "reload requests (300 s)" },
    source: "functions/reload-settings.ts",
    used: ({ tenants }) => (tenants * work.reload.runs["reload-settings"].seconds) / 300,
    remedy: { ja: "一度に回すテナントを増やすか、カーソルを持たせる", en: "more tenants at once, or a cursor" },
  },
  {
    label: {
      ja: "録音の巡回(最も忙しい1時間の停止分を1時間で)",
      en: "sweep of recordings (an outage of the busiest hour made up within an hour)",
    },
    source: "shared/domain/backup/sweep.ts, 3,000 a minute",
    used: (size) => drainSeconds(size) / 3600,
    remedy: { ja: "1回の巡回で呼び出す上限3,000件を増やす", en: "raise the 3,000 that one sweep calls for" },
  },
  {
    label: { ja: "録音を保存するインスタンス", en: "instances that store recordings" },
    source: "functions/manifest.ts, infra/deployments.ts",
    used: (size) => {
      const { seconds, processorSeconds } = work.recording.runs["backup-recording"];
      const { concurrency, maxInstances } = deployed("backup-recording");
      const { calls } = busiest(size);
      return (
        busyInstances({ seconds: calls * seconds, processor: calls * processorSeconds }, concurrency) / maxInstances
      );
    },
    remedy: { ja: "backup-recordingの上限を増やす", en: "more instances of backup-recording" },
  },
  {
    label: { ja: "Pub/Subの配信量(小さい地域の毎秒70 MB)", en: "Pub/Sub push throughput (70 MB/s in a small region)" },
    source: "cloud.google.com/pubsub/quotas; check your project's own",
    used: (size) => {
      const { edits, calls } = busiest(size);
      return (edits * given.eventBytes * 2 + calls * 1300) / 70e6;
    },
    remedy: { ja: "割り当ての引き上げを申請する", en: "ask for a higher quota" },
  },
  {
    label: { ja: "操作の記録の大きさ(1 MiB、要約の目印)", en: "an operation's record (1 MiB, its digests)" },
    source: "shared/domain/blocks.ts: 12 bytes per 32 documents, 40,000 blocks at most",
    used: ({ documents }) => (Math.min(40_000, documents / 32) * 12) / 2 ** 20,
    remedy: {
      ja: "ブロックを大きくする。128万件を超える分は毎回台帳と比べる",
      en: "larger blocks; beyond 1.28 million documents the ledger is read each time",
    },
  },
];
