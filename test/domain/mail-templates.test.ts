import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NewMail } from "../../shared/domain/mail.ts";
import { clock, duration, type Language, languages } from "../../shared/domain/mail-template.ts";
import { mailTemplates, type TemplateName } from "../../shared/domain/mail-templates.ts";
import { dataFaults, renderMail, templateOf } from "../../shared/domain/render-mail.ts";

const consoleUrl = "https://osaka.hikae.example";
const at = "2026-11-21T10:05:00.000Z";
const by = "anna@acme.example";
const note = "明日の朝10時に";

/** Every template with every field that it knows. */
const whole: { [T in TemplateName]: Extract<NewMail, { template: T }>["data"] } = {
  tamper: { path: "phones/1", change: "updated", by, at, others: 3 },
  syncStopped: { reason: "operator", by, at, detail: "回線工事のため" },
  activated: {
    mode: "disaster",
    by,
    at,
    reason: "東京が停電",
    checks: { ja: "切り替え計画、同期の遅れ", en: "Plan, lag" },
    rpoSeconds: 2.5,
  },
  activationFailed: {
    mode: "planned",
    by,
    at,
    why: { ja: "東京の応答なし", en: "no answer from Tokyo" },
    sync: "stopped",
  },
  recoveryNotice: { by, at, note },
  resumeRequested: { by, at, note },
  failedBack: { mode: "disaster", by, at, documents: 1200, overwritten: 34, promoted: 5, syncing: true },
  failbackFailed: { mode: "planned", at, why: "東京の応答なし", inCharge: "secondary" },
  purged: { by, at, documents: 4321, recordings: 765 },
  accessRulesRefused: { at, why: "CIDRの形式が正しくありません", rule: "10.0.0.0/40" },
  guidanceRefused: { at, files: 12 },
  drillReport: {
    by,
    startedAt: at,
    endedAt: "2026-11-21T11:00:00Z",
    rtoSeconds: 1.25,
    rpoSeconds: 0.4,
    checklistDone: 5,
    checklistTotal: 7,
    checklistSeconds: 1810,
  },
  recordingBackupsFailed: {
    office: "大阪支店",
    cause: { ja: "バケットがありません", en: "The bucket is not there" },
    remedy: { ja: "所有の確認をもう一度行ってください。", en: "Prove once more that it is yours." },
    count: 73,
    state: "unavailable",
    waiting: 12,
    since: at,
    bucket: "acme-recordings",
    firstPlace: "受付窓口",
    firstAt: "2026-11-21T09:01:00Z",
    secondPlace: "受付窓口",
    secondAt: "2026-11-21T09:02:00Z",
    thirdPlace: "総務部",
    thirdAt: "2026-11-21T09:03:00Z",
  },
  recordingBackupsWork: {
    office: "大阪支店",
    cause: { ja: "バケットがありません", en: "The bucket is not there" },
    bucket: "acme-recordings",
    since: at,
    at: "2026-11-21T11:00:00Z",
  },
};

/** How fields are shown that are not shown as they are. */
const shown: Record<Language, Record<string, string>> = {
  ja: {
    updated: "変更",
    operator: "運用担当による停止",
    disaster: "災害時の切り替え",
    true: "再開しました",
    stopped: "停止しています",
    secondary: "大阪",
    planned: "計画的な移行",
    [at]: "2026年11月21日 19:05:00（日本時間）",
    "2026-11-21T11:00:00Z": "2026年11月21日 20:00:00（日本時間）",
    "2.5": "2.5秒",
    "1.25": "1.3秒",
    "0.4": "0.4秒",
    "1810": "30分10秒",
    unavailable: "取得不可",
    "2026-11-21T09:01:00Z": "2026年11月21日 18:01:00（日本時間）",
    "2026-11-21T09:02:00Z": "2026年11月21日 18:02:00（日本時間）",
    "2026-11-21T09:03:00Z": "2026年11月21日 18:03:00（日本時間）",
  },
  en: {
    updated: "updated",
    operator: "Stopped by an operator",
    disaster: "Disaster",
    true: "resumed",
    secondary: "Osaka",
    planned: "Planned move",
    [at]: "21 November 2026 at 19:05:00 (JST)",
    "2026-11-21T11:00:00Z": "21 November 2026 at 20:00:00 (JST)",
    "2.5": "2.5 s",
    "1.25": "1.3 s",
    "0.4": "0.4 s",
    "1810": "30 min 10 s",
    "2026-11-21T09:01:00Z": "21 November 2026 at 18:01:00 (JST)",
    "2026-11-21T09:02:00Z": "21 November 2026 at 18:02:00 (JST)",
    "2026-11-21T09:03:00Z": "21 November 2026 at 18:03:00 (JST)",
  },
};

const names = Object.keys(mailTemplates) as TemplateName[];
const addressee = { tenant: { id: "acme", name: "アクメ商事" }, operators: false };
const render = (name: string, data: unknown, language: Language = "ja", to = addressee) =>
  renderMail(name, data, language, to, consoleUrl);

/** What a reader sees of the HTML. */
const seen = (html: string) =>
  html
    .replace(/<[^>]*>/g, "\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("every mail template", () => {
  test.each(names.flatMap((name) => languages.map((language) => ({ name, language }))))(
    "$name shows every field in $language, in its text as in its HTML (R48)",
    ({ name, language }) => {
      const { subject, text, html } = render(name, whole[name], language);
      expect(subject).toMatch(/^\[Hikae\] \S/);
      for (const value of Object.values(whole[name])) {
        const told = typeof value === "object" && value !== null ? value[language] : String(value);
        const wanted = shown[language][told] ?? told;
        expect(text).toContain(wanted);
        expect(seen(html)).toContain(wanted);
      }
      expect(text).toContain("アクメ商事");
      expect(html).toContain(`<html lang="${language}">`);
      expect(text).toContain(`${consoleUrl}/tenants/acme/`);
      expect(html).toContain(`href="${consoleUrl}/tenants/acme/`);
      expect(`${text}${html}`).not.toMatch(/undefined|null|NaN|\[object/);
    },
  );

  test.each(names)("%s is in Japanese for the one and has no Japanese for the other (R48)", (name) => {
    const data = Object.fromEntries(
      Object.entries(whole[name]).map(([field, value]) => [field, /\p{sc=Han}/u.test(String(value)) ? "x" : value]),
    );
    const english = render(name, data, "en", { ...addressee, tenant: { id: "acme", name: "Acme" } });
    expect(`${english.subject}${english.text}${english.html.replace(/style="[^"]*"/g, "")}`).not.toMatch(
      /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u,
    );
    expect(render(name, whole[name]).text).toMatch(/\p{sc=Hiragana}/u);
  });

  test.each(names)("%s takes only what its schema permits, and fields of a newer release besides", (name) => {
    const template = templateOf(name);
    expect(template && dataFaults(template, { ...whole[name], fromNextRelease: { a: 1 } })).toStrictEqual([]);
    for (const field of Object.keys(whole[name])) {
      const wrong = { ...whole[name], [field]: { not: "this" } };
      expect(template && dataFaults(template, wrong)).toMatchObject([
        { field: expect.stringMatching(`^data.${field}`) },
      ]);
      expect(() => render(name, wrong)).toThrowError(expect.objectContaining({ code: "invalid" }));
    }
  });

  test("is found by its name, and nothing else is", () => {
    expect(templateOf("tamper")).toBe(mailTemplates.tamper);
    for (const name of ["nothing", "constructor", "__proto__"]) expect(templateOf(name)).toBeUndefined();
    expect(() => render("nothing", {})).toThrowError(expect.objectContaining({ code: "invalid" }));
  });

  test("is marked where it is about a drill, in subject and body (R28)", () => {
    for (const name of ["activated", "activationFailed", "failedBack", "failbackFailed"] as const) {
      const drill = { ...whole[name], mode: "drill" };
      expect(render(name, drill)).toMatchObject({
        subject: expect.stringContaining("【訓練】"),
        text: expect.stringContaining("これは訓練です"),
        html: expect.stringContaining("これは訓練です"),
      });
      expect(render(name, drill, "en").subject).toContain("[Drill]");
      expect(render(name, drill, "en").text).toContain("This is a drill");
      expect(render(name, whole[name]).text).not.toContain("訓練");
    }
  });

  test("tells of a fail back that was given up who is in charge, and what to see to there (R24)", () => {
    const told = (inCharge: string, language: Language) =>
      render("failbackFailed", { ...whole.failbackFailed, inCharge }, language).text;
    expect(told("secondary", "ja")).toContain("発信者番号は切り替え計画のとおり");
    expect(told("secondary", "en")).toContain("Osaka (the stand-by) is still in charge");
    expect(told("primary", "ja")).toContain("東京から大阪への同期は停止しています");
    expect(told("primary", "en")).toContain("the sync from Tokyo to Osaka stands still");
  });

  test("tells of an activation that was given up that Tokyo is in charge, and what ends the stop of the sync (R18)", () => {
    const told = (data: object, language: Language) =>
      render("activationFailed", { ...whole.activationFailed, ...data }, language).text;
    for (const mode of ["disaster", "drill", "planned"]) {
      expect(told({ mode }, "ja")).toContain("現在、東京が稼働系で、東京から大阪への同期は停止しています");
      expect(told({ mode }, "ja")).toContain("再開は運用担当が行います");
      expect(told({ mode }, "en")).toContain("Tokyo is in charge, and the sync from Tokyo to Osaka has stopped");
      expect(told({ mode }, "en")).toContain("An operator resumes it.");
    }
    expect(told({ mode: "disaster" }, "en")).toContain("activate again");
    expect(told({ mode: "planned" }, "ja")).toContain("計画的な移行は、同期が再開してから");
    expect(told({ mode: "planned" }, "en")).toContain("can be repeated once the sync has been resumed");
    expect(told({ sync: "off" }, "ja")).toContain("先に東京の同期設定またはご契約の見直しが必要です");
    expect(told({ sync: "off" }, "en")).not.toContain("An operator resumes it.");
  });

  test("that an earlier release asked for is sent as well: a text of one language, and no word of the sync", () => {
    const { sync: _sync, ...earlier } = whole.activationFailed;
    const { checks: _checks, ...byName } = whole.activated;
    for (const language of languages) {
      expect(render("activationFailed", { ...earlier, why: "cancelled" }, language).text).toContain(": cancelled");
      expect(render("activated", { ...byName, overridden: "state, lag" }, language).text).toContain("state, lag");
    }
  });

  test("says why Hikae stopped a sync in the reader's language (R11)", () => {
    const why = { ja: "応答がありません", en: "No answer" };
    const told = { reason: "resyncAbandoned", by: "hikae", at, detail: "raw words", why };
    for (const language of languages) {
      const { text } = render("syncStopped", told, language);
      expect(text).toContain(why[language]);
      expect(text).not.toContain("raw words");
    }
  });

  test("says of a drill nothing that a failure may make untrue (R28)", () => {
    const drill = { ...whole.failbackFailed, mode: "drill" };
    expect(render("failbackFailed", drill).text).toContain("これは訓練です。実際の障害による切り替えではありません。");
    expect(render("failbackFailed", drill, "en").text).toContain("This is a drill: nothing has really failed.");
  });

  test("leaves out what nobody knows", () => {
    const { text } = render("syncStopped", { reason: "operator", by: "unknown", at });
    expect(text).toContain("実施者: 不明");
    expect(text).not.toContain("補足");
    expect(render("activated", { mode: "disaster", by, at, rpoSeconds: null }).text).toContain("不明");
  });

  test("says to operators which tenant it is about", () => {
    const { subject, text } = render("resumeRequested", whole.resumeRequested, "ja", { ...addressee, operators: true });
    expect(subject).toContain("(acme)");
    expect(text).toContain("運用ご担当者様");
  });
});

describe("renderMail", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "<script>alert(1)</script>",
      '"><img src=x onerror=alert(1)>',
      "a\r\nBcc: eve@evil.example",
      "</td></table>",
      "&lt;b&gt;",
      "\u202Egpj.exe",
      "\u0000\u0007\u2028x",
      "'; --",
    ),
  );

  test("lets no value become markup, a line of its own or a header (R48)", () => {
    const calm = render("activated", { ...whole.activated, reason: "x", by: "x", checks: "x" });
    fc.assert(
      fc.property(hostile, hostile, hostile, (reason, actor, name) => {
        const data = { ...whole.activated, reason: `x${reason}x`, by: `x${actor}x`, checks: "x" };
        const { subject, text, html } = render("activated", data, "ja", {
          ...addressee,
          tenant: { id: "acme", name: `x${name}x` },
        });
        expect(subject).toBe(calm.subject);
        expect(text.split("\n")).toHaveLength(calm.text.split("\n").length);
        const tags = (markup: string) => markup.match(/<[^>]*>/g);
        expect(tags(html)).toStrictEqual(tags(calm.html));
        expect(`${subject}${text}${html}`).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029\u202A-\u202E]/u);
      }),
    );
  });

  test("shows every character of a value as it is", () => {
    const reason = `<b>"A & B" 'C'</b> 𠮷野家 辻󠄀 😀`;
    const { text, html } = render("activated", { ...whole.activated, reason });
    expect(text).toContain(reason);
    expect(seen(html)).toContain(reason);
  });
});

describe("what mails say of numbers", () => {
  test.each([
    [0, "0秒", "0 s"],
    [1.234, "1.2秒", "1.2 s"],
    [9.96, "10秒", "10 s"],
    [59.6, "1分", "1 min"],
    [3600, "1時間", "1 h"],
    [3661, "1時間1分1秒", "1 h 1 min 1 s"],
  ])("%d seconds", (seconds, ja, en) => {
    expect([duration("ja", seconds), duration("en", seconds)]).toStrictEqual([ja, en]);
  });

  test("a time is Japan's, whatever the offset it was given with", () => {
    expect(clock("ja", "2026-01-01T09:00:00+09:00")).toBe(clock("ja", "2026-01-01T00:00:00Z"));
  });
});
