import { z } from "zod";
import { activateRoutes } from "./activate.ts";
import { auditRoutes } from "./audit.ts";
import { backupRecordingRoutes } from "./backup-recordings.ts";
import { backupRunRoutes } from "./backup-runs.ts";
import { backupSettingsRoutes } from "./backup-settings.ts";
import { backupVerificationRoutes } from "./backup-verifications.ts";
import { checklistRoutes } from "./checklist.ts";
import { consoleRoutes } from "./console.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { drRoutes } from "./dr.ts";
import { drillRoutes } from "./drills.ts";
import { endpointRoutes } from "./endpoint.ts";
import { failbackRoutes, returnRoutes } from "./failback.ts";
import { featureRoutes } from "./features.ts";
import { healthRoutes } from "./health.ts";
import { numberRoutes } from "./numbers.ts";
import { describeRoutes } from "./openapi.ts";
import { operationRoutes } from "./operations.ts";
import { phoneRoutes } from "./phones.ts";
import { planRoutes } from "./plan.ts";
import { purgeRoutes } from "./purge.ts";
import { readinessRoutes } from "./readiness.ts";
import { type Route, route } from "./route.ts";
import { scheduleRoutes } from "./schedules.ts";
import { nothing } from "./schemas.ts";
import { telephonyRoutes } from "./telephony.ts";
import { tenantRoutes } from "./tenants.ts";

let description: Record<string, unknown> | undefined;

/** The routes of the API by the function that serves them. */
export const routesOf: Record<"admin" | "activate" | "failback" | "purge", readonly Route[]> = {
  activate: activateRoutes,
  failback: failbackRoutes,
  purge: purgeRoutes,
  admin: [
    ...tenantRoutes,
    ...drRoutes,
    ...returnRoutes,
    ...drillRoutes,
    ...planRoutes,
    ...numberRoutes,
    ...phoneRoutes,
    ...featureRoutes,
    ...checklistRoutes,
    ...backupSettingsRoutes,
    ...readinessRoutes,
    ...operationRoutes,
    ...auditRoutes,
    ...scheduleRoutes,
    ...endpointRoutes,
    ...telephonyRoutes,
    ...backupRecordingRoutes,
    ...backupRunRoutes,
    ...backupVerificationRoutes,
    ...deadLetterRoutes,
    ...healthRoutes,
    ...consoleRoutes,
    route({
      operationId: "getDescription",
      method: "GET",
      path: "/v1/openapi.json",
      summary: { ja: "このAPIの説明(OpenAPI)", en: "The description of this API" },
      access: "public",
      params: nothing,
      query: nothing,
      body: nothing,
      response: z.record(z.string(), z.unknown()),
      cacheSeconds: 300,
      run: async () => (description ??= describeRoutes(routes)),
    }),
  ],
};

/** Every route of the API. */
export const routes: readonly Route[] = Object.values(routesOf).flat();
