import { pagesOf } from "./pages.ts";
import type { Standbys } from "./ports.ts";
import type { Standby } from "./standby.ts";

const pageSize = 100;

/** All stand-bys in the order of their tenants' ids, from after that tenant on. @throws AppError `unavailable`. */
export function standbyPages(standbys: Pick<Standbys, "list">, after?: string): AsyncGenerator<Standby[]> {
  return pagesOf(standbys.list, pageSize, after);
}
