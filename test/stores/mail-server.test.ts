import { expect, test } from "vitest";
import { createMailServer } from "../../shared/stores/mail-server.ts";

test("a letter waits where no mail server is set, and says why (R48)", async () => {
  const send = createMailServer({ from: "Hikae <hikae@hikae.example>" });
  const letter = { id: "letter-1", to: "admin@acme.example", language: "ja", tenant: "acme" } as const;
  const delivery = await send({ ...letter, template: "stopped", subject: "件名", text: "本文", html: "<p>本文</p>" });
  expect(delivery).toStrictEqual({ outcome: "unreachable", problem: "this function has no SMTP_URL" });
});
