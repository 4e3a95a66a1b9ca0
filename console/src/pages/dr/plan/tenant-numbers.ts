import { useEffect, useMemo } from "react";
import { $api, type Schema } from "../../../api/client.ts";
import { paged } from "../../../api/paged.ts";
import { useTenant } from "../../../shell/tenant.ts";

export type TenantNumber = Schema<"TenantNumber">;

/** All numbers of the tenant in view, asked for page by page until all have come; they change seldom. */
export function useEveryNumber() {
  const { id } = useTenant();
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/dr/numbers",
    { params: { path: { tenant: id }, query: { pageSize: 200 } } },
    { ...paged, refetchInterval: false, refetchOnWindowFocus: false },
  );
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  const numbers = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  return { query, numbers };
}

/** Whether a number may be shown to those called, or stand behind a toll-free number, on the secondary. */
export const isLine = ({ type }: TenantNumber): boolean => type !== null && type !== "tollFree";
