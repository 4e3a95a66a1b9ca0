import { Button, Stack, Text } from "@mantine/core";
import { $api, type Schema } from "../../api/client.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Failure } from "../../ui/failure.tsx";

const texts = defineTexts("runNow", {
  ja: { run: "今すぐ実行", runOf: "{{name}}を今すぐ実行", requested: "実行を依頼しました", done: "実行しました" },
  en: { run: "Run now", runOf: "Run now: {{name}}", requested: "A run is asked for", done: "It has run" },
});

/** Asks for a run of one schedule, and says when it has come. */
export function RunNow({ schedule: { name, site, availability, state, lastRun } }: { schedule: Schema<"Schedule"> }) {
  const t = useTexts(texts);
  const run = $api.useMutation("post", "/v1/schedules/{name}/run");
  const requestedAt = run.data?.requestedAt;
  const isDone = requestedAt !== undefined && lastRun?.finishedAt !== undefined && lastRun.startedAt >= requestedAt;
  return (
    <Stack gap={4} align="flex-start">
      <Button
        size="xs"
        variant="default"
        aria-label={t("runOf", { name })}
        disabled={availability === "unavailable" || state === "missing"}
        loading={run.isPending}
        onClick={() => run.mutate({ params: { path: { name } }, body: { site } })}
      >
        {t("run")}
      </Button>
      <Text size="sm" role="status">
        {requestedAt === undefined ? "" : t(isDone ? "done" : "requested")}
      </Text>
      {run.error ? <Failure error={run.error} /> : null}
    </Stack>
  );
}
