import type { Firestore, QueryDocumentSnapshot } from "@google-cloud/firestore";
import { type AnnouncedStandby, type Endpoint, type Endpoints, mayReplace } from "../domain/announce-state.ts";
import type { ActivationMode, StandbyState, StopReason } from "../domain/standby.ts";
import { type Fields, microseconds, type Value } from "../domain/value.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";
import type { WireDocument } from "./wire.ts";

/** More stand-bys than these come to another state within minutes only in a bulk activation, whose events come as ever. */
const mostBehind = 2000;

/** The sites in charge, `endpoints/{tenant}` of the secondary. */
export function createEndpoints(firestore: Firestore): Endpoints {
  return {
    write: (endpoint) =>
      optimistically(firestore, async (attempt) => {
        const read = await attempt.get(firestore.doc(`endpoints/${endpoint.tenant}`));
        const current = read.exists ? fromStore<Endpoint>(read.data()) : undefined;
        if (!mayReplace(current, endpoint)) return "stale";
        attempt.write(read, endpoint);
        return "written";
      }),
    behind: (from, until) =>
      answered(async () => {
        const recent = firestore.collection("standbys").where("since", ">=", from).where("since", "<=", until);
        const { docs } = await recent.orderBy("since").limit(mostBehind).get();
        if (docs.length === 0) return [];
        const known = await firestore.getAll(...docs.map(({ id }) => firestore.doc(`endpoints/${id}`)));
        const isBehind = ({ fence }: AnnouncedStandby, index: number) => !(known[index]?.get("fence") >= fence);
        return docs.map(announcedOf).filter(isBehind);
      }),
  };
}

/** As `decodeStandby`, of a document that was read. */
function announcedOf(document: QueryDocumentSnapshot): AnnouncedStandby {
  const { seconds, nanoseconds } = document.updateTime;
  const mode: ActivationMode | undefined = document.get("activation.mode");
  const stop: StopReason | undefined = document.get("stop.reason");
  return {
    tenant: document.id,
    state: document.get("state"),
    since: fromStore<Date>(document.get("since")),
    fence: document.get("fence.number") ?? 0,
    host: document.get("profile.host") ?? "",
    version: seconds * 1_000_000 + Math.floor(nanoseconds / 1000),
    ...(mode ? { mode } : {}),
    ...(stop ? { stop } : {}),
  };
}

/** What an event's state of a document `standbys/{tenant}` says of the stand-by. */
export function decodeStandby(document: WireDocument): AnnouncedStandby {
  const fields = document.fields as Fields;
  const mapOf = (value: Value | undefined): Fields => value?.mapValue?.fields ?? {};
  const mode = mapOf(fields.activation).mode?.stringValue as ActivationMode | undefined;
  const stop = mapOf(fields.stop).reason?.stringValue as StopReason | undefined;
  return {
    tenant: (document.name ?? "").split("/").at(-1) ?? "",
    state: (fields.state?.stringValue ?? "stopped") as StandbyState,
    since: new Date(microseconds(fields.since?.timestampValue ?? {}) / 1000),
    fence: Number(mapOf(fields.fence).number?.integerValue ?? 0),
    host: mapOf(fields.profile).host?.stringValue ?? "",
    version: microseconds(document.updateTime ?? {}),
    ...(mode ? { mode } : {}),
    ...(stop ? { stop } : {}),
  };
}
