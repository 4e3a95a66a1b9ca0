import { routesOf } from "../shared/domain/api/routes.ts";
import { httpHandler } from "../shared/runtime/http.ts";

/** Activates the secondary for one tenant or many (R18, R19); asks nothing of the primary but whether it still answers. */
export const activate = httpHandler(routesOf.activate);
