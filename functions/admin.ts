import type { ApiApp } from "../shared/domain/api/route.ts";
import { routesOf } from "../shared/domain/api/routes.ts";
import type { Authenticator } from "../shared/runtime/authentication.ts";
import type { Config } from "../shared/runtime/config.ts";
import { serveRoutes } from "../shared/runtime/http.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** What the API needs; the site it runs on stands in the configuration. */
export type AdminApp = Omit<ApiApp, "site"> & { config: Config; authenticator: Authenticator };

const serve = serveRoutes(routesOf.admin);

/** The administrators' HTTP API under `/v1`. */
export const admin: Handler<AdminApp> = {
  type: "http",
  run: (app, request, response) => serve({ ...app, site: app.config.site }, request, response),
};
