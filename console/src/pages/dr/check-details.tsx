import { Text } from "@mantine/core";
import { defineTexts, useLabel, useNames, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Value } from "../../ui/values.tsx";

const texts = defineTexts("checkDetails", {
  ja: {
    found: "見つかった内容",
    manualSteps: "手作業での切り替え手順",
    examples: "該当するもの（{{shown}} / {{total}}件）",
  },
  en: { found: "What was found", manualSteps: "Switching over by hand", examples: "Such as ({{shown}} of {{total}})" },
});

const names = defineTexts("checkFields", {
  ja: {
    at: "日時",
    equalAt: "最後に一致した日時",
    since: "この状態になった日時",
    unknownSince: "最後に届いた日時",
    seconds: "遅れの上限（秒）",
    documents: "文書",
    repaired: "直した文書",
    differing: "差分が残った文書",
    large: "大きな文書",
    equal: "一致",
    primary: "東京のバージョン",
    secondary: "大阪のバージョン",
    kinds: "種別",
    users: "利用者",
    enrolled: "大阪で登録済み",
    missing: "登録が必要",
  },
  en: {
    at: "At",
    equalAt: "Last equal",
    since: "In this state since",
    unknownSince: "Last heard from",
    seconds: "Lag at most (seconds)",
    documents: "Documents",
    repaired: "Repaired",
    differing: "Still differing",
    large: "Large documents",
    equal: "Equal",
    primary: "Version in Tokyo",
    secondary: "Version in Osaka",
    kinds: "Kinds",
    users: "Users",
    enrolled: "Enrolled in Osaka",
    missing: "To be enrolled",
  },
});

/** What the sentence above has said already. */
const said = new Set(["answers", "basis", "count", "features", "number", "outcome", "reason", "state", "status"]);

/** What a check of readiness found, as far as its sentence does not say it. */
export function CheckDetails({ details }: { details: Readonly<Record<string, unknown>> }) {
  const t = useTexts(texts);
  const name = useNames(names);
  const { manualSteps, examples, ...rest } = details;
  const steps = arrayOf(manualSteps);
  const cases = arrayOf(examples);
  const facts = Object.entries(rest).filter(([field, value]) => !said.has(field) && value !== null);
  if (steps.length === 0 && cases.length === 0 && facts.length === 0) return null;
  const total = typeof rest.count === "number" ? rest.count : cases.length;
  return (
    <details open={steps.length > 0}>
      <summary>{t("found")}</summary>
      <Items title={t("manualSteps")} items={steps} />
      <Items title={t("examples", { shown: cases.length, total })} items={cases} />
      {facts.length > 0 ? (
        <Facts items={facts.map(([field, value]) => [name(field), <Value key={field} {...{ field, value }} />])} />
      ) : null}
    </details>
  );
}

function Items({ title, items }: { title: string; items: readonly unknown[] }) {
  const label = useLabel();
  if (items.length === 0) return null;
  return (
    <>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <ul>
        {items.map((item) => (
          <li key={JSON.stringify(item)}>{sentenceOf(item, label)}</li>
        ))}
      </ul>
    </>
  );
}

/** A text, a text in both languages, or a number with what is wrong with it. */
function sentenceOf(item: unknown, label: (text: Label) => string): string {
  if (isLabel(item)) return label(item);
  if (typeof item !== "object" || item === null) return String(item);
  const parts = Object.entries(item).filter(([field]) => field !== "field");
  return parts.map(([, part]) => (isLabel(part) ? label(part) : String(part))).join(" ");
}

type Label = { ja: string; en: string };

function isLabel(value: unknown): value is Label {
  return typeof value === "object" && value !== null && "ja" in value && "en" in value;
}

const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
