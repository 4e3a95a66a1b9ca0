import type { Page, PageRequest } from "./ports.ts";

/** The items of a list, page by page, from after that place on. */
export async function* pagesOf<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  pageSize: number,
  after?: string,
): AsyncGenerator<T[]> {
  let pageToken = after;
  do {
    const page = await list({ pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
    yield page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
