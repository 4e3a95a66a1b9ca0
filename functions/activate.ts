import { routesOf } from "../shared/domain/api/routes.ts";
import { serveRoutes } from "../shared/runtime/http.ts";
import type { Handler } from "../shared/runtime/triggers.ts";
import type { AdminApp } from "./admin.ts";

const serve = serveRoutes(routesOf.activate);

/** Activates the secondary for one tenant or many (R18, R19); asks nothing of the primary but whether it still answers. */
export const activate: Handler<AdminApp> = {
  type: "http",
  run: (app, request, response) => serve({ ...app, site: app.config.site }, request, response),
};
