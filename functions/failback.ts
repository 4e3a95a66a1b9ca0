import { routesOf } from "../shared/domain/api/routes.ts";
import { serveRoutes } from "../shared/runtime/http.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import type { AdminApp } from "./admin.ts";

const serve = serveRoutes(routesOf.failback);

/** Shows what a fail back would overwrite, and takes a tenant back to the primary (R24, R25); reads the primary. */
export const failback: Handler<AdminApp> = {
  type: "http",
  run: (app, request, response) => serve({ ...app, site: app.config.site }, request, response),
};
