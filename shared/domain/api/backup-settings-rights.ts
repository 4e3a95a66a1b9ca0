import { theSettings } from "../backup/look-at-bucket.ts";
import type { LevelView } from "../backup/read-settings.ts";
import type { bucketView } from "../backup/setting-views.ts";
import { levelOf } from "../backup/setting-views.ts";
import { AppError } from "../errors.ts";
import { requireEditingSite } from "../in-charge.ts";
import type { Context } from "./route.ts";

type Reader = Pick<Context, "app" | "roles" | "caller">;

/** Whose backup settings a person may change (R47): everybody's, or those of these offices. */
type Reach = "all" | readonly string[];

async function reachOf({ app, roles, caller }: Reader, tenant: string): Promise<Reach> {
  if (roles.includes("companyAdmin")) return "all";
  if (!roles.includes("officeAdmin")) return [];
  return (await app.directory.member(tenant, caller.email))?.offices ?? [];
}

function reaches(reach: Reach, office: string | undefined): boolean {
  return reach === "all" || (office !== undefined && reach.includes(office));
}

/** The views and their buckets, each with whether this person may change or prove it; acts are checked all the same. */
export async function withRights<V extends LevelView, B extends ReturnType<typeof bucketView>>(
  reader: Reader,
  tenant: string,
  views: readonly V[],
  buckets: readonly B[],
) {
  const reach = await reachOf(reader, tenant);
  const editable = views.filter(({ level }) => reaches(reach, level.office));
  const provable = new Set(editable.flatMap(namedWithin));
  return {
    views: views.map((view) => ({ ...view, editable: editable.includes(view) })),
    buckets: buckets.map((bucket) => ({ ...bucket, provable: provable.has(bucket.name) })),
  };
}

/** The buckets that the level or its office names; the company's own are the company's alone to prove. */
function namedWithin({ level, saved, inForce, effective }: LevelView): string[] {
  const isOwn = level.type === "company" || (effective.bucket !== null && effective.from.type !== "company");
  return [saved?.bucket, inForce.bucket, isOwn ? effective.bucket : null].flatMap((name) => name ?? []);
}

/** Office administrators act for their own offices only (R47). @throws AppError `forbidden`. */
export async function requireOwnOffice(
  reader: Reader,
  tenant: string,
  offices: readonly (string | undefined)[],
): Promise<void> {
  const reach = await reachOf(reader, tenant);
  if (reach === "all" || offices.some((office) => reaches(reach, office))) return;
  throw new AppError("forbidden", "this is not of an office that you administer; a company administrator may do it");
}

/** Who administers a level that names the bucket may prove it. @throws AppError `forbidden`; `conflict`; `unavailable`. */
export async function requireOwnBucket(reader: Reader, tenant: string, name: string): Promise<void> {
  const { app, roles } = reader;
  if (roles.includes("companyAdmin")) return;
  const { settings } = app.backups[requireEditingSite(await app.standbys.read(tenant), theSettings)];
  const levels = (await settings.naming(tenant, name)).flatMap((id) => levelOf(id) ?? []);
  const offices = await Promise.all(
    levels.map(async (level) => {
      if (level.type === "company") return undefined;
      return level.type === "office" ? level.id : (await settings.unit(tenant, level))?.office;
    }),
  );
  await requireOwnOffice(reader, tenant, offices);
}
