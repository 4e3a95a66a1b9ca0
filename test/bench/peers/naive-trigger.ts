import { type CloudEvent, cloudEvent } from "@google-cloud/functions-framework";
import { openSecondary, type TriggerDocument } from "./secondary.ts";

const { firestore, decode } = openSecondary();

/** What everybody writes first: the document's last known state is set on the secondary, whatever is there. */
cloudEvent("naive-trigger", async (event: CloudEvent<unknown>) => {
  const { path, after }: TriggerDocument = decode(event.data as Uint8Array);
  if (after) await firestore.doc(path).set(after);
  else await firestore.doc(path).delete();
});
