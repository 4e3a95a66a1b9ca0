import type { Label } from "../shared/catalogue.ts";
import type { ScheduleRow } from "../shared/domain/schedules.ts";
import type { Site, TopicName } from "../shared/domain/sites.ts";

/** What makes a function run. */
export type Trigger =
  /** A public HTTP function behind Hosting's rewrites; it authenticates its callers itself (R46). */
  | { type: "http" }
  /** Firestore's own change events of one site's database, delivered by Eventarc; `own`: of the site it runs on. */
  | {
      type: "document";
      database: Site | "own";
      events: readonly ("written" | "created" | "updated" | "deleted")[];
      document: string;
      /** Whether events name who wrote. `written` is known to lack it, so list the three others. */
      authContext: boolean;
    }
  /** Cloud Scheduler; cron in Asia/Tokyo. Always the five-field form: only it sends the schedule's time. */
  | { type: "schedule"; cron: string }
  | MessageTrigger;

/**
 * One Pub/Sub message, pushed. What the function refuses `deliveryAttempts` times becomes a dead letter, after five where
 * nothing is said; between attempts Pub/Sub waits ever longer, at most `longestBackoffSeconds`, ten where nothing is said.
 */
export type MessageTrigger = {
  type: "message";
  topic: TopicName;
  /** Unlimited where nobody else would notice that a message was given up, or where a record counts the tries. */
  deliveryAttempts?: number | "unlimited";
  longestBackoffSeconds?: number;
  /**
   * For how long what nobody takes is kept; the longest there is where nothing is said, so that a function may be out of
   * order for weeks. Less for mere calls, which a sweep makes again and again while nobody takes them: they would pile up.
   */
  keptSeconds?: number;
  /** Whether messages name in their attribute `site` the one site that is to take them, so that the other never gets them. */
  namesSite?: boolean;
};

/** Everything about one deployed function but its code. */
export type FunctionRow = {
  sites: readonly Site[];
  trigger: Trigger;
  timeoutSeconds: number;
  memoryMiB: number;
  /** Requests one instance handles at once. */
  concurrency: number;
  /** Instances kept warm; at least 1 on the path that must work on the worst day. */
  minInstances: number;
  purpose: Label;
};

/**
 * Every deployed function. Name = file = test = runbook. All of the local cloud, infrastructure and
 * repository tests loop over this table. All but HTTP functions are called with the OIDC token of a
 * service account, which Cloud Run checks before the function runs.
 */
export const manifest = {
  "mirror-config": {
    sites: ["secondary"],
    trigger: {
      type: "document",
      database: "primary",
      events: ["written"],
      document: "tenants/{path=**}",
      authContext: false,
    },
    timeoutSeconds: 60,
    memoryMiB: 512,
    concurrency: 80,
    minInstances: 1,
    purpose: {
      ja: "東京の設定変更を1件ずつ大阪へ写します。",
      en: "Copies each configuration change of the primary to the secondary.",
    },
  },
  "guard-standby": {
    sites: ["secondary"],
    trigger: {
      type: "document",
      database: "secondary",
      events: ["created", "updated", "deleted"],
      document: "tenants/{path=**}",
      authContext: true,
    },
    timeoutSeconds: 60,
    memoryMiB: 512,
    concurrency: 80,
    minInstances: 0,
    purpose: {
      ja: "大阪の設定が直接書き換えられたとき、そのテナントの同期を止めます。",
      en: "Stops a tenant's sync when its data on the secondary is edited directly.",
    },
  },
  heartbeat: {
    sites: ["primary"],
    trigger: { type: "schedule", cron: "* * * * *" },
    timeoutSeconds: 30,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "毎分、鼓動の文書を東京に書き、同期の沈黙を見えるようにします。",
      en: "Writes a heartbeat on the primary each minute, so that silence of the mirror is seen.",
    },
  },
  reconcile: {
    sites: ["secondary"],
    trigger: { type: "schedule", cron: "5 * * * *" },
    timeoutSeconds: 120,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "毎時、同期中のすべてのテナントの突き合わせを始め、通知の届かなかった新しいテナントを登録します。",
      en: "Starts a reconciliation of every syncing tenant each hour, and enrols tenants of whose creation no event told.",
    },
  },
  "run-operation": {
    sites: ["secondary"],
    // The record counts the tries, and the sweep of each minute calls again.
    trigger: { type: "message", topic: "operations", deliveryAttempts: "unlimited", keptSeconds: 1800 },
    timeoutSeconds: 120,
    memoryMiB: 512,
    concurrency: 8,
    minInstances: 1,
    purpose: {
      ja: "長い処理を1分以内の区切りで進めます。",
      en: "Carries long operations forward, one slice of at most a minute at a time.",
    },
  },
  /** One instance is warm: on the worst day everybody asks Osaka for more at once. */
  "run-activation": {
    sites: ["secondary"],
    // The record counts the tries, and the sweep of each minute calls again.
    trigger: { type: "message", topic: "activations", deliveryAttempts: "unlimited", keptSeconds: 1800 },
    timeoutSeconds: 120,
    memoryMiB: 512,
    concurrency: 8,
    minInstances: 1,
    purpose: {
      ja: "大阪への切り替えを、ほかの長い処理の後ろで待たせずに進めます。",
      en: "Carries activations forward, which wait behind no other operation.",
    },
  },
  "sweep-operations": {
    sites: ["secondary"],
    trigger: { type: "schedule", cron: "* * * * *" },
    timeoutSeconds: 60,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "途中で途切れた長い処理を再開させ、通知が届かなかった状態の変化を知らせ直します。",
      en: "Takes up operations whose slice died or whose message was lost, and announces changes of state whose event was.",
    },
  },
  "sync-guidance": {
    sites: ["secondary"],
    trigger: { type: "schedule", cron: "*/5 * * * *" },
    timeoutSeconds: 240,
    memoryMiB: 512,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "5分ごとに、大阪のガイダンス音声を東京と同じにします。",
      en: "Makes the guidance files on the secondary those of the primary, every five minutes.",
    },
  },
  "sync-access-rules": {
    sites: ["secondary"],
    trigger: { type: "schedule", cron: "15 * * * *" },
    timeoutSeconds: 240,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "毎時、東京のIPアクセス制限を検証して、まるごと大阪に写します。",
      en: "Checks the primary's IP access rules and copies them as a whole, each hour.",
    },
  },
  "send-mail": {
    sites: ["primary", "secondary"],
    trigger: {
      type: "document",
      database: "own",
      events: ["created"],
      document: "outbox/{id}",
      authContext: false,
    },
    timeoutSeconds: 120,
    memoryMiB: 256,
    concurrency: 20,
    minInstances: 0,
    purpose: {
      ja: "送信箱に入ったメールを送ります。",
      en: "Sends each mail that is put into the outbox.",
    },
  },
  "sweep-outbox": {
    sites: ["primary", "secondary"],
    trigger: { type: "schedule", cron: "* * * * *" },
    timeoutSeconds: 180,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "送れずに残っているメールを毎分送り直します。",
      en: "Sends the mails that are still due, each minute.",
    },
  },
  "reload-settings": {
    sites: ["secondary"],
    trigger: { type: "schedule", cron: "35 * * * *" },
    timeoutSeconds: 300,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "毎時、大阪の電話基盤に設定の再読み込みを求めます。",
      en: "Tells the secondary's telephony to reload its settings each hour.",
    },
  },
  "record-reload-ack": {
    sites: ["secondary"],
    trigger: { type: "message", topic: "reloadAck" },
    timeoutSeconds: 30,
    memoryMiB: 256,
    concurrency: 80,
    minInstances: 0,
    purpose: {
      ja: "再読み込みの結果を記録します。",
      en: "Records what the telephony says of a reload.",
    },
  },
  "record-softphones": {
    sites: ["secondary"],
    trigger: { type: "message", topic: "softphoneReports" },
    timeoutSeconds: 30,
    memoryMiB: 256,
    concurrency: 80,
    minInstances: 0,
    purpose: {
      ja: "ソフトフォンがどちらのサイトを使っているかを記録します。",
      en: "Records which site softphones use.",
    },
  },
  "announce-state": {
    sites: ["secondary"],
    trigger: {
      type: "document",
      database: "secondary",
      events: ["written"],
      document: "standbys/{tenant}",
      authContext: false,
    },
    timeoutSeconds: 30,
    memoryMiB: 256,
    concurrency: 80,
    minInstances: 1,
    purpose: {
      ja: "テナントの状態と、受け持つサイトの変化を知らせます。",
      en: "Tells the world a tenant's state and which site is in charge.",
    },
  },
  activate: {
    sites: ["secondary"],
    trigger: { type: "http" },
    timeoutSeconds: 60,
    memoryMiB: 512,
    concurrency: 80,
    minInstances: 1,
    purpose: {
      ja: "テナントを大阪に切り替えます。",
      en: "Activates the secondary for a tenant, or for many at once.",
    },
  },
  purge: {
    sites: ["secondary"],
    trigger: { type: "http" },
    timeoutSeconds: 60,
    memoryMiB: 512,
    concurrency: 80,
    minInstances: 0,
    purpose: {
      ja: "大阪の履歴と録音の削除と、CSVへの書き出しを受け付けます。",
      en: "Starts purges and exports of the secondary's histories.",
    },
  },
  "expire-records": {
    sites: ["primary", "secondary"],
    trigger: { type: "schedule", cron: "20 4 * * *" },
    timeoutSeconds: 240,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "毎日、保存期間を過ぎたHikae自身の記録を消します。",
      en: "Deletes Hikae's own records that are past their retention, daily.",
    },
  },
  failback: {
    sites: ["secondary"],
    trigger: { type: "http" },
    // For a large difference as CSV, at the function's own address: what comes through Hosting ends after 60 seconds.
    timeoutSeconds: 300,
    memoryMiB: 512,
    concurrency: 20,
    minInstances: 0,
    purpose: {
      ja: "切り戻しの差分を示し、テナントを東京に戻します。",
      en: "Shows what a fail back would overwrite, and takes a tenant back to the primary.",
    },
  },
  "backup-recording": {
    sites: ["primary", "secondary"],
    // No ledger knows of a call that was never taken: nothing but this message ever tells of it.
    trigger: { type: "message", topic: "callEnded", deliveryAttempts: "unlimited", longestBackoffSeconds: 60 },
    timeoutSeconds: 540,
    memoryMiB: 512,
    concurrency: 80,
    minInstances: 0,
    purpose: {
      ja: "通話が終わるごとに、録音をお客さまのバケットに保存します。",
      en: "Stores the recordings of each ended call in the customer's bucket.",
    },
  },
  "store-recording": {
    sites: ["primary", "secondary"],
    // The ledger is the truth, and the sweep calls again for what is not done in 15 minutes.
    trigger: {
      type: "message",
      topic: "backups",
      deliveryAttempts: "unlimited",
      longestBackoffSeconds: 60,
      keptSeconds: 7200,
      namesSite: true,
    },
    timeoutSeconds: 540,
    memoryMiB: 512,
    concurrency: 16,
    minInstances: 0,
    purpose: {
      ja: "再試行や一括バックアップの録音を1件ずつ保存します。",
      en: "Stores recordings that are tried again or backed up in bulk, one by one.",
    },
  },
  "sweep-backups": {
    sites: ["primary", "secondary"],
    trigger: { type: "schedule", cron: "* * * * *" },
    timeoutSeconds: 120,
    memoryMiB: 256,
    concurrency: 1,
    minInstances: 0,
    purpose: {
      ja: "毎分、時刻が来た録音の再試行、止まったバケットの確認、お知らせを行います。",
      en: "Takes up due recordings, probes buckets that are out of service and tells offices, each minute.",
    },
  },
  "record-dead-letter": {
    sites: ["secondary"],
    // A dead letter that this function refused must not become another one.
    trigger: { type: "message", topic: "deadLetters", deliveryAttempts: "unlimited", longestBackoffSeconds: 60 },
    timeoutSeconds: 30,
    memoryMiB: 256,
    concurrency: 80,
    minInstances: 0,
    purpose: {
      ja: "処理できなかったメッセージを記録し、送り直せるようにします。",
      en: "Keeps what could not be handled, so that it is seen and can be sent again.",
    },
  },
  admin: {
    sites: ["primary", "secondary"],
    trigger: { type: "http" },
    timeoutSeconds: 60,
    memoryMiB: 512,
    concurrency: 80,
    minInstances: 1,
    purpose: { ja: "管理者のためのHTTP APIです。", en: "The administrators' HTTP API." },
  },
} as const satisfies Record<string, FunctionRow>;

export type FunctionName = keyof typeof manifest;

/** The longest that Pub/Sub keeps a message. */
const longestKeptSeconds = 31 * 24 * 60 * 60;

/** How Pub/Sub delivers a function's messages on a site. `filter` is in Pub/Sub's own language, and none where it takes all. */
export function deliveryOf(trigger: MessageTrigger, site: Site) {
  const { topic, deliveryAttempts = 5, longestBackoffSeconds = 10, keptSeconds = longestKeptSeconds } = trigger;
  const filter = trigger.namesSite ? `attributes.site = "${site}"` : undefined;
  return { topic, deliveryAttempts, longestBackoffSeconds, keptSeconds, filter };
}

/** The topic whose messages each function takes. */
export function functionTopics(): Record<string, TopicName> {
  const rows: [string, FunctionRow][] = Object.entries(manifest);
  return Object.fromEntries(
    rows.flatMap(([name, { trigger }]) => (trigger.type === "message" ? [[name, trigger.topic]] : [])),
  );
}

/** The functions that take changes of documents. */
export function documentFunctions(): string[] {
  const rows: [string, FunctionRow][] = Object.entries(manifest);
  return rows.flatMap(([name, { trigger }]) => (trigger.type === "document" ? [name] : []));
}

/** Every schedule, once for each site it runs on. */
export function everySchedule(): ScheduleRow[] {
  const rows: [string, FunctionRow][] = Object.entries(manifest);
  return rows.flatMap(([name, { trigger, sites, purpose }]) =>
    trigger.type === "schedule" ? sites.map((site) => ({ name, site, cron: trigger.cron, purpose })) : [],
  );
}
