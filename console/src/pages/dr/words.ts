import { defineTexts } from "../../texts/texts.ts";
import type { Tone } from "../../ui/status.tsx";
import type { Standby } from "./standby.tsx";

/** The states of a tenant's stand-by. */
export const standbyStates = defineTexts("standbyStates", {
  ja: {
    syncing: "同期中",
    stopped: "同期停止中",
    activating: "切り替えを実行中",
    active: "大阪で稼働中",
    resyncing: "再同期中",
  },
  en: {
    syncing: "Syncing",
    stopped: "Sync stopped",
    activating: "Being activated",
    active: "Active in Osaka",
    resyncing: "Resyncing",
  },
});

export const stateTones: Record<Standby["state"], Tone> = {
  syncing: "ok",
  stopped: "danger",
  activating: "warning",
  active: "warning",
  resyncing: "warning",
};

export const stopReasons = defineTexts("stopReasons", {
  ja: {
    tamper: "大阪のデータが直接変更されました",
    operator: "運用担当が停止しました",
    syncDisabled: "東京の同期設定がオフになったか、DRの条件を満たさなくなりました",
    tenantDeleted: "東京からテナントが削除されました",
    activationAbandoned: "切り替えが途中で取りやめになりました",
    resyncAbandoned: "大阪への最初の同期が途中で取りやめになりました",
  },
  en: {
    tamper: "Data in Osaka was edited directly",
    operator: "An operator stopped it",
    syncDisabled: "The sync setting in Tokyo is off, or DR is no longer possible for the tenant",
    tenantDeleted: "The tenant was deleted in Tokyo",
    activationAbandoned: "An activation was given up half-way",
    resyncAbandoned: "The first sync to Osaka was given up half-way",
  },
});

export const modes = defineTexts("activationModes", {
  ja: { disaster: "災害時の切り替え", planned: "計画的な移行", drill: "訓練" },
  en: { disaster: "Disaster", planned: "Planned move", drill: "Drill" },
});

export const sites = defineTexts("siteNames", {
  ja: { primary: "東京（本番サイト）", secondary: "大阪（待機サイト）" },
  en: { primary: "Tokyo (primary site)", secondary: "Osaka (secondary site)" },
});

/** Why a change is not carried over to the primary. */
export const promotionFaults = defineTexts("promotionFaults", {
  ja: {
    notEdited: "大阪で変更されていません",
    primaryChanged: "東京でも変更されました",
    sameOnBoth: "両方で同じ内容です",
  },
  en: {
    notEdited: "It was not changed in Osaka",
    primaryChanged: "It was changed in Tokyo too",
    sameOnBoth: "Both sites hold the same",
  },
});
