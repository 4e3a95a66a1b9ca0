import { Timestamp } from "@google-cloud/firestore";
import { catalogue, type KindName } from "../../shared/catalogue.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { platformBuckets } from "../plan.ts";
import { bytesOf } from "../telephony/audio.ts";
import { drawFrom } from "./draw.ts";
import { numberAt } from "./numbers.ts";
import { callCenters } from "./organisation.ts";
import { type Outline, remark } from "./outline.ts";
import { personName } from "./people.ts";
import type { DemoDocument, DocumentPath } from "./values.ts";

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

/** Recordings of calls of the past on the primary, one of each length; `bytes` is what the object has. */
export function* pastRecordings(outline: Outline, count: number): Iterable<DemoDocument> {
  const draw = outline.draw("recordings");
  const { recordings: bucket } = platformBuckets("primary");
  const centres = organisationOf(outline);
  for (let index = 0; index < count; index++) {
    const recordingId = `rec-${outline.tenant}-${String(index + 1).padStart(6, "0")}`;
    const at = draw.time();
    const seconds = 2 + index;
    const data = {
      ...{ recordingId, callId: `call-${draw.digits(12)}`, ...draw.pick(centres) },
      ...{ agentName: personName(draw).name, direction: draw.pick(["inbound", "outbound"]) },
      ...{ from: numberAt(draw.integer(0, 9999)).number, to: numberAt(draw.integer(0, 9999)).number },
      ...{ at, endedAt: new Timestamp(at.seconds + seconds, at.nanoseconds), seconds },
      ...{ contentType: "audio/mpeg", bytes: bytesOf(seconds, "mp3") },
      ...{ bucket, object: `${outline.tenant}/${recordingId}.mp3` },
    };
    yield { path: `tenants/${outline.tenant}/recordings/${recordingId}`, data };
  }
}

/** The contact centres as a recording names them. */
function organisationOf(outline: Outline): { office: string; callCenter: string }[] {
  return [...callCenters(outline, "callCenters")].map(({ path, data }) => ({
    office: lastOf((data.office as DocumentPath).path),
    callCenter: lastOf(path),
  }));
}

const lastOf = (path: string) => path.split("/").at(-1) ?? "";

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
