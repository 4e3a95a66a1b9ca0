import { isIP } from "node:net";
import type { Request } from "@google-cloud/functions-framework";

/** Between a caller and Cloud Run stands Hosting alone; each proxy adds to the header the address that called it. */
const proxies = 1;

/**
 * Where a request came from, by the last addresses of X-Forwarded-For; what stands before them is the caller's own text. `via`
 * is the address that Cloud Run itself saw, which nobody can forge; `from` is the caller's as Hosting told it, and as true
 * as `via` is an address of Google's: a function can also be called past Hosting, and then `via` is the caller.
 */
export function callerAddress(request: Request): { from?: string; via?: string } {
  const forwarded = (request.get("x-forwarded-for") ?? "").split(",").map((address) => address.trim());
  const [from = "", ...passed] = forwarded.slice(-1 - proxies);
  const via = passed.at(-1) ?? "";
  return { ...(isIP(from) === 0 ? {} : { from }), ...(isIP(via) === 0 ? {} : { via }) };
}
