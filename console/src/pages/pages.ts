import type { ComponentType } from "react";
import type { TenantInView } from "../shell/tenant.ts";

type Label = { ja: string; en: string };

/**
 * A page: its path below its tenant or the console's root; how it is loaded; its name in the navigation, where it stands
 * there; the act without which it is of no use to somebody.
 */
export type PageRow = {
  path: string;
  load: () => Promise<ComponentType>;
  label?: Label;
  group?: keyof typeof groups;
  act?: TenantInView["may"][number];
};

/** The parts of the navigation, in order. */
export const groups = {
  dr: { ja: "災害対策（DR）", en: "Disaster recovery" },
  backup: { ja: "録音バックアップ", en: "Recording backup" },
  records: { ja: "記録", en: "Records" },
} as const satisfies Record<string, Label>;

/** Every page but the list of tenants. The paths of a tenant's pages stand in mails: they must not change. */
export const pages = {
  tenant: [
    {
      path: "dr",
      load: async () => (await import("./dr/status.tsx")).StatusPage,
      label: { ja: "状況", en: "Status" },
      group: "dr",
    },
    {
      path: "dr/readiness",
      load: async () => (await import("./dr/readiness.tsx")).ReadinessPage,
      label: { ja: "準備状況", en: "Readiness" },
      group: "dr",
      act: "readReadiness",
    },
    {
      path: "dr/plan",
      load: async () => (await import("./dr/plan.tsx")).PlanPage,
      label: { ja: "切り替え計画", en: "Switch-over plan" },
      group: "dr",
      act: "readReadiness",
    },
    {
      path: "dr/numbers",
      load: async () => (await import("./dr/numbers.tsx")).NumbersPage,
      label: { ja: "電話番号", en: "Numbers" },
      group: "dr",
      act: "readReadiness",
    },
    {
      path: "dr/features",
      load: async () => (await import("./dr/features.tsx")).FeaturesPage,
      label: { ja: "大阪で使える機能", en: "What works in Osaka" },
      group: "dr",
      act: "readReadiness",
    },
    {
      path: "dr/activate",
      load: async () => (await import("./dr/activate.tsx")).ActivatePage,
      label: { ja: "切り替え・訓練", en: "Activation and drill" },
      group: "dr",
      act: "activate",
    },
    {
      path: "dr/checklist",
      load: async () => (await import("./dr/checklist.tsx")).ChecklistPage,
      label: { ja: "チェックリスト", en: "Checklist" },
      group: "dr",
    },
    {
      path: "dr/failback",
      load: async () => (await import("./dr/failback/failback.tsx")).FailbackPage,
      label: { ja: "切り戻し", en: "Fail back" },
      group: "dr",
      act: "requestResume",
    },
    {
      path: "dr/drills",
      load: async () => (await import("./dr/drills.tsx")).DrillsPage,
      label: { ja: "訓練と切り替えの記録", en: "Drills and activations" },
      group: "dr",
    },
    { path: "dr/drills/:id", load: async () => (await import("./dr/drill.tsx")).DrillPage },
    {
      path: "dr/edits",
      load: async () => (await import("./dr/edits.tsx")).EditsPage,
      label: { ja: "大阪での直接変更", en: "Direct edits in Osaka" },
      group: "dr",
    },
    {
      path: "dr/purge",
      load: async () => (await import("./dr/purge/purge.tsx")).PurgePage,
      label: { ja: "大阪の履歴の消去", en: "Purging histories" },
      group: "dr",
      act: "purge",
    },
    {
      path: "operations",
      load: async () => (await import("./records/operations.tsx")).OperationsPage,
      label: { ja: "処理の一覧", en: "Jobs" },
      group: "records",
    },
    { path: "operations/:id", load: async () => (await import("./records/operation.tsx")).OperationPage },
    {
      path: "audit",
      load: async () => (await import("./records/audit.tsx")).AuditPage,
      label: { ja: "監査ログ", en: "Audit log" },
      group: "records",
      act: "readAudit",
    },
    {
      path: "backup",
      load: async () => (await import("./backup/overview.tsx")).BackupOverviewPage,
      label: { ja: "状況", en: "Overview" },
      group: "backup",
      act: "handleFailedBackups",
    },
    {
      path: "backup/settings",
      load: async () => (await import("./backup/settings/settings.tsx")).BackupSettingsPage,
      label: { ja: "設定", en: "Settings" },
      group: "backup",
    },
    {
      path: "backup/recordings",
      load: async () => (await import("./backup/recordings.tsx")).RecordingsPage,
      label: { ja: "録音の一覧", en: "Recordings" },
      group: "backup",
      act: "handleFailedBackups",
    },
    {
      path: "backup/runs",
      load: async () => (await import("./backup/runs.tsx")).RunsPage,
      label: { ja: "今すぐバックアップ", en: "Back up now" },
      group: "backup",
      act: "backUpNow",
    },
    {
      path: "backup/verifications",
      load: async () => (await import("./backup/verifications.tsx")).VerificationsPage,
      label: { ja: "バックアップの照合", en: "Verification of backups" },
      group: "backup",
      act: "verifyBackups",
    },
    {
      path: "backup/verifications/:id",
      load: async () => (await import("./backup/verification.tsx")).VerificationPage,
      group: "backup",
      act: "verifyBackups",
    },
  ],
  platform: [
    {
      path: "activate",
      load: async () => (await import("./platform/activate.tsx")).ActivateManyPage,
      label: { ja: "一括切り替え", en: "Activate many tenants" },
    },
    {
      path: "schedules",
      load: async () => (await import("./platform/schedules.tsx")).SchedulesPage,
      label: { ja: "定期処理", en: "Schedules" },
    },
    {
      path: "dead-letters",
      load: async () => (await import("./platform/dead-letters.tsx")).DeadLettersPage,
      label: { ja: "デッドレター", en: "Dead letters" },
    },
    {
      path: "audit",
      load: async () => (await import("./platform/audit.tsx")).PlatformAuditPage,
      label: { ja: "監査ログ", en: "Audit log" },
    },
  ],
} satisfies { tenant: PageRow[]; platform: PageRow[] } as { tenant: PageRow[]; platform: PageRow[] };
