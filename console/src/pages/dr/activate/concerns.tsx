import { Button, Text } from "@mantine/core";
import type { Schema } from "../../../api/client.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Loaded } from "../../../ui/loaded.tsx";
import { Section } from "../../../ui/page.tsx";
import { Time } from "../../../ui/time.tsx";
import { ReadinessCheck } from "../readiness-check.tsx";
import { useReadiness } from "./readiness-query.ts";

const texts = defineTexts("concerns", {
  ja: {
    title: "いま切り替えた場合の注意点",
    again: "もう一度確認する",
    none: "問題は見つかりませんでした。",
    at: "確認した日時：",
    counts: "妨げる問題 {{blocker}}件・注意 {{warning}}件",
  },
  en: {
    title: "What to know before an activation now",
    again: "Check again",
    none: "Nothing was found.",
    at: "Checked: ",
    counts: "In the way: {{blocker}}, to note: {{warning}}",
  },
});

/** What readiness found, the gravest first, with what to do about each (R29). */
export function Concerns() {
  const t = useTexts(texts);
  const query = useReadiness();
  const again = (
    <Button size="xs" variant="default" loading={query.isFetching} onClick={() => void query.refetch()}>
      {t("again")}
    </Button>
  );
  return (
    <Section title={t("title")} actions={again}>
      <Loaded query={query}>{(readiness) => <Found readiness={readiness} />}</Loaded>
    </Section>
  );
}

function Found({ readiness: { checks, summary, at } }: { readiness: Schema<"Readiness"> }) {
  const t = useTexts(texts);
  const found = (["blocker", "warning"] as const).flatMap((of) => checks.filter(({ result }) => result === of));
  return (
    <>
      <Text size="sm" mb="sm" role="status">
        {found.length === 0 ? t("none") : t("counts", summary)}{" "}
        <span className="muted">
          {t("at")}
          <Time at={at} seconds />
        </span>
      </Text>
      <ul className="checks">
        {found.map((check) => (
          <li key={check.name}>
            <ReadinessCheck check={check} />
          </li>
        ))}
      </ul>
    </>
  );
}
