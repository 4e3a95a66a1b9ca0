import { useMutation } from "@tanstack/react-query";
import { $api, api, every, isProblem, type Schema } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { levelNames } from "../level-names.ts";

export type Settings = NonNullable<ReturnType<typeof useSettings>["data"]>;
/** The company's settings, or those of one office, contact centre or coaching team. */
export type Level = Settings["levels"]["items"][number];
export type Bucket = Schema<"BackupBucket">;
export type Wanted = { enabled: boolean; bucket: string | null; restrict: boolean; sidecar: boolean };

const texts = defineTexts("backupLevels", {
  ja: {
    company: "会社",
    named: "{{type}}「{{name}}」",
  },
  en: {
    company: "the company",
    named: "{{type}} “{{name}}”",
  },
});

/** Gives what a level is called, such as its type and name. */
export function useLevelName(): (level: Level["level"]) => string {
  const t = useTexts(texts);
  const typeName = useTexts(levelNames);
  return ({ type, id = "", name = id }) =>
    type === "company" ? t("company") : t("named", { type: typeName(type), name });
}

/** A level's id within its tenant. */
export function keyOf({ level: { type, id = "" } }: Pick<Level, "level">): string {
  return `${type}.${id}`;
}

/** What is saved for the level, to be saved again with changes. */
export function wantedOf({ saved }: Level): Wanted {
  const { enabled = false, bucket = null, restrict = false, sidecar = false } = saved ?? {};
  return { enabled, bucket, restrict, sidecar };
}

/** Whether something is still to be done before recordings may go to the bucket. */
export function isUnsettled({ state }: Bucket): boolean {
  return state !== "proved";
}

/** All settings of the tenant in view; live while a bucket is to be settled. */
export function useSettings() {
  const { id: tenant } = useTenant();
  return $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/backup/settings",
    { params: { path: { tenant } } },
    {
      refetchInterval: ({ state }) => (state.data?.buckets.some(isUnsettled) ? every.fewSeconds : every.slowly),
    },
  );
}

/** Saves one level's settings, unless they were changed since they were read; the bucket is looked at at once. */
export function useSaveLevel(onSaved: () => void = () => undefined) {
  const { id: tenant } = useTenant();
  return useMutation({
    mutationFn: async ({ level, wanted }: { level: Level; wanted: Wanted }) => {
      const { error } = await put(tenant, level, wanted);
      if (error) throw error;
    },
    onSuccess: onSaved,
  });
}

function put(tenant: string, { level, version }: Level, wanted: Wanted): Promise<{ error?: unknown }> {
  const { type, id = "" } = level;
  const { enabled, bucket } = wanted;
  switch (type) {
    case "company":
      return api.PUT("/v1/tenants/{tenant}/backup/settings", {
        params: { path: { tenant } },
        body: { ...wanted, version },
      });
    case "office":
      return api.PUT("/v1/tenants/{tenant}/backup/settings/offices/{office}", {
        params: { path: { tenant, office: id } },
        body: { bucket, enabled: true, version },
      });
    case "callCenter":
      return api.PUT("/v1/tenants/{tenant}/backup/settings/call-centers/{callCenter}", {
        params: { path: { tenant, callCenter: id } },
        body: { enabled, bucket, version },
      });
    case "coachingTeam":
      return api.PUT("/v1/tenants/{tenant}/backup/settings/coaching-teams/{coachingTeam}", {
        params: { path: { tenant, coachingTeam: id } },
        body: { enabled, bucket, version },
      });
  }
}

/** Gives what the API says is wrong with a field, undefined if nothing is. */
export function useFieldFault(error: unknown): (field: string) => string | undefined {
  const text = useLabel();
  return (field) => {
    const fault = isProblem(error) ? error.fields?.find((each) => each.field === field) : undefined;
    return fault && (fault.label ? text(fault.label) : fault.problem);
  };
}
