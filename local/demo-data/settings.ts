import { GeoPoint } from "@google-cloud/firestore";
import { catalogue, type KindName } from "../../shared/catalogue.ts";
import { type KindBuilder, type Outline, stamps } from "./outline.ts";
import type { DemoDocument, Fields } from "./values.ts";

/** Documents of a kind under ids of their own. */
function* named(outline: Outline, kind: KindName, documents: Record<string, Fields>): Iterable<DemoDocument> {
  const draw = outline.draw(kind);
  for (const [id, data] of Object.entries(documents)) {
    yield { path: `tenants/${outline.tenant}/${kind}/${id}`, data: { ...data, ...stamps(draw) } };
  }
}

/** Settings of the whole company; the thresholds hold every double there is. */
export const systemSettings: KindBuilder = (outline, kind) =>
  named(outline, kind, {
    general: { companyName: outline.tenant, language: "ja", fiscalYearStartsInMonth: 4, logo: new Uint8Array(0) },
    telephony: {
      defaultCallerNumber: outline.reference("numbers", 0),
      defaultMusicOnHold: outline.reference("musicOnHold", 0),
      prefixes: { outside: "0", "内線 *": "*", "a.b/c `x`": "fields may have any name" },
      sessionCounter: 9_223_372_036_854_775_807n,
      oldestSession: -9_223_372_036_854_775_808n,
    },
    qualityThresholds: {
      jitterMilliseconds: 30.5,
      unlimited: Number.POSITIVE_INFINITY,
      silenceDecibels: Number.NEGATIVE_INFINITY,
      lastMeanOpinionScore: Number.NaN,
      drift: -0,
      packetLossShare: 0.1 + 0.2,
    },
    softphone: { versions: ["9.4.1", "9.4.2"], forceUpgrade: false, mirrorServers: [], announcement: null },
    options: {
      cardSecurity: false,
      fax: true,
      bulkRecordingDownload: true,
      speechSynthesis: true,
      automaticUpgrade: true,
      internationalCalls: false,
      mobileApp: true,
      extensionLinks: false,
      deskPhones: true,
      speechRecognition: true,
      vpn: false,
      integrations: true,
    },
    openCti: { server: `cti.${outline.tenant}.example`, port: 8443, enabled: true, place: new GeoPoint(-90, 180) },
    security: { idleMinutes: 30, passwordRules: { length: 12, symbols: true }, trustedDevices: {} },
  });

/** Whether and how users must prove themselves twice; their enrolments are not here. */
export const twoFactorSettings: KindBuilder = (outline, kind) =>
  named(outline, kind, {
    policy: {
      required: true,
      methods: ["totp", "sms"],
      graceDays: 14,
      exemptOffices: [outline.reference("offices", 1)],
    },
  });

/** Rules that say from where people may log in: IPv4 and IPv6. */
export const ipAccessRules: KindBuilder = (outline, kind) =>
  named(outline, kind, {
    "rule-01": { cidr: "203.0.113.0/24", description: "本社", order: 1, enabled: true },
    "rule-02": { cidr: "198.51.100.16/28", description: "大阪支社", order: 2, enabled: true },
    "rule-03": { cidr: "2001:db8:1200::/40", description: "在宅勤務ＶＰＮ", order: 3, enabled: true },
    "rule-04": { cidr: "192.0.2.7/32", description: "保守会社（停止中）", order: 4, enabled: false },
  });

/** A few documents of a kind that has no builder of its own yet, so that a new row of the catalogue has data too. */
export const plain: KindBuilder = (outline, kind) => {
  const label = catalogue[kind].label;
  const numbered = [1, 2, 3].map((number) => [`item-${number}`, { name: `${label.ja}${number}`, label }] as const);
  return named(outline, kind, Object.fromEntries(numbered));
};
