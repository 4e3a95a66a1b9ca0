import { describe, expect, test } from "vitest";
import { catalogue, kindOf, kindsWith, type Policy } from "../../shared/catalogue.ts";

/** The table of R1, as the requirements give it. */
const required: Record<Policy, string> = {
  realtime: `callFlows, accounts, members, phones, parkGroups, pickupGroups, callCenters, coachingTeams, offices, queues,
    ivrMenus, businessHours, voicemails, musicOnHold, numbers, speedDials, systemSettings, twoFactorSettings,
    switchoverPlans, backupSettings, backupBuckets`,
  every5minutes: "guidance",
  hourly: "ipAccessRules",
  history: `callHistory, recordings, callCenterHistory, workLabelHistory, callbackHistory, concurrentCallHistory,
    billingDetails, loginHistory, agentActivityHistory, ivrHistory, externalApiHistory, callActionHistory, smsHistory,
    operationHistory, settingChangeHistory, callRatingFilters, salesforceRecordingHistory, callbackResults`,
  ownRecords: "recordingBackups",
  secret: "twoFactorCredentials",
  derived: "callCenterReport, agentReport, outboundNumberReport, dashboard",
};
const names = (list: string) => list.split(/,\s*/).sort();
const policies = Object.keys(required) as Policy[];

describe("catalogue", () => {
  test.each(policies)("has exactly the required kinds of policy %s (R1)", (policy) => {
    expect([...kindsWith(policy)].sort()).toStrictEqual(names(required[policy]));
  });

  test("has no kind of any other policy (R1)", () => {
    expect(Object.keys(catalogue).sort()).toStrictEqual(policies.flatMap((policy) => names(required[policy])).sort());
  });

  test("names what the secondary's telephony reads again (R14)", () => {
    const reloaded = Object.entries(catalogue).filter(([, kind]) => kind.reloaded);
    expect(reloaded.map(([name]) => name).sort()).toStrictEqual(
      names("accounts, phones, parkGroups, pickupGroups, callCenters, voicemails, musicOnHold"),
    );
  });

  test.each(Object.entries(catalogue))("labels %s in both languages", (_, { label }) => {
    expect(label.ja).toMatch(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u);
    expect(label.en).toMatch(/^[A-Z][A-Za-z -]+$/);
  });
});

describe("kindOf", () => {
  test("knows the kinds of the table only (R2)", () => {
    expect(kindOf("phones")?.policy).toBe("realtime");
    for (const name of ["", "Phones", "unknown", "constructor", "__proto__", "toString"]) {
      expect(kindOf(name)).toBeUndefined();
    }
  });
});
