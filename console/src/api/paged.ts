/** How lists of the API come page by page, for `$api.useInfiniteQuery`. */
export const paged = {
  pageParamName: "pageToken",
  // The first page is asked for without a token: null is left out of the address, where `undefined` would become 0.
  initialPageParam: null as unknown as string,
  getNextPageParam: (page: { nextPageToken?: string | undefined }) => page.nextPageToken,
} as const;

type Pages<T> = {
  data: { pages: { items: T[] }[] } | undefined;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): unknown;
};

/** All rows that have come, and what a `DataTable` needs to ask for more. */
export function rowsOf<T>({ data, hasNextPage, isFetchingNextPage, fetchNextPage }: Pages<T>) {
  return {
    rows: data?.pages.flatMap(({ items }) => items) ?? [],
    onMore: hasNextPage ? () => void fetchNextPage() : undefined,
    loadingMore: isFetchingNextPage,
  };
}
