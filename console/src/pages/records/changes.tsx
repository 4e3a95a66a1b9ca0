import { VisuallyHidden } from "@mantine/core";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { fieldNames } from "../../ui/field-names.ts";
import { Value } from "../../ui/values.tsx";

const texts = defineTexts("changes", {
  ja: { before: "変更前", after: "変更後" },
  en: { before: "before", after: "after" },
});

type Fields = Record<string, unknown> | undefined;

/** What an act changed, field by field; what did not change is shown once. */
export function Changes({ before, after }: { before: Fields; after: Fields }) {
  const name = useNames(fieldNames);
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return (
    <Facts
      items={fields.map((field) => [
        name(field),
        before && field in before && !equal(before[field], after?.[field]) ? (
          <Change key={field} field={field} before={before[field]} after={after?.[field]} />
        ) : (
          <Value key={field} field={field} value={after?.[field] ?? before?.[field]} />
        ),
      ])}
    />
  );
}

function Change({ field, before, after }: { field: string; before: unknown; after: unknown }) {
  const t = useTexts(texts);
  return (
    <>
      <VisuallyHidden>{t("before")}: </VisuallyHidden>
      <del className="before">
        <Value field={field} value={before} />
      </del>
      <span aria-hidden="true"> → </span>
      <VisuallyHidden>{t("after")}: </VisuallyHidden>
      <ins className="after">
        <Value field={field} value={after} />
      </ins>
    </>
  );
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
