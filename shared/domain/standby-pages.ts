import type { Standbys } from "./ports.ts";
import type { Standby } from "./standby.ts";

const pageSize = 100;

/** All stand-bys in the order of their tenants' ids, from after that tenant on. @throws AppError `unavailable`. */
export async function* standbyPages(standbys: Pick<Standbys, "list">, after?: string): AsyncGenerator<Standby[]> {
  let pageToken = after;
  do {
    const page = await standbys.list({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
    yield page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
