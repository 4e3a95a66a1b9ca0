import type { DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import { type BackupEntry, toldOf } from "../domain/backup/entry.ts";
import { type BackupNotice, noticeId } from "../domain/backup/notice.ts";
import type { BackupNotices } from "../domain/backup/notices.ts";
import { documentId } from "../domain/events.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";
import { askForMails } from "./outbox.ts";

/** The notices about failed backups in one site's database, beside the ledger and the outbox that they go between. */
export function createBackupNotices(firestore: Firestore, now: () => Date): BackupNotices {
  const notices = firestore.collection("backupNotices");
  const entriesOf = (tenant: string) => firestore.collection(`tenants/${tenant}/recordingBackups`);
  return {
    untold: (until, most) =>
      answered(async () => {
        const untold = firestore.collectionGroup("recordingBackups").where("noticeAt", "<=", until);
        const { docs } = await untold.orderBy("noticeAt").limit(most).select("office", "notice").get();
        return docs.map((each) => {
          const tenant = each.ref.path.split("/")[1] ?? "";
          return { tenant, recordingId: each.id, office: each.get("office"), cause: each.get("notice") };
        });
      }),
    collect: (group, fold) =>
      optimistically(firestore, async (attempt) => {
        const { tenant, office, cause, recordingIds } = group;
        const record = notices.doc(noticeId({ tenant, office, cause }));
        const entries = recordingIds.map((id) => entriesOf(tenant).doc(id));
        const [found, ...read] = await attempt.getAll([record, ...entries]);
        // What was stored meanwhile, or collected by somebody else, is not to be told of.
        const untold = read.filter((each) => each.exists && each.get("notice") === cause);
        if (!found || untold.length === 0) return;
        const failures = untold.map((each) => fromStore<BackupEntry>(each.data()));
        attempt.write(found, fold(noticeOf(found), failures));
        for (const [index, entry] of failures.entries())
          attempt.write(untold[index] as DocumentSnapshot, toldOf(entry));
      }),
    due: (until, most) =>
      answered(async () => {
        const { docs } = await notices.where("dueAt", "<=", until).orderBy("dueAt").limit(most).get();
        return docs.map((each) => fromStore<BackupNotice>(each.data()));
      }),
    change: (id, decide) =>
      optimistically(firestore, async (attempt) => {
        const found = await attempt.get(notices.doc(id));
        const { next, mails = [] } = decide(noticeOf(found));
        if (next) attempt.write(found, next);
        if (mails.length > 0) await askForMails(firestore, attempt, mails, now());
        return mails.length;
      }),
    officeName: (tenant, office) =>
      answered(async () => {
        // What an event that is not right calls an office may lead elsewhere.
        if (!documentId.safeParse(office).success) return office;
        const name: unknown = (await firestore.doc(`tenants/${tenant}/offices/${office}`).get()).get("name");
        return typeof name === "string" && name !== "" ? name : office;
      }),
    hasStored: (tenant, office, after) =>
      answered(async () => {
        const stored = entriesOf(tenant).where("office", "==", office).where("receipt.storedAt", ">", after);
        return !(await stored.limit(1).select().get()).empty;
      }),
    waitsFor: (tenant, office, cause) =>
      answered(async () => {
        const waiting = entriesOf(tenant).where("office", "==", office).where("state", "==", "waiting");
        return !(await waiting.where("error.class", "==", cause).limit(1).select().get()).empty;
      }),
  };
}

function noticeOf(found: DocumentSnapshot): BackupNotice | undefined {
  return found.exists ? fromStore<BackupNotice>(found.data()) : undefined;
}
