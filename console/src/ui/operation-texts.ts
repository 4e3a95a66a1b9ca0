import { defineTexts } from "../texts/texts.ts";
import type { Tone } from "./status.tsx";

/** What each type of long job is called. */
export const operationTypes = defineTexts("operationTypes", {
  ja: {
    activate: "切り替え",
    "activate-many": "一括切り替え",
    reconcile: "突き合わせ",
    resync: "再同期",
    failback: "切り戻し",
    purge: "消去",
    export: "書き出し",
    "back-up-now": "今すぐバックアップ",
    "verify-backups": "バックアップの照合",
  },
  en: {
    activate: "Activation",
    "activate-many": "Activation of many tenants",
    reconcile: "Reconciliation",
    resync: "Resynchronisation",
    failback: "Fail back",
    purge: "Purge",
    export: "Export",
    "back-up-now": "Back up now",
    "verify-backups": "Verification of backups",
  },
});

export const operationStates = defineTexts("operationStates", {
  ja: {
    queued: "開始待ち",
    running: "実行中",
    paused: "一時停止中",
    succeeded: "完了",
    failed: "失敗",
    cancelled: "取り消し済み",
  },
  en: {
    queued: "Waiting to start",
    running: "Running",
    paused: "Paused",
    succeeded: "Succeeded",
    failed: "Failed",
    cancelled: "Cancelled",
  },
});

/** What a job is doing just now. */
export const operationNotes = defineTexts("operationNotes", {
  ja: {
    drain: "残りの変更を大阪へ写しています",
    examine: "録音を調べています",
    store: "録音の保存を待っています",
  },
  en: {
    drain: "Carrying over what is left to Osaka",
    examine: "Examining recordings",
    store: "Waiting until the recordings are stored",
  },
});

const tones: Record<string, Tone> = {
  queued: "muted",
  running: "muted",
  paused: "warning",
  succeeded: "ok",
  failed: "danger",
  cancelled: "muted",
};

export const toneOf = (state: string): Tone => tones[state] ?? "muted";

/** Whether nothing more is to come of it. */
export const isEnded = (state: string): boolean => ["succeeded", "failed", "cancelled"].includes(state);
