import { FieldPath, type Firestore } from "@google-cloud/firestore";
import type { SoftphoneReport } from "../domain/events.ts";
import type { Softphones } from "../domain/softphones.ts";
import { answered, fromStore, optimistically } from "./firestore-client.ts";

/** The reports of softphones in the secondary's database. */
export function createSoftphones(firestore: Firestore): Softphones {
  const standbys = firestore.collection("standbys");
  const softphones = (tenant: string) => standbys.doc(tenant).collection("softphones");

  /** A softphone is a device of that type of an account, in the secondary's own copy of the tenant. */
  const configured = (tenant: string) =>
    firestore
      .collectionGroup("devices")
      .where("type", "==", "softphone")
      .where(FieldPath.documentId(), ">", firestore.doc(`tenants/${tenant}/accounts/\0`))
      .where(FieldPath.documentId(), "<", firestore.doc(`tenants/${tenant}/accounts\0/\0`));

  return {
    record: (tenant, reports, decide) =>
      optimistically(firestore, async (attempt) => {
        const ids = [...new Set(reports.map(({ softphoneId }) => softphoneId))];
        const references = ids.map((id) => softphones(tenant).doc(id));
        const [standby, ...read] = await attempt.getAll([standbys.doc(tenant), ...references]);
        if (!standby?.exists) return { outcome: "unknownTenant", recorded: 0, stale: reports.length };
        const known = read.filter(({ exists }) => exists);
        const kept = decide(new Map(known.map((found) => [found.id, fromStore<SoftphoneReport>(found.data())])));
        for (const report of kept) {
          const document = read[ids.indexOf(report.softphoneId)];
          if (document) attempt.write(document, report);
        }
        return { outcome: "recorded", recorded: kept.length, stale: reports.length - kept.length };
      }),
    count: (tenant, since) =>
      answered(async () => {
        const heard = since ? softphones(tenant).where("at", ">=", since) : softphones(tenant);
        const [devices, primary, secondary] = await Promise.all(
          [configured(tenant), heard.where("site", "==", "primary"), heard.where("site", "==", "secondary")].map(
            async (query) => (await query.count().get()).data().count,
          ),
        );
        return { configured: devices ?? 0, primary: primary ?? 0, secondary: secondary ?? 0 };
      }),
  };
}
