import { describe, expect, test } from "vitest";
import { type FeatureName, features, usedFeatures, usesFeature } from "../../shared/domain/features.ts";

const none = { settings: {}, connections: new Set<never>() };
const namesWith = (effect: string) =>
  Object.entries(features).flatMap(([name, feature]) => (feature.effect === effect ? [name] : []));

describe("features", () => {
  test("has what stops, and what works under conditions (R23)", () => {
    expect(namesWith("stops")).toEqual([
      "cardSecurity",
      "fax",
      "bulkRecordingDownload",
      "speechSynthesis",
      "automaticUpgrade",
      "internationalCalls",
      "mobileApp",
      "extensionLinks",
    ]);
    expect(namesWith("conditional")).toEqual([
      "customerGateways",
      "homeLines",
      "openCti",
      "deskPhones",
      "speechRecognition",
      "vpn",
      "integrations",
    ]);
  });

  test.each(Object.entries(features))("%s says in both languages what it is and what it takes", (_name, feature) => {
    for (const { ja, en } of [feature.label, feature.condition]) {
      expect(ja).toMatch(/[ぁ-んァ-ヶ一-龠]|FAX|Open CTI/);
      expect(en).toMatch(/^[\x20-\x7e]+$/);
    }
  });
});

describe("usesFeature", () => {
  test.each(Object.keys(features) as FeatureName[])(
    "finds %s in the data that tells of it, and says so if nothing does",
    (name) => {
      const { evidence } = features[name];
      if ("connection" in evidence) {
        expect(usesFeature(name, none)).toBe(false);
        expect(usesFeature(name, { ...none, connections: new Set([evidence.connection]) })).toBe(true);
        return;
      }
      const { document, field } = evidence.setting;
      const setTo = (value: unknown) => ({ ...none, settings: { [document]: { [field]: value } } });
      expect(usesFeature(name, none)).toBeNull();
      expect(usesFeature(name, setTo("yes"))).toBeNull();
      expect(usesFeature(name, setTo(false))).toBe(false);
      expect(usesFeature(name, setTo(true))).toBe(true);
    },
  );
});

describe("usedFeatures", () => {
  test("names what is known to be used, in the order of the table", () => {
    const settings = { openCti: { enabled: true }, options: { fax: true, vpn: false } };
    expect(usedFeatures({ settings, connections: new Set(["homeLine"]) })).toEqual(["fax", "homeLines", "openCti"]);
  });
});
