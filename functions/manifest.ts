import type { Label } from "../shared/catalogue.ts";
import type { Site, TopicName } from "../shared/domain/sites.ts";

/** What makes a function run. */
export type Trigger =
  /** A public HTTP function behind Hosting's rewrites; it authenticates its callers itself (R46). */
  | { type: "http" }
  /** Firestore's own change events of one site's database, delivered by Eventarc. */
  | {
      type: "document";
      database: Site;
      events: readonly ("written" | "created" | "updated" | "deleted")[];
      document: string;
      /** Whether events name who wrote. `written` is known to lack it, so list the three others. */
      authContext: boolean;
    }
  /** Cloud Scheduler; cron in Asia/Tokyo. Always the five-field form: only it sends the schedule's time. */
  | { type: "schedule"; cron: string }
  /** One Pub/Sub message, pushed. */
  | { type: "message"; topic: TopicName };

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
      ja: "毎時、すべてのテナントの突き合わせを始めます。",
      en: "Starts a reconciliation of every syncing tenant each hour.",
    },
  },
  "run-operation": {
    sites: ["secondary"],
    trigger: { type: "message", topic: "operations" },
    timeoutSeconds: 120,
    memoryMiB: 512,
    concurrency: 8,
    minInstances: 1,
    purpose: {
      ja: "長い処理を1分以内の区切りで進めます。",
      en: "Carries long operations forward, one slice of at most a minute at a time.",
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
      ja: "途中で途切れた長い処理を再開させます。",
      en: "Takes up operations whose slice died or whose message was lost.",
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
