import { Button, Checkbox, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { TenantInView } from "../../../shell/tenant.ts";
import { useTenants } from "../../../shell/tenants.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { useNumbers } from "../../../ui/time.tsx";

const texts = defineTexts("tenantChoice", {
  ja: {
    table: "テナント",
    filter: "名称・IDで絞り込む",
    choose: "選択",
    chooseOf: "{{name}}（{{id}}）を選択",
    name: "名称",
    id: "ID",
    version: "プラットフォームの版",
    chosen: "{{tenants}}社を選択中",
    all: "表示中をすべて選択",
    clear: "選択をすべて解除",
    empty: "該当するテナントがありません。",
  },
  en: {
    table: "Tenants",
    filter: "Find by name or id",
    choose: "Choose",
    chooseOf: "Choose {{name}} ({{id}})",
    name: "Name",
    id: "ID",
    version: "Platform version",
    chosen: "Chosen: {{tenants}}",
    all: "Choose all shown",
    clear: "Clear",
    empty: "There is no such tenant.",
  },
});

type TenantChoiceProps = { chosen: readonly string[]; onChange: (chosen: readonly string[]) => void };

/** Chooses among the tenants with the DR option, by name. */
export function TenantChoice({ chosen, onChange }: TenantChoiceProps) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const [filter, setFilter] = useState("");
  const { list } = useTenants();
  const wanted = filter.trim().toLowerCase();
  const rows = list.rows.filter(
    ({ id, name, disasterRecovery }) =>
      disasterRecovery && (id.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted)),
  );
  const toggle = (id: string, on: boolean) => onChange(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  const columns: Column<TenantInView>[] = [
    {
      title: t("choose"),
      cell: ({ id, name }) => (
        <Checkbox
          aria-label={t("chooseOf", { id, name })}
          checked={chosen.includes(id)}
          onChange={(event) => toggle(id, event.currentTarget.checked)}
        />
      ),
    },
    { title: t("name"), cell: ({ name }) => name },
    { title: t("id"), cell: ({ id }) => id },
    { title: t("version"), cell: ({ platformVersion }) => platformVersion },
  ];
  return (
    <div>
      <TextInput label={t("filter")} value={filter} onChange={(event) => setFilter(event.currentTarget.value)} />
      <Group gap="xs" my="xs">
        <Text size="sm" role="status">
          {t("chosen", { tenants: count(chosen.length) })}
        </Text>
        <Button
          size="xs"
          variant="default"
          onClick={() => onChange([...new Set([...chosen, ...rows.map(({ id }) => id)])])}
        >
          {t("all")}
        </Button>
        <Button size="xs" variant="default" disabled={chosen.length === 0} onClick={() => onChange([])}>
          {t("clear")}
        </Button>
      </Group>
      <div className="tall-list">
        <DataTable
          label={t("table")}
          columns={columns}
          rowKey={({ id }) => id}
          empty={t("empty")}
          {...list}
          rows={rows}
        />
      </div>
    </div>
  );
}
