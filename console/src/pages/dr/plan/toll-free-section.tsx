import { Text } from "@mantine/core";
import { useState } from "react";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import type { Editing } from "./editing.ts";
import { NumberSelect } from "./number-select.tsx";
import type { TenantNumber } from "./tenant-numbers.ts";

const texts = defineTexts("tollFreeSection", {
  ja: {
    title: "0120・0800・0570の着信先",
    intro: "切り替えのあと、着信先の変更は通信事業者の手続きになります。ここで決めた着信先がチェックリストに載ります。",
    number: "番号",
    now: "大阪での着信（保存済みの計画）",
    destination: "切り替え後の着信先",
    destinationOf: "{{number}} の切り替え後の着信先",
    works: "着信できます",
    fails: "着信できません",
    empty: "0120・0800・0570の番号はありません。",
  },
  en: {
    title: "Where toll-free numbers lead (0120, 0800, 0570)",
    intro: "After an activation the carrier changes their destinations; those chosen here stand in the checklist.",
    number: "Number",
    now: "In Osaka, with the stored plan",
    destination: "Destination after activation",
    destinationOf: "Destination of {{number}} after activation",
    works: "Works",
    fails: "Does not work",
    empty: "There are no 0120, 0800 or 0570 numbers.",
  },
});

const step = 50;

/** Where each toll-free number is to lead once the secondary is active (R20). */
export function TollFreeSection({ editing, numbers }: { editing: Editing; numbers: readonly TenantNumber[] }) {
  const t = useTexts(texts);
  const label = useLabel();
  const [shown, setShown] = useState(step);
  const tollFree = numbers.filter(({ type }) => type === "tollFree");
  const columns: Column<TenantNumber>[] = [
    { title: t("number"), cell: ({ display }) => display },
    {
      title: t("now"),
      cell: ({ secondary }) => (
        <>
          <Status tone={secondary.usable ? "ok" : "danger"}>{t(secondary.usable ? "works" : "fails")}</Status>
          <Text size="sm">{label(secondary.label)}</Text>
        </>
      ),
    },
    {
      title: t("destination"),
      cell: ({ number, display }) => {
        const field = `tollFree.${number}`;
        return (
          <NumberSelect
            label={t("destinationOf", { number: display ?? "" })}
            hiddenLabel
            {...editing.select(field)}
            disabled={!editing.mayEdit}
          />
        );
      },
    },
  ];
  return (
    <Section title={t("title")}>
      <Text size="sm" c="var(--muted)" mb="sm">
        {t("intro")}
      </Text>
      <DataTable
        label={t("title")}
        columns={columns}
        rows={tollFree.slice(0, shown)}
        rowKey={({ path }) => path}
        empty={t("empty")}
        onMore={tollFree.length > shown ? () => setShown(shown + step) : undefined}
      />
    </Section>
  );
}
