import { randomInt, randomUUID } from "node:crypto";
import type { Site } from "../../shared/domain/sites.ts";
import type { Plan } from "../plan.ts";
import { type Audio, wholeOf } from "./audio.ts";

/** A value of a document that the platform writes. */
export type Plain = string | number | Date;
export type PlainFields = Record<string, Plain | undefined>;

/** Where a call belongs: an office, and its contact centre or coaching team. */
export type Place = { [Level in "office" | "callCenter" | "coachingTeam"]?: string | undefined };

const unitsKnown = 100;
/** What the precondition that it must not be there is answered with. */
const alreadyThere = 412;

/** Stores a recording in one of the platform's buckets, unless it is there. @throws when Cloud Storage does not take it. */
export async function upload(
  { storage }: Pick<Plan, "storage">,
  bucket: string,
  name: string,
  audio: Audio,
): Promise<void> {
  const query = new URLSearchParams({ uploadType: "multipart", name, ifGenerationMatch: "0" });
  const boundary = randomUUID();
  const part = (contentType: string) => `--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`;
  const metadata = JSON.stringify({ name, contentType: audio.contentType });
  const body = Buffer.concat([
    Buffer.from(`${part("application/json")}${metadata}\r\n${part(audio.contentType)}`),
    wholeOf(audio),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const headers = { "content-type": `multipart/related; boundary=${boundary}` };
  const url = `${storage}/upload/storage/v1/b/${bucket}/o?${query}`;
  const answer = await fetch(url, { method: "POST", headers, body });
  if (!answer.ok && answer.status !== alreadyThere)
    throw new Error(`the upload was answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** Writes documents of a tenant straight into a site's database, all or none, as the platform does. */
export async function write(
  plan: Plan,
  site: Site,
  tenant: string,
  documents: Record<string, PlainFields>,
): Promise<void> {
  const root = rootOf(plan, site);
  const writes = Object.entries(documents).map(([path, fields]) => ({
    update: { name: `${root}/tenants/${tenant}/${path}`, fields: encodedFields(fields) },
  }));
  await askDatabase(plan, site, `${root}:commit`, { writes });
}

/**
 * Finds a tenant's places as a site's database has them: what is asked for, else one of its centres and teams by chance;
 * an empty place where it has none. @throws when the database does not answer, or the office is not to be found.
 */
export function placesOf(plan: Plan, site: Site, tenant: string, asked: Place): () => Promise<Place> {
  const { office, callCenter, coachingTeam } = asked;
  const list = async () => {
    const kinds = ["callCenters", "coachingTeams"] as const;
    const found = await Promise.all(kinds.map((kind) => unitsOf(plan, site, tenant, kind)));
    return found.flat();
  };
  let known: Promise<Place[]> | undefined;
  return async () => {
    if (office !== undefined) return { office, callCenter, coachingTeam };
    known ??= list();
    const units = await known;
    if (callCenter === undefined && coachingTeam === undefined)
      return units[randomInt(Math.max(1, units.length))] ?? {};
    const place = units.find((unit) => unit.callCenter === callCenter && unit.coachingTeam === coachingTeam);
    if (!place) throw new Error(`${callCenter ?? coachingTeam} is not there: say of which office it is`);
    return place;
  };
}

async function unitsOf(
  plan: Plan,
  site: Site,
  tenant: string,
  kind: "callCenters" | "coachingTeams",
): Promise<Place[]> {
  const query = {
    structuredQuery: {
      from: [{ collectionId: kind }],
      limit: unitsKnown,
      select: { fields: [{ fieldPath: "office" }] },
    },
  };
  const parent = `${rootOf(plan, site)}/tenants/${tenant}`;
  const rows = (await askDatabase(plan, site, `${parent}:runQuery`, query)) as {
    document?: { name: string; fields?: { office?: { referenceValue?: string } } };
  }[];
  return rows.flatMap(({ document }) => {
    const office = lastOf(document?.fields?.office?.referenceValue);
    const id = lastOf(document?.name);
    if (!office || !id) return [];
    return kind === "callCenters" ? { office, callCenter: id } : { office, coachingTeam: id };
  });
}

function lastOf(name: string | undefined): string | undefined {
  return name?.split("/").at(-1);
}

function rootOf({ project, sites }: Plan, site: Site): string {
  return `projects/${project}/databases/${sites[site].database}/documents`;
}

async function askDatabase(plan: Plan, site: Site, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`http://${plan.sites[site].firestore}/v1/${path}`, {
    method: "POST",
    headers: { authorization: "Bearer owner", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  return answer.json();
}

function encodedFields(fields: PlainFields) {
  const given = Object.entries(fields).filter((entry): entry is [string, Plain] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, encoded(value)]));
}

function encoded(value: Plain) {
  if (value instanceof Date) return { timestampValue: value.toISOString() };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { integerValue: String(value) } : { doubleValue: value };
}
