import { routesOf } from "../shared/domain/api/routes.ts";
import { httpHandler } from "../shared/runtime/http.ts";

/** The administrators' HTTP API under `/v1`. */
export const admin = httpHandler(routesOf.admin);
