import type { Firestore } from "@google-cloud/firestore";
import { type AnnouncedStandby, type Endpoint, type Endpoints, mayReplace } from "../domain/announce-state.ts";
import type { ActivationMode, StandbyState, StopReason } from "../domain/standby.ts";
import { type Fields, microseconds, type Value } from "../domain/value.ts";
import { fromStore, optimistically } from "./firestore-client.ts";
import type { WireDocument } from "./wire.ts";

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
