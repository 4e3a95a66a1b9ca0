/** When a kind's documents reach the secondary site (R1). */
export type Policy = "realtime" | "hourly" | "every5minutes" | "history" | "ownRecords" | "secret" | "derived";

/** A label in the two languages of the console. */
export type Label = { ja: string; en: string };

/** One named collection of tenant data and everything that varies by kind. */
export type Kind = {
  policy: Policy;
  /** Whether the secondary's telephony is told to read it again (R14). */
  reloaded: boolean;
  label: Label;
};

const realtime = (ja: string, en: string, reloaded = false): Kind => ({
  policy: "realtime",
  reloaded,
  label: { ja, en },
});
const of =
  (policy: Policy) =>
  (ja: string, en: string): Kind => ({ policy, reloaded: false, label: { ja, en } });
const hourly = of("hourly");
const every5minutes = of("every5minutes");
const history = of("history");
const ownRecords = of("ownRecords");
const secret = of("secret");
const derived = of("derived");

/**
 * Every kind of tenant data (R1). A new kind is one row here: the mirror, the schedules, purge,
 * readiness, the console and the documents read this table.
 */
export const catalogue = {
  callFlows: realtime("コールフロー", "Call flows"),
  accounts: realtime("アカウント", "Accounts", true),
  members: realtime("メンバーと権限", "Members and roles"),
  phones: realtime("電話機", "Phones", true),
  parkGroups: realtime("パークグループ", "Park groups", true),
  pickupGroups: realtime("ピックアップグループ", "Pickup groups", true),
  callCenters: realtime("コールセンター", "Contact centres", true),
  coachingTeams: realtime("コーチングチーム", "Coaching teams"),
  offices: realtime("拠点", "Offices"),
  queues: realtime("キュー", "Queues"),
  ivrMenus: realtime("IVRメニュー", "IVR menus"),
  businessHours: realtime("営業時間", "Business hours"),
  voicemails: realtime("ボイスメール", "Voicemail boxes", true),
  musicOnHold: realtime("保留音", "Music on hold", true),
  numbers: realtime("電話番号", "Numbers"),
  speedDials: realtime("短縮ダイヤル", "Speed dials"),
  systemSettings: realtime("システム設定", "System settings"),
  twoFactorSettings: realtime("二要素認証の設定", "Two-factor settings"),
  switchoverPlans: realtime("切り替え計画", "Switch-over plans"),
  backupSettings: realtime("録音バックアップ設定", "Recording backup settings"),
  backupBuckets: realtime("バックアップ先バケット", "Backup buckets"),
  guidance: every5minutes("ガイダンス音声", "Guidance files"),
  ipAccessRules: hourly("IPアクセス制限", "IP access rules"),
  callHistory: history("通話履歴", "Call history"),
  recordings: history("録音", "Recordings"),
  callCenterHistory: history("コールセンター履歴", "Contact centre history"),
  workLabelHistory: history("作業ラベル履歴", "Work label history"),
  callbackHistory: history("コールバック履歴", "Callback history"),
  concurrentCallHistory: history("同時通話数履歴", "Concurrent call history"),
  billingDetails: history("課金明細", "Billing details"),
  loginHistory: history("ログイン履歴", "Login history"),
  agentActivityHistory: history("オペレーター稼働履歴", "Agent activity history"),
  ivrHistory: history("IVR履歴", "IVR history"),
  externalApiHistory: history("外部API履歴", "External API history"),
  callActionHistory: history("通話アクション履歴", "Call action history"),
  smsHistory: history("SMS履歴", "SMS history"),
  operationHistory: history("操作履歴", "Operation history"),
  settingChangeHistory: history("設定変更履歴", "Setting change history"),
  callRatingFilters: history("通話評価フィルター", "Call rating filters"),
  salesforceRecordingHistory: history("Salesforce録音連携履歴", "Salesforce recording history"),
  callbackResults: history("コールバック結果", "Callback results"),
  recordingBackups: ownRecords("録音バックアップ台帳", "Recording backup ledger"),
  twoFactorCredentials: secret("二要素認証の登録", "Two-factor credentials"),
  callCenterReport: derived("コールセンターレポート", "Contact centre report"),
  agentReport: derived("オペレーターレポート", "Agent report"),
  outboundNumberReport: derived("発信番号レポート", "Outbound number report"),
  dashboard: derived("ダッシュボード", "Dashboard"),
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof catalogue;

/** The kind of that name, or undefined for a name in no row (R2). */
export function kindOf(name: string): Kind | undefined {
  return Object.hasOwn(catalogue, name) ? catalogue[name as KindName] : undefined;
}

/** The names of the kinds with that policy, in the order of the table. */
export function kindsWith(policy: Policy): KindName[] {
  return (Object.keys(catalogue) as KindName[]).filter((name) => catalogue[name].policy === policy);
}

/** Whether documents of that kind on the secondary are copies, which Hikae alone may write while it is not active (R10). */
export function isCopied(kind: Kind | undefined): boolean {
  return kind?.policy === "realtime" || kind?.policy === "hourly";
}
