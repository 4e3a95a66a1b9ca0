import { type MirrorApp, mirrorChange } from "../shared/domain/mirror-change.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import { decodeDocumentEvent } from "../shared/stores/document-event.ts";

/** Copies one change of the primary to the secondary; safe to repeat and to reorder. */
export const mirrorConfig: Handler<MirrorApp> = {
  type: "document",
  run: (app, event) => mirrorChange(app, decodeDocumentEvent(event.body)),
};
