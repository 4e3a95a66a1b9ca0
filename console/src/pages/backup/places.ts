import { $api } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";

/** Which part of a tenant's recordings; all without any. The API has the same names. */
export type Scope = { office?: string; callCenter?: string; coachingTeam?: string };
export const scopeTypes = ["office", "callCenter", "coachingTeam"] as const;
export type ScopeType = (typeof scopeTypes)[number];

export type Place = { type: ScopeType; id: string; name: string };

/**
 * Offices, contact centres and coaching teams of the tenant in view by name, for an office administrator those that are
 * theirs, and the buckets that settings name. Until they have come there are none, and ids stand for names.
 */
export function usePlaces() {
  const { id: tenant, offices: own } = useTenant();
  const settings = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/backup/settings",
    { params: { path: { tenant } } },
    { refetchInterval: false, staleTime: 60_000 },
  );
  const all = (settings.data?.levels.items ?? []).flatMap(({ level: { type, id, name, office } }) =>
    type === "company" || id === undefined
      ? []
      : [{ type, id, name: name ?? id, office: type === "office" ? id : office }],
  );
  const places = own ? all.filter(({ office }) => office !== undefined && own.includes(office)) : all;
  return {
    places: places as readonly Place[],
    buckets: settings.data?.buckets.map(({ name }) => name) ?? [],
    nameOf: (type: ScopeType, id: string) => all.find((place) => place.type === type && place.id === id)?.name ?? id,
  };
}

/** The one place that a scope names. */
export function placeIn(scope: Scope): { type: ScopeType; id: string } | undefined {
  for (const type of scopeTypes) {
    const id = scope[type];
    if (id !== undefined) return { type, id };
  }
  return undefined;
}
