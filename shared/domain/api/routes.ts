import { z } from "zod";
import { auditRoutes } from "./audit.ts";
import { drRoutes } from "./dr.ts";
import { endpointRoutes } from "./endpoint.ts";
import { healthRoutes } from "./health.ts";
import { describeRoutes } from "./openapi.ts";
import { operationRoutes } from "./operations.ts";
import { type Route, route } from "./route.ts";
import { nothing } from "./schemas.ts";
import { tenantRoutes } from "./tenants.ts";

let description: Record<string, unknown> | undefined;

/** The routes of the API by the function that serves them. */
export const routesOf: Record<"admin" | "activate" | "failback" | "purge", readonly Route[]> = {
  activate: [],
  failback: [],
  purge: [],
  admin: [
    ...tenantRoutes,
    ...drRoutes,
    ...operationRoutes,
    ...auditRoutes,
    ...endpointRoutes,
    ...healthRoutes,
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
