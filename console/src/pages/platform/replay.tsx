import { Button, Stack, Text } from "@mantine/core";
import { $api, type Schema } from "../../api/client.ts";
import { defineTexts, useLabel, useTexts } from "../../texts/texts.ts";
import { Failure } from "../../ui/failure.tsx";
import { Time } from "../../ui/time.tsx";

const texts = defineTexts("replay", {
  ja: {
    replay: "送り直す",
    replayOf: "{{function}}へ送り直す",
    replayed_other: "{{count}}回送り直しました。最後は",
    by: "（{{by}}）",
  },
  en: {
    replay: "Send again",
    replayOf: "Send again to {{function}}",
    replayed_one: "Sent again once, at ",
    replayed_other: "Sent again {{count}} times, last at ",
    by: " by {{by}}",
  },
});

/** Sends a dead letter again, or says why it cannot be and what to do instead. */
export function Replay({ letter }: { letter: Schema<"DeadLetter"> }) {
  const t = useTexts(texts);
  const label = useLabel();
  const replay = $api.useMutation("post", "/v1/dead-letters/{id}/replay");
  const { id, replayable, whyNot, replays } = letter;
  const last = replays.at(-1);
  return (
    <Stack gap={4} align="flex-start">
      {replayable ? (
        <Button
          size="xs"
          variant="default"
          aria-label={t("replayOf", { function: letter.function })}
          loading={replay.isPending}
          onClick={() => replay.mutate({ params: { path: { id } } })}
        >
          {t("replay")}
        </Button>
      ) : null}
      {whyNot ? <Text size="sm">{label(whyNot)}</Text> : null}
      <Text size="sm" role="status">
        {last ? (
          <>
            {t("replayed", { count: replays.length })}
            <Time at={last.at} seconds />
            {t("by", { by: last.by })}
          </>
        ) : null}
      </Text>
      {replay.error ? <Failure error={replay.error} /> : null}
    </Stack>
  );
}
