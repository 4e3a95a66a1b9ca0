import { Checkbox, Group, Select } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { useKindName } from "../../../ui/kind-name.ts";
import { useStatus } from "../standby.tsx";
import type { DiffChoice, DiffKind, DiffRow } from "./use-diff.ts";

const texts = defineTexts("failbackDiffFilter", {
  ja: { kind: "種別", all: "すべて", edited: "大阪で変更したものだけ" },
  en: { kind: "Kind", all: "All", edited: "Only what was changed in Osaka" },
});

type DiffFilterProps = { choice: DiffChoice; rows: readonly DiffRow[]; onChange(choice: DiffChoice): void };

/** Narrows the diff to a kind, of those that the tenant has, and to what was changed in Osaka. */
export function DiffFilter({ choice: { kind, edited }, rows, onChange }: DiffFilterProps) {
  const t = useTexts(texts);
  const name = useKindName();
  const standby = useStatus().data?.standby;
  const proved = standby?.availability === "available" ? Object.keys(standby.proof?.kinds ?? {}) : [];
  const kinds = [...new Set([...proved, ...rows.map((row) => row.kind), ...(kind ? [kind] : [])])].sort();
  return (
    <Group align="flex-end">
      <Select
        label={t("kind")}
        data={[{ value: "", label: t("all") }, ...kinds.map((each) => ({ value: each, label: name(each) }))]}
        value={kind ?? ""}
        onChange={(value) => onChange({ edited, kind: value ? (value as DiffKind) : undefined })}
      />
      <Checkbox
        label={t("edited")}
        checked={edited}
        onChange={(event) => onChange({ kind, edited: event.currentTarget.checked })}
        mb="xs"
      />
    </Group>
  );
}
