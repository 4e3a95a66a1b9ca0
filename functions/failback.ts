import { routesOf } from "../shared/domain/api/routes.ts";
import { httpHandler } from "../shared/runtime/http.ts";

/** Shows what a fail back would overwrite, and takes a tenant back to the primary (R24, R25); reads the primary. */
export const failback = httpHandler(routesOf.failback);
