import { routesOf } from "../shared/domain/api/routes.ts";
import { httpHandler } from "../shared/runtime/http.ts";

/** Starts purges and exports of the secondary's histories (R26, R27); asks nothing of the primary. */
export const purge = httpHandler(routesOf.purge);
