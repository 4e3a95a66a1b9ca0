import { catalogue, type KindName } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { drawFrom } from "./draw.ts";
import { numberAt } from "./numbers.ts";
import { type Outline, remark } from "./outline.ts";
import { personName } from "./people.ts";
import type { DemoDocument } from "./values.ts";

/** What happened on the primary, a few entries of one history; the mirror must leave them where they are. */
export function* historyOf(outline: Outline, kind: KindName, count: number): Iterable<DemoDocument> {
  const draw = outline.draw(kind);
  for (let index = 0; index < count; index++) {
    const data = {
      callId: `call-${draw.digits(12)}`,
      account: outline.anyReference(draw, "accounts"),
      agentName: personName(draw).name,
      direction: draw.pick(["inbound", "outbound"]),
      from: numberAt(draw.integer(0, 9999)).number,
      to: numberAt(draw.integer(0, 9999)).number,
      at: draw.time(),
      seconds: draw.integer(1, 4000) / 8,
      summary: `${catalogue[kind].label.ja}：${remark(draw, 3)}`,
    };
    yield { path: `tenants/${outline.tenant}/${kind}/entry-${String(index + 1).padStart(6, "0")}`, data };
  }
}

/** The second factors enrolled on one site: secrets that never leave it, so each site has its own. */
export function* credentialsOf(outline: Outline, site: Site): Iterable<DemoDocument> {
  const draw = drawFrom(`${outline.tenant}/twoFactorCredentials/${site}`);
  const enrolled = Math.min(outline.count("accounts"), site === "primary" ? 12 : 4);
  for (let index = 0; index < enrolled; index++) {
    const account = outline.reference("accounts", index);
    const data = { account, method: "totp", secretCiphertext: draw.bytes(48), enrolledAt: draw.time() };
    yield { path: `tenants/${outline.tenant}/twoFactorCredentials/${account.path.split("/").at(-1)}`, data };
  }
}
