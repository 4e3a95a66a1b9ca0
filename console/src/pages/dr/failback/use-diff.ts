import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { $api, api, every, type Schema } from "../../../api/client.ts";
import { paged } from "../../../api/paged.ts";
import { saveFile } from "../../../api/save-file.ts";
import type { operations } from "../../../api/schema.gen.d.ts";
import { useTenant } from "../../../shell/tenant.ts";

export type DiffRow = Schema<"DiffRow">;
export type DiffKind = NonNullable<NonNullable<operations["getFailbackDiff"]["parameters"]["query"]>["kind"]>;

/** Which documents are asked for: of one kind, and only those that were changed in Osaka. */
export type DiffChoice = { kind?: DiffKind | undefined; edited: boolean };

/** The diff page by page. It is dear to read: not every act has it read again, but somebody's wish, or an error. */
export function useDiff({ kind, edited }: DiffChoice) {
  const { id: tenant } = useTenant();
  const chosen = { ...(kind ? { kind } : {}), ...(edited ? { only: "edited" as const } : {}) };
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/dr/failback/diff",
    { params: { path: { tenant }, query: chosen } },
    {
      ...paged,
      staleTime: "static",
      gcTime: 0,
      refetchInterval: ({ state }) => (state.error ? every.slowly : false),
    },
  );
  const { data, hasNextPage, isFetching, fetchNextPage } = query;
  const isEmpty = data?.pages.every(({ items }) => items.length === 0) ?? false;
  useEffect(() => {
    // A page may be empty though others follow.
    if (isEmpty && hasNextPage && !isFetching) void fetchNextPage();
  }, [isEmpty, hasNextPage, isFetching, fetchNextPage]);
  return query;
}

/** Downloads the whole diff as CSV. */
export function useDiffCsv() {
  const { id: tenant } = useTenant();
  return useMutation({
    mutationFn: async () => {
      const { data, error } = await api.GET("/v1/tenants/{tenant}/dr/failback/diff", {
        params: { path: { tenant }, query: { format: "csv" } },
        parseAs: "blob",
      });
      if (!data) throw error;
      saveFile(data, `failback-${tenant}.csv`);
    },
  });
}
