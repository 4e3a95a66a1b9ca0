import { Skeleton, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { isProblem } from "../api/client.ts";
import { useConnection } from "../api/connection.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Failure } from "./failure.tsx";

const texts = defineTexts("loaded", { ja: { loading: "読み込んでいます" }, en: { loading: "Loading" } });

/** What a query of the cache gives; what it gave before stays while it is asked again. */
type Query<T> = { data: T | undefined; error: unknown; refetch(): unknown };

/**
 * Shows what a query gave, and before that that it is loading, or why it failed. An error beside older data is shown above,
 * unless the banner says already that nothing answers.
 */
export function Loaded<T>({ query, children }: { query: Query<T>; children: (data: T) => ReactNode }) {
  const { lost } = useConnection();
  const failure = query.error ? <Failure error={query.error} onRetry={() => void query.refetch()} /> : null;
  if (query.data !== undefined) {
    return (
      <>
        {lost && !isProblem(query.error) ? null : failure}
        {children(query.data)}
      </>
    );
  }
  return failure ?? <Loading />;
}

/** In place of what is still to come. */
export function Loading() {
  const t = useTexts(texts);
  return (
    <Stack role="status" aria-label={t("loading")} gap="sm">
      <Skeleton h={28} w="40%" />
      <Skeleton h={120} />
      <Skeleton h={120} />
    </Stack>
  );
}
