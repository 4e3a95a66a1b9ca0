import type { Firestore } from "@google-cloud/firestore";
import { type ChecklistItem, type Checklists, markItem } from "../domain/checklist.ts";
import { AppError } from "../domain/errors.ts";
import { addEntry, tenantLog } from "./audit-log.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

type Stored = ChecklistItem & { activation: string };

/** The checklists in the secondary's database, `standbys/{tenant}/checklist/{item}`. */
export function createChecklists(firestore: Firestore): Checklists {
  const checklistOf = (tenant: string) => firestore.collection(`standbys/${tenant}/checklist`);
  return {
    open: (tenant, activation, items) =>
      optimistically(firestore, async (attempt) => {
        const collection = checklistOf(tenant);
        const [standby, present] = await Promise.all([
          attempt.get(firestore.doc(`standbys/${tenant}`)),
          collection.get(),
        ]);
        if (standby.get("activation.operation") !== activation) return false;
        // An earlier activation that comes late must not take the place of a newer one's checklist.
        attempt.verify(standby);
        const wanted = new Map(items.map((item) => [item.id, item]));
        for (const document of present.docs) {
          if (document.get("activation") === activation) wanted.delete(document.id);
          else if (!wanted.has(document.id)) attempt.delete(document);
        }
        const read = await attempt.getAll([...wanted.keys()].map((id) => collection.doc(id)));
        for (const document of read) attempt.write(document, { ...wanted.get(document.id), activation });
        return true;
      }),
    read: (tenant, activation) =>
      answered(async () => {
        const found = await checklistOf(tenant).where("activation", "==", activation).get();
        return found.docs.map((document) => itemOf(document.data()));
      }),
    mark: (tenant, activation, id, mark, audit) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(checklistOf(tenant).doc(id));
        if (!found.exists || found.get("activation") !== activation) {
          throw new AppError("not-found", "the checklist has no such item");
        }
        const current = itemOf(found.data());
        const item = markItem(current, mark);
        if (item === current) return item;
        attempt.write(found, { ...item, activation });
        if (audit) await addEntry(attempt, tenantLog(firestore, tenant), audit(item));
        return item;
      }),
  };
}

function itemOf(data: unknown): ChecklistItem {
  const { activation: _activation, ...item } = fromStore<Stored>(data);
  return item;
}
