import { randomBytes } from "node:crypto";
import type { Request } from "@google-cloud/functions-framework";

/** The front end's id of this request, or a new one where it gave none: the caller and the log line are told the same. */
export function traceOf(request: Request): string {
  const cloud = request.get("x-cloud-trace-context")?.split("/")[0];
  const standard = request.get("traceparent")?.split("-")[1];
  const given = [cloud, standard].find((id) => id !== undefined && /^[0-9a-f]{32}$/i.test(id));
  return given ?? randomBytes(16).toString("hex");
}
