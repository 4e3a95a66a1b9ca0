import { AppError } from "../errors.ts";
import { editingSite, whileInCharge } from "../in-charge.ts";
import { peerOf, type Site } from "../sites.ts";
import type { Organisation, Place } from "./buckets.ts";
import { type BackupSettingsApp, theSettings } from "./look-at-bucket.ts";
import { bucketView, type Effective, effectiveFor, type Level, levelId } from "./setting-views.ts";
import { type BackupLevels, type BackupSetting, versionOf } from "./settings.ts";

type ReadApp = Pick<BackupSettingsApp, "standbys" | "backups">;

/** A level as it stands, with all that bears on it. */
export type FoundLevel = {
  level: Level;
  place?: Place;
  /** The office it belongs to, or is. */
  office?: string;
  levels: BackupLevels;
  saved?: BackupSetting;
};

/**
 * Reads where the tenant is in charge; where that site does not answer, or the tenant changes hands, what the other has of
 * it is shown. @throws AppError `unavailable` when neither answers.
 */
export async function whereReadable<T>(
  app: ReadApp,
  tenant: string,
  own: Site,
  read: (site: Site) => Promise<T>,
): Promise<T> {
  let first: Site;
  try {
    first = readingSite(await app.standbys.read(tenant)) ?? own;
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    // Only the primary can be asked without the secondary, where stand-bys live.
    return read("primary");
  }
  try {
    return await read(first);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return read(peerOf[first]);
  }
}

function readingSite(standby: Parameters<typeof editingSite>[0]): Site | undefined {
  if (standby?.state === "activating") return "secondary";
  return standby?.state === "resyncing" ? "primary" : editingSite(standby);
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === "unavailable";
}

const unknownText = {
  office: "there is no office",
  callCenter: "there is no contact centre",
  coachingTeam: "there is no coaching team",
} as const;

/** The level with all that bears on it. @throws AppError `not-found` for an unknown office, centre or team; `unavailable`. */
export async function findLevel(app: ReadApp, site: Site, tenant: string, level: Level): Promise<FoundLevel> {
  const { settings } = app.backups[site];
  return whileInCharge(site, theSettings, async () => {
    const place = await placeOf(app, site, tenant, level);
    if (level.type !== "company" && !place) throw new AppError("not-found", `${unknownText[level.type]} ${level.id}`);
    const office = level.type === "office" ? level.id : place?.office;
    const unit = level.type === "callCenter" || level.type === "coachingTeam" ? level : undefined;
    const levels = await settings.levels(tenant, office, unit);
    const saved = unit ? levels.unit : level.type === "office" ? levels.office : levels.company;
    return {
      level,
      levels,
      ...(place ? { place } : {}),
      ...(office === undefined ? {} : { office }),
      ...(saved ? { saved } : {}),
    };
  });
}

function placeOf(app: ReadApp, site: Site, tenant: string, level: Level): Promise<Place | undefined> {
  const { settings } = app.backups[site];
  if (level.type === "company") return Promise.resolve(undefined);
  return level.type === "office" ? settings.office(tenant, level.id) : settings.unit(tenant, level);
}

/** What is saved for a level and what is in force for it. */
export function levelView({ level, place, office, levels, saved }: FoundLevel) {
  const effective: Effective = effectiveFor(level, levels, office);
  return {
    level: { ...level, ...(place ? { name: place.name } : {}), ...(office === undefined ? {} : { office }) },
    saved: saved
      ? {
          enabled: saved.enabled,
          bucket: saved.wanted ?? saved.bucket ?? null,
          ...(level.type === "company" ? { restrict: saved.restrict ?? false, sidecar: saved.sidecar ?? false } : {}),
          ...(saved.updatedAt ? { updatedAt: saved.updatedAt } : {}),
          ...(saved.updatedBy ? { updatedBy: saved.updatedBy } : {}),
        }
      : null,
    version: versionOf(saved),
    inForce: { enabled: saved?.enabled ?? false, bucket: saved?.bucket ?? null },
    effective,
    restricted: levels.company?.restrict ?? false,
  };
}

/** The buckets that these views name, each once. */
export async function bucketsNamed(app: ReadApp, site: Site, tenant: string, views: readonly LevelView[]) {
  const names = new Set(
    views.flatMap(({ saved, inForce, effective }) =>
      [saved?.bucket ?? [], inForce.bucket ?? [], effective.bucket ?? []].flat(),
    ),
  );
  const { settings, destinations } = app.backups[site];
  const asked = [...names];
  const [buckets, records] = await Promise.all([
    settings.readBuckets(tenant, asked),
    asked.length === 0 ? [] : destinations.ofTenant(tenant),
  ]);
  const found = new Map(records.map((record) => [record.bucket, record]));
  return asked.map((name) => bucketView(name, buckets.get(name), found.get(name)));
}

export type LevelView = ReturnType<typeof levelView>;

/** Every office, centre and team of the tenant as it stands; `truncated` where there are more than are listed. */
export async function listLevels(app: ReadApp, site: Site, tenant: string) {
  const { settings } = app.backups[site];
  const [organisation, saved] = await Promise.all([settings.organisation(tenant), settings.all(tenant)]);
  const company = saved.get("company");
  const found = membersOf(organisation).map(({ level, place, office }): FoundLevel => {
    const own = saved.get(levelId(level));
    const ofOffice = office === undefined ? undefined : saved.get(levelId({ type: "office", id: office }));
    const levels = {
      ...(company ? { company } : {}),
      ...(ofOffice ? { office: ofOffice } : {}),
      ...(own && level.type !== "office" ? { unit: own } : {}),
    };
    return { level, place, ...(office === undefined ? {} : { office }), levels, ...(own ? { saved: own } : {}) };
  });
  return { items: found.map(levelView), truncated: organisation.truncated };
}

function membersOf({ offices, units }: Organisation): { level: Level; place: Place; office?: string }[] {
  return [
    ...offices.map(({ id, name }) => ({ level: { type: "office", id } as const, place: { name }, office: id })),
    ...units.map(({ unit, name, office }) => ({
      level: unit,
      place: { name, ...(office === undefined ? {} : { office }) },
      ...(office === undefined ? {} : { office }),
    })),
  ];
}
