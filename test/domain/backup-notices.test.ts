import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BackupEntry } from "../../shared/domain/backup/entry.ts";
import { destinationCauses, failureClasses, waitingRemedy } from "../../shared/domain/backup/failures.ts";
import {
  attended,
  type BackupNotice,
  type NoticeCause,
  noticeId,
  withFailures,
} from "../../shared/domain/backup/notice.ts";
import type { NewMail } from "../../shared/domain/mail.ts";
import { type Language, languages } from "../../shared/domain/mail-template.ts";
import { dataFaults, renderMail, templateOf } from "../../shared/domain/render-mail.ts";

const start = Date.parse("2026-11-21T10:00:00Z");
const at = (minutes: number) => new Date(start + minutes * 60_000);
const groupOf = (cause: NoticeCause) => ({ tenant: "acme", office: "o1", cause });

/** An entry whose office is to be told since that minute. */
const failure = (cause: NoticeCause, minute: number, more: Partial<BackupEntry> = {}): BackupEntry => ({
  ...{ tenant: "acme", recordingId: `r${minute}`, callId: "c", office: "o1", unit: { type: "callCenter", id: "c1" } },
  ...{ agentName: "a", direction: "", from: "+81312345678", to: "", source: "https://secret.example/x" },
  ...{ startedAt: at(minute - 5), endedAt: at(minute), contentType: "audio/mpeg", state: "pending", attempts: 0 },
  ...{ since: at(minute), createdAt: at(minute), updatedAt: at(minute), notice: cause, noticeAt: at(minute) },
  destination: { bucket: "acme-recordings", name: "call-recordings/受付/2026-11-21/a - c - r.mp3" },
  ...more,
});
const failing = (cause: NoticeCause, minute: number, current?: BackupNotice, count = 1) =>
  withFailures(current, groupOf(cause), Array(count).fill(failure(cause, minute)), at(minute));
const facts = { passed: false, officeName: "大阪支店" };
const passed = { ...facts, passed: true };

describe("a digest", () => {
  test("tells of all failures so far in one mail to their office, with cause, remedy and examples (R40)", () => {
    const { next, mails } = attended(failing("denied", 0, undefined, 4), facts, at(1));
    expect(mails).toMatchObject([
      {
        template: "recordingBackupsFailed",
        tenant: "acme",
        to: { office: "o1" },
        data: {
          office: "大阪支店",
          cause: destinationCauses.denied.label,
          remedy: destinationCauses.denied.remedy,
          count: 4,
          state: "pending",
          since: at(0).toISOString(),
          bucket: "acme-recordings",
          firstPlace: "受付",
          thirdAt: at(-5).toISOString(),
        },
      },
    ]);
    expect(JSON.stringify(mails)).not.toMatch(/secret|\+81/);
    expect(next).toMatchObject({ open: true, mails: 1, lastMailAt: at(1), untold: { count: 0 } });
  });

  const mailed = (...entries: BackupEntry[]) =>
    attended(withFailures(undefined, groupOf("notReady"), entries, at(0)), facts, at(0)).mails[0];
  const waiting = failure("notReady", 0, { state: "waiting", attempts: 5 });
  const givenUp = failure("notReady", 0, { state: "unavailable", attempts: 11 });
  const addressed = { tenant: { id: "acme", name: "Acme" }, operators: false };
  const rendered = (mail: NewMail | undefined, language: Language) =>
    renderMail(mail?.template ?? "", mail?.data, language, addressed, "https://console.example").text;

  test("of recordings that are still tried says so, and leads to those that wait (R39, R40)", () => {
    const mail = mailed(waiting, waiting);
    expect(mail?.data).toMatchObject({ count: 2, waiting: 2, remedy: waitingRemedy });
    expect(rendered(mail, "ja")).toContain("2件をお客様のバケットにまだバックアップできていません");
    expect(rendered(mail, "ja")).toContain("録音の状態: 再試行待ち");
    expect(rendered(mail, "ja")).toContain("最初の失敗から7日間、自動で再試行を続けます");
    expect(rendered(mail, "ja")).not.toMatch(/お待ちしましたが|うち再試行待ち|取得不可/);
    expect(rendered(mail, "en")).toContain("State: waiting to be tried again");
    expect(rendered(mail, "en")).toContain("goes on trying by itself for seven days");
    for (const language of languages) expect(rendered(mail, language)).toContain("recordings?status=waiting");
  });

  test("of recordings that are given up says what to do, and leads to them (R39, R40)", () => {
    const mail = mailed(givenUp);
    expect(mail?.data).toMatchObject({ count: 1, state: "unavailable", remedy: failureClasses.notReady.remedy });
    expect(rendered(mail, "ja")).toContain("recordings?status=unavailable");
    expect(rendered(mail, "ja")).not.toContain("再試行待ち");
  });

  test("of both says how many are still tried, also where they were found apart (R39, R40)", () => {
    const first = withFailures(undefined, groupOf("notReady"), [waiting, givenUp], at(0));
    const { mails, next } = attended(withFailures(first, groupOf("notReady"), [waiting], at(0)), facts, at(0));
    expect(mails).toMatchObject([{ data: { count: 3, waiting: 2, state: "unavailable" } }]);
    expect(rendered(mails[0], "ja")).toContain("うち再試行待ち: 2件");
    expect(rendered(mails[0], "en")).toContain("Of these waiting to be tried again: 2");
    const later = withFailures(next, groupOf("notReady"), [givenUp], at(20));
    expect(attended(later, facts, at(20)).mails[0]?.data).not.toHaveProperty("waiting");
  });

  test("that an earlier release had begun counts none of its recordings as waiting (R40)", () => {
    const { waiting: _waiting, ...untold } = withFailures(undefined, groupOf("notReady"), [givenUp], at(0)).untold;
    const earlier = { ...withFailures(undefined, groupOf("notReady"), [givenUp], at(0)), untold };
    expect(attended(earlier, facts, at(0)).mails).toMatchObject([{ data: { count: 1, state: "unavailable" } }]);
  });

  test("comes at most once in 15 minutes for an office and cause, and then tells of what came meanwhile (R40)", () => {
    let notice = attended(failing("denied", 0), facts, at(0)).next;
    for (const minute of [1, 5, 14]) {
      notice = failing("denied", minute, notice, 10);
      const later = attended(notice, facts, at(minute));
      expect(later.mails).toStrictEqual([]);
      notice = later.next;
    }
    expect(notice.dueAt?.getTime()).toBeLessThanOrEqual(at(15).getTime());
    const { mails } = attended(notice, facts, at(15));
    expect(mails).toMatchObject([{ data: { count: 30, since: at(0).toISOString() } }]);
  });

  test("says once that it works again, and only after it has said that it does not (R40)", () => {
    expect(attended(failing("denied", 0), passed, at(1)).mails).toStrictEqual([]);
    const told = attended(failing("denied", 0), facts, at(1)).next;
    const { next, mails } = attended(told, passed, at(3));
    expect(mails).toMatchObject([{ template: "recordingBackupsWork", data: { at: at(3).toISOString() } }]);
    expect(next).toMatchObject({ open: false, expireAt: expect.any(Date) });
    expect(next.dueAt).toBeUndefined();
    expect(attended(next, passed, at(4)).mails).toStrictEqual([]);
  });

  test("of a new incident begins anew, 15 minutes after the last mail of the one before", () => {
    const told = attended(failing("denied", 0), facts, at(1)).next;
    const over = attended(told, passed, at(3)).next;
    const again = failing("denied", 6, over);
    expect(again).toMatchObject({ since: at(6), open: false, dueAt: at(16) });
    expect(attended(again, facts, at(15)).mails).toStrictEqual([]);
    const { mails } = attended(again, facts, at(16));
    expect(mails).toMatchObject([{ data: { count: 1, since: at(6).toISOString() } }]);
  });

  test("is closed without a word when nothing is heard of it for a month", () => {
    const told = attended(failing("sourceUnavailable", 0), facts, at(1)).next;
    expect(attended(told, facts, at(29 * 24 * 60)).next.open).toBe(true);
    expect(attended(told, facts, at(31 * 24 * 60))).toMatchObject({ mails: [], next: { open: false } });
  });

  test("does not promise a return of what is the fault of one recording", () => {
    for (const [cause, { retry }] of Object.entries(failureClasses)) {
      expect(attended(failing(cause as NoticeCause, 0), facts, at(1)).next.open).toBe(retry);
    }
  });

  test("has an id for each tenant, office and cause", () => {
    const ids = ["denied", "bucketGone"].flatMap((cause) =>
      ["o1", "o2", "a/b"].map((office) => noticeId({ ...groupOf(cause as NoticeCause), office })),
    );
    expect(new Set(ids).size).toBe(6);
    for (const id of ids) expect(id).toMatch(/^acme\.[\w-]{22}$/);
  });

  test.each(["throttled", "unavailable"] as const)(
    "tells of %s, which passes by itself, only when it lasts",
    (cause) => {
      expect(attended(failing(cause, 0), facts, at(14)).mails).toStrictEqual([]);
      expect(attended(failing(cause, 0), passed, at(14)).mails).toStrictEqual([]);
      expect(attended(failing(cause, 0), facts, at(15)).mails).toHaveLength(1);
    },
  );

  test.each([...Object.keys(destinationCauses), ...Object.keys(failureClasses)])(
    "about %s can be sent in both languages (R40)",
    (name) => {
      const cause = name as NoticeCause;
      const told = attended(failing(cause, 0), facts, at(15));
      const works = attended({ ...told.next, open: true }, passed, at(20));
      expect([...told.mails, ...works.mails]).toHaveLength(2);
      for (const { template, data } of [...told.mails, ...works.mails]) {
        const found = templateOf(template);
        expect(found && dataFaults(found, data)).toStrictEqual([]);
        const addressee = { tenant: { id: "acme", name: "Acme" }, operators: false };
        const { label } = { ...destinationCauses, ...failureClasses }[cause];
        for (const language of ["ja", "en"] as const) {
          expect(renderMail(template, data, language, addressee, "https://console.example").text).toContain(
            label[language],
          );
        }
      }
    },
  );

  test("whatever comes when: no failure untold, none told twice, no mail too early, no return without a failure (R40)", () => {
    const steps = fc.array(
      fc.record({
        pause: fc.integer({ min: 0, max: 20 }),
        failures: fc.integer({ min: 0, max: 3 }),
        passed: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (events) => {
        let notice: BackupNotice | undefined;
        let minute = 0;
        let failures = 0;
        const told: { minute: number; count: number }[] = [];
        const keys: string[] = [];
        let awaited = false;
        for (const event of [...events, { pause: 16, failures: 0, passed: false }]) {
          minute += event.pause;
          if (event.failures > 0) notice = failing("sourceUnavailable", minute, notice, event.failures);
          failures += event.failures;
          if (!notice) continue;
          const { next, mails } = attended(notice, { ...facts, passed: event.passed }, at(minute));
          for (const { key, template, data } of mails) {
            keys.push(key);
            const isReturn = template === "recordingBackupsWork";
            if (isReturn) expect(awaited).toBe(true);
            else told.push({ minute, count: (data as { count: number }).count });
            awaited = !isReturn;
          }
          // What is still to be said has a time; what has not may go.
          expect(next.dueAt === undefined).toBe(!next.open && next.untold.count === 0);
          expect(next.expireAt === undefined).toBe(next.dueAt !== undefined);
          notice = next;
        }
        expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(failures);
        expect(new Set(keys).size).toBe(keys.length);
        for (const [index, { minute: sent }] of told.entries()) {
          const before = told[index - 1];
          if (before) expect(sent - before.minute).toBeGreaterThanOrEqual(15);
        }
      }),
    );
  });
});
