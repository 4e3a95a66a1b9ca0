import type { Label } from "../catalogue.ts";
import type { TenantNumber } from "./numbers.ts";

/** Where a tenant's use of a feature shows in its data: a setting, or how one of its numbers is connected. */
type Evidence = { setting: { document: string; field: string } } | { connection: TenantNumber["connection"] };

/** What becomes of one feature while the secondary is in charge. */
export type Feature = {
  effect: "stops" | "conditional";
  label: Label;
  /** What is missing, or what it takes to go on working. */
  condition: Label;
  evidence: Evidence;
};

const option = (field: string): Evidence => ({ setting: { document: "options", field } });
const stops = (field: string, label: Label, condition: Label): Feature => ({
  effect: "stops",
  label,
  condition,
  evidence: option(field),
});
const conditional = (evidence: Evidence, label: Label, condition: Label): Feature => ({
  effect: "conditional",
  label,
  condition,
  evidence,
});

/** Every feature that stops, or works under conditions, while a tenant is active on the secondary (R23). */
export const features = {
  cardSecurity: stops(
    "cardSecurity",
    { ja: "カード情報セキュリティサービス", en: "Card-data security service" },
    {
      ja: "利用できません。カード番号は電話以外の方法で受け付けてください",
      en: "Not available: take card numbers by another way than the telephone",
    },
  ),
  fax: stops(
    "fax",
    { ja: "FAX", en: "Fax" },
    {
      ja: "送受信できません。届いたFAXは東京の復旧後も残りません",
      en: "Neither sent nor received; nothing is kept for later",
    },
  ),
  bulkRecordingDownload: stops(
    "bulkRecordingDownload",
    { ja: "録音の一括ダウンロード", en: "Bulk recording download" },
    { ja: "1件ずつのダウンロードをご利用ください", en: "Download recordings one by one" },
  ),
  speechSynthesis: stops(
    "speechSynthesis",
    { ja: "音声合成", en: "Speech synthesis" },
    {
      ja: "利用できません。音声ファイルのガイダンスを用意しておいてください",
      en: "Not available: keep a recorded guidance file at hand",
    },
  ),
  automaticUpgrade: stops(
    "automaticUpgrade",
    { ja: "自動バージョンアップ", en: "Automatic version upgrades" },
    { ja: "復旧するまで行われません", en: "None until the tenant is back on the primary" },
  ),
  internationalCalls: stops(
    "internationalCalls",
    { ja: "国際電話", en: "International calls" },
    { ja: "発信・着信ともにできません", en: "Neither outgoing nor incoming" },
  ),
  mobileApp: stops(
    "mobileApp",
    { ja: "モバイルアプリ", en: "Mobile app" },
    { ja: "利用できません。ソフトフォンをご利用ください", en: "Not available: use the softphone" },
  ),
  extensionLinks: stops(
    "extensionLinks",
    { ja: "他システムとの内線連携", en: "Extension links to other systems" },
    { ja: "内線で通話できません。外線番号でおかけください", en: "No calls by extension: dial the outside number" },
  ),
  customerGateways: conditional(
    { connection: "customerGateway" },
    { ja: "お客様設置ゲートウェイ", en: "Customer gateways" },
    {
      ja: "通信事業者での転送設定、またはゲートウェイの接続先の変更が必要です",
      en: "The carrier has to forward the numbers, or the gateway has to be pointed at the secondary",
    },
  ),
  homeLines: conditional(
    { connection: "homeLine" },
    { ja: "自宅回線", en: "Home lines" },
    { ja: "通信事業者での転送設定が必要です", en: "The carrier has to forward the numbers" },
  ),
  openCti: conditional(
    { setting: { document: "openCti", field: "enabled" } },
    { ja: "Open CTI", en: "Open CTI" },
    {
      ja: "接続先サーバーのアドレスを大阪のものに変更してください",
      en: "Set the server address to the secondary's",
    },
  ),
  deskPhones: conditional(
    option("deskPhones"),
    { ja: "固定電話機", en: "Desk phones" },
    {
      ja: "電話機の接続先を大阪に変更し、再起動してください",
      en: "Point each phone at the secondary and restart it",
    },
  ),
  speechRecognition: conditional(
    option("speechRecognition"),
    { ja: "音声認識", en: "Speech recognition" },
    {
      ja: "認識エンジンが東京と別の地域で動いている場合に利用できます",
      en: "Works if the recognition engine runs elsewhere than in Tokyo",
    },
  ),
  vpn: conditional(
    option("vpn"),
    { ja: "VPN接続", en: "VPN" },
    {
      ja: "大阪へのVPN接続をあらかじめ契約・設定しておく必要があります",
      en: "Needs a VPN to the secondary, set up beforehand",
    },
  ),
  integrations: conditional(
    option("integrations"),
    { ja: "その他の外部連携", en: "Other integrations" },
    {
      ja: "連携先に登録した接続先とアクセス許可を大阪のものに変更してください",
      en: "Give the other system the secondary's address and admit it there",
    },
  ),
} as const satisfies Record<string, Feature>;
export type FeatureName = keyof typeof features;

/** What of a tenant's data shows which features it uses. */
export type FeatureFacts = {
  /** The documents of `systemSettings`, by id. */
  settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  connections: ReadonlySet<TenantNumber["connection"]>;
};

/** Whether the tenant uses the feature; null where its data does not say. */
export function usesFeature(name: FeatureName, { settings, connections }: FeatureFacts): boolean | null {
  const { evidence }: Feature = features[name];
  if ("connection" in evidence) return connections.has(evidence.connection);
  const value = settings[evidence.setting.document]?.[evidence.setting.field];
  return typeof value === "boolean" ? value : null;
}

/** The features that the tenant is known to use. */
export function usedFeatures(facts: FeatureFacts): FeatureName[] {
  return (Object.keys(features) as FeatureName[]).filter((name) => usesFeature(name, facts) === true);
}
