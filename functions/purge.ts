import { routesOf } from "../shared/domain/api/routes.ts";
import { serveRoutes } from "../shared/runtime/http.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import type { AdminApp } from "./admin.ts";

const serve = serveRoutes(routesOf.purge);

/** Starts purges and exports of the secondary's histories (R26, R27); asks nothing of the primary. */
export const purge: Handler<AdminApp> = {
  type: "http",
  run: (app, request, response) => serve({ ...app, site: app.config.site }, request, response),
};
