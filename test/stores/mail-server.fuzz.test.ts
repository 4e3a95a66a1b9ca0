import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderMail } from "../../shared/domain/render-mail.ts";
import type { Message } from "../../shared/domain/send-mail.ts";
import { createMailServer } from "../../shared/stores/mail-server.ts";
import { hostileText } from "../fuzz/hostile.ts";

const received: { mail: ParsedMail; recipients: string[] }[] = [];
const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  // The client keeps its connections.
  closeTimeout: 100,
  onData(stream, session, done) {
    void simpleParser(stream).then((mail) => {
      received.push({ mail, recipients: session.envelope.rcptTo.map(({ address }) => address) });
      done();
    });
  },
});
let send: ReturnType<typeof createMailServer>;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  send = createMailServer({ smtpUrl: `smtp://127.0.0.1:${port}`, from: "控え Hikae <hikae@hikae.example>" });
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

/** Everything that a mail may have in its head, and nothing else. */
const allowed = [
  ...["from", "to", "subject", "message-id", "date", "mime-version", "content-type", "auto-submitted"],
  ...["content-language", "x-hikae-tenant", "x-hikae-template", "content-transfer-encoding"],
];

const awkward = fc.oneof(
  hostileText,
  fc.constantFrom(
    "件名\r\nBcc: evil@evil.example",
    "a\nb",
    "\r\n\r\n<p>body</p>",
    "=?utf-8?B?eA==?=",
    "髙﨑 花子".repeat(40),
  ),
);

/** The letter as the server got it. */
async function sent(more: Partial<Message>) {
  received.length = 0;
  const letter = {
    id: "letter-1",
    to: "admin@acme.example",
    language: "ja",
    tenant: "acme",
    template: "stopped",
  } as const;
  const delivery = await send({ ...letter, subject: "件名", text: "本文", html: "<p>本文</p>", ...more });
  expect(delivery).toStrictEqual({ outcome: "sent" });
  expect(received).toHaveLength(1);
  return received[0] as (typeof received)[number];
}

describe("createMailServer", () => {
  test("gains no header and no recipient by what a subject says, which arrives as it was rendered (R48)", async () => {
    const property = fc.asyncProperty(awkward, async (detail) => {
      const data = { reason: "operator", at: "2026-11-21T10:00:00Z", by: detail, detail };
      const addressee = { tenant: { id: "acme", name: detail }, operators: true };
      const { subject, text, html } = renderMail("syncStopped", data, "ja", addressee, "https://osaka.example");
      const { mail, recipients } = await sent({
        subject: `${subject} ${detail.replace(/[\p{Cc}\p{Cs}]/gu, " ")}`,
        text,
        html,
      });
      expect(recipients).toStrictEqual(["admin@acme.example"]);
      expect([...mail.headers.keys()].filter((name) => !allowed.includes(name))).toStrictEqual([]);
      expect(mail.subject).toContain(subject);
    });
    await fc.assert(property, { numRuns: 60, seed: 1 });
  });

  test("gains no header by any subject, tenant or template, were they to come unrendered (R48)", async () => {
    const property = fc.asyncProperty(awkward, awkward, awkward, async (subject, tenant, template) => {
      const { mail, recipients } = await sent({ subject, tenant, template });
      expect(recipients).toStrictEqual(["admin@acme.example"]);
      expect([...mail.headers.keys()].filter((name) => !allowed.includes(name))).toStrictEqual([]);
      expect(mail.text?.trim()).toBe("本文");
    });
    await fc.assert(property, { numRuns: 60, seed: 1 });
  });

  test.each(["admin@acme.example", "o'brien+dr@acme.example", "a.b@日本語.example"])(
    "writes to %s, and to nobody else (R48)",
    async (to) => {
      const { recipients } = await sent({ to });
      expect(recipients).toStrictEqual([to]);
    },
  );

  test.each(["a@acme.example, b@evil.example", "a@acme.example\r\nBcc: b@evil.example", "a <b@evil.example>"])(
    "does not take %j for more than one recipient (R48)",
    async (to) => {
      received.length = 0;
      await send({
        ...{
          id: "l",
          to,
          language: "en",
          tenant: "acme",
          template: "stopped",
          subject: "s",
          text: "t",
          html: "<p>t</p>",
        },
      });
      for (const { recipients, mail } of received) {
        expect(recipients).toHaveLength(1);
        expect([...mail.headers.keys()].filter((name) => !allowed.includes(name))).toStrictEqual([]);
      }
    },
  );
});
