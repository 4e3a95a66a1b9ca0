import type { DocumentSnapshot, Firestore } from "@google-cloud/firestore";
import { z } from "zod";
import type { Unit } from "../domain/backup/entry.ts";
import type { UnitFacts } from "../domain/backup/ports.ts";
import { type BackupSetting, companyLevel, officeLevel, unitLevel } from "../domain/backup/settings.ts";
import { documentId } from "../domain/events.ts";
import { answered, fromStore } from "./firestore-client.ts";

/** The kind of document that each type of unit is. */
export const unitKinds = { callCenter: "callCenters", coachingTeam: "coachingTeams" } as const satisfies Record<
  Unit["type"],
  string
>;
const named = z.object({ name: z.string() });
const zoned = z.object({ timeZone: z.string().catch("Asia/Tokyo").default("Asia/Tokyo") });

/**
 * What a claim needs of the tenant, read in one round trip; an id that could be no document's finds nothing.
 * @throws AppError `unavailable`.
 */
export function readUnitFacts(
  firestore: Firestore,
  tenant: string,
  office: string,
  unit: Unit | undefined,
): Promise<UnitFacts> {
  const root = `tenants/${tenant}`;
  const settings = `${root}/backupSettings`;
  const ofOffice = isDocumentId(office) && [`${settings}/${officeLevel(office)}`, `${root}/offices/${office}`];
  const ofUnit = unit &&
    isDocumentId(unit.id) && [`${settings}/${unitLevel(unit)}`, `${root}/${unitKinds[unit.type]}/${unit.id}`];
  const paths = [root, `${settings}/${companyLevel}`, ...(ofOffice || []), ...(ofUnit || [])];
  return answered(async () => {
    const documents = await firestore.getAll(...paths.map((path) => firestore.doc(path)));
    const found = new Map(paths.map((path, index) => [path, documents[index]]));
    const [tenantFound, company] = documents;
    const [officeSetting, officeFound] = (ofOffice || []).map((path) => found.get(path));
    const [unitSetting, unitFound] = (ofUnit || []).map((path) => found.get(path));
    const levels = {
      company: settingOf(company),
      office: settingOf(officeSetting),
      unit: settingOf(unitSetting),
    };
    const unitName = unitFound?.exists ? (named.safeParse(unitFound.data()).data?.name ?? "") : undefined;
    const zone = officeFound?.exists ? zoned.parse(officeFound.data()) : undefined;
    return {
      exists: tenantFound?.exists ?? false,
      levels: Object.fromEntries(Object.entries(levels).filter(([, level]) => level !== undefined)),
      ...(unitName === undefined ? {} : { unitName }),
      ...(zone ? { office: zone } : {}),
    };
  });
}

function isDocumentId(id: string): boolean {
  return documentId.safeParse(id).success;
}

function settingOf(found: DocumentSnapshot | undefined): BackupSetting | undefined {
  return found?.exists ? fromStore<BackupSetting>(found.data()) : undefined;
}
