import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NewMail } from "../../shared/domain/mail.ts";
import {
  address,
  claimed,
  failed,
  faultOf,
  isDue,
  type Letter,
  leaseSeconds,
  postponed,
  type Recipient,
  requestOf,
  sent,
} from "../../shared/domain/outbox.ts";

const now = new Date("2026-11-21T10:05:00Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

const mail: NewMail = {
  key: "tamper f1",
  template: "tamper",
  tenant: "acme",
  to: "administrators",
  data: { path: "phones/1", change: "updated", by: "anna@acme.example", at: now.toISOString() },
};
const anna: Recipient = { address: "anna@acme.example", language: "ja" };
const ben: Recipient = { address: "ben@acme.example", language: "en" };

const request = requestOf(mail, now);
const lettersTo = (...recipients: Recipient[]) => address(request, recipients, "Acme", now).letters;
const letter = lettersTo(anna)[0] as Letter;

describe("requestOf", () => {
  test("makes one record of the same key, whatever the time, and another of another key or tenant (R48)", () => {
    expect(requestOf(mail, later(9)).id).toBe(request.id);
    expect(requestOf({ ...mail, key: "tamper f2" }, now).id).not.toBe(request.id);
    expect(requestOf({ ...mail, tenant: "bolt" }, now).id).not.toBe(request.id);
    expect(request).toMatchObject({ state: "pending", dueAt: now, attempts: 0 });
    expect(request.id).toMatch(/^acme\.[\w-]+$/);
  });
});

describe("address", () => {
  test("gives each recipient one letter, the same at every try (R48)", () => {
    const twice = [anna, ben, { ...anna, address: "Anna@Acme.Example" }];
    const addressed = address(request, twice, "Acme", now);
    expect(addressed.letters.map(({ recipient }) => recipient)).toStrictEqual([anna, ben]);
    expect(addressed.request).toMatchObject({ state: "addressed", expireAt: later(30 * 86_400) });
    expect(addressed.request).not.toHaveProperty("dueAt");
    expect(lettersTo(ben, anna).map(({ id }) => id)).toStrictEqual(addressed.letters.map(({ id }) => id).reverse());
  });

  test("fails a mail that has no readers, and says so", () => {
    expect(address(request, [], "Acme", now)).toMatchObject({
      request: { state: "failed", problem: expect.stringContaining("nobody") },
      letters: [],
    });
  });

  test.each([
    "admin",
    "a@b@c",
    "a@b\r\nBcc: e@evil.example",
    "a@b,e@evil.example",
    "<a@b>",
    "a b@c",
    "",
    "@",
    `${"a".repeat(250)}@b.jp`,
  ])("sends nothing to what is no address, and to others all the same: %j", (wrong) => {
    const [bad, good] = lettersTo({ address: wrong, language: "ja" }, anna);
    expect(bad).toMatchObject({ state: "failed" });
    expect(bad).not.toHaveProperty("dueAt");
    expect(good).toMatchObject({ state: "pending", dueAt: now });
  });
});

describe("faultOf", () => {
  test("tells data that can never be sent from a template that a newer release may know", () => {
    expect(faultOf(request)).toBeUndefined();
    const wrong = { ...request, data: { ...mail.data, at: "yesterday" } };
    expect(faultOf(wrong)).toMatchObject({ mayPass: false, problem: expect.stringContaining("data.at") });
    expect(faultOf({ ...request, template: "next" })).toMatchObject({ mayPass: true });
  });
});

describe("a letter", () => {
  test("is in one process's hands at a time, until its lease ends (R48)", () => {
    const held = claimed(letter, "one", now) as Letter;
    expect(held).toMatchObject({ state: "sending", owner: "one", attempts: 1 });
    expect(claimed(held, "two", later(leaseSeconds - 1))).toBeUndefined();
    expect(claimed(held, "two", later(leaseSeconds))).toMatchObject({ owner: "two", attempts: 2 });
  });

  test("just made is due even by a clock that is behind", () => {
    expect(isDue(letter, later(-60))).toBe(true);
    expect(isDue({ ...letter, attempts: 1 }, later(-60))).toBe(false);
  });

  test("that is sent or failed is never taken up again, and goes after 30 days", () => {
    const held = claimed(letter, "one", now) as Letter;
    for (const end of [sent(held, now), failed(held, "550 no such mailbox", now)]) {
      expect(claimed(end, "two", later(1e6))).toBeUndefined();
      expect(end).not.toHaveProperty("dueAt");
      expect(end).not.toHaveProperty("owner");
      expect(end.expireAt).toStrictEqual(later(30 * 86_400));
    }
    expect(sent({ ...held, problem: "451" }, now)).toMatchObject({ state: "sent", sentAt: now });
    expect(sent({ ...held, problem: "451" }, now)).not.toHaveProperty("problem");
  });

  test("is tried again with growing pauses for five days, then given up (R48)", () => {
    let time = now;
    let tried = letter;
    const pauses: number[] = [];
    while (tried.dueAt) {
      time = tried.dueAt > time ? tried.dueAt : time;
      const held = claimed(tried, "one", time) as Letter;
      expect(held).toBeDefined();
      tried = postponed(held, "451 later", time);
      if (tried.dueAt) pauses.push((tried.dueAt.getTime() - time.getTime()) / 1000);
    }
    expect(pauses.slice(0, 8)).toStrictEqual([30, 60, 120, 300, 600, 900, 900, 900]);
    expect(tried).toMatchObject({ state: "failed", problem: "451 later" });
    expect(time.getTime() - now.getTime()).toBeGreaterThan(5 * 86_400_000);
  });

  test("goes once, whoever tries when, as long as nobody dies (R48)", () => {
    const step = fc.record({
      owner: fc.constantFrom("a", "b", "c"),
      seconds: fc.nat(leaseSeconds - 1),
      works: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let current = letter;
        let time = now.getTime();
        let deliveries = 0;
        for (const { owner, seconds, works } of steps) {
          time += seconds * 1000;
          const held = claimed(current, owner, new Date(time));
          if (!held) continue;
          if (works) deliveries++;
          current = works ? sent(held, new Date(time)) : postponed(held, "451", new Date(time));
        }
        expect(deliveries).toBeLessThanOrEqual(1);
        expect(current.state === "sent").toBe(deliveries === 1);
      }),
    );
  });
});
