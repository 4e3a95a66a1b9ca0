import { Button, Checkbox, Group, Text } from "@mantine/core";
import { useState } from "react";
import { $api, type Schema } from "../../../api/client.ts";
import { paged, rowsOf } from "../../../api/paged.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Loaded } from "../../../ui/loaded.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import { useNumbers } from "../../../ui/time.tsx";
import type { Editing } from "./editing.ts";
import { NumberSelect } from "./number-select.tsx";

const texts = defineTexts("phonesSection", {
  ja: {
    title: "電話機の発信者番号",
    intro:
      "大阪で使えない番号を表示する電話機には、代わりの番号を決めておきます。大阪に切り替えると、自動で代わりの番号になります。",
    only: "大阪で使えない番号の電話機だけを表示",
    phone: "電話機",
    named: "{{name}}（{{id}}）",
    now: "現在の発信者番号",
    replacement: "切り替え後の発信者番号",
    replacementOf: "{{phone}} の切り替え後の発信者番号",
    default: "既定の番号を表示",
    works: "大阪でも使えます",
    fails: "大阪では使えません",
    empty: "電話機はありません。",
    emptyToReplace: "大阪で使えない番号の電話機はありません。",
    bulk: "まとめて設定する番号",
    apply: "未設定の{{phones}}台に設定",
    inPlan: "計画に登録した電話機：{{phones}}台",
  },
  en: {
    title: "Phones' caller numbers",
    intro:
      "Give each phone whose number does not work in Osaka another one: it is switched over together with the activation.",
    only: "Only phones whose number does not work in Osaka",
    phone: "Phone",
    named: "{{name}} ({{id}})",
    now: "Caller number now",
    replacement: "After activation",
    replacementOf: "Caller number of {{phone}} after activation",
    default: "shows the default one",
    works: "works in Osaka too",
    fails: "does not work in Osaka",
    empty: "There are no phones.",
    emptyToReplace: "There is no phone whose number does not work in Osaka.",
    bulk: "One number for several phones",
    apply: "Give it to those without one: {{phones}}",
    inPlan: "Phones in the plan: {{phones}}",
  },
});

type Phone = Schema<"TenantPhone">;

function usePhoneName(): (phone: Phone) => string {
  const t = useTexts(texts);
  return ({ id, name }) => (name === null ? id : t("named", { name, id }));
}

/** Which number each phone is to show once the secondary is active (R20). */
export function PhonesSection({ editing }: { editing: Editing }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const { id } = useTenant();
  const [onlyToReplace, setOnlyToReplace] = useState(true);
  const query = $api.useInfiniteQuery(
    "get",
    "/v1/tenants/{tenant}/dr/phones",
    { params: { path: { tenant: id }, query: { pageSize: 50, ...(onlyToReplace ? { only: "toReplace" } : {}) } } },
    { ...paged, refetchInterval: false, refetchOnWindowFocus: false },
  );
  const list = rowsOf<Phone>(query);
  const inPlan = Object.keys(editing.draft.mine).filter((field) => field.startsWith("phones.")).length;
  return (
    <Section title={t("title")}>
      <Text size="sm" c="var(--muted)" mb="sm">
        {t("intro")}
      </Text>
      <Group justify="space-between" mb="sm">
        <Checkbox
          label={t("only")}
          checked={onlyToReplace}
          onChange={(event) => setOnlyToReplace(event.currentTarget.checked)}
        />
        <Text size="sm">{t("inPlan", { phones: count(inPlan) })}</Text>
      </Group>
      <Loaded query={query}>
        {() => (
          <>
            {editing.mayEdit ? <Bulk editing={editing} phones={list.rows} /> : null}
            <PhoneTable editing={editing} list={list} empty={t(onlyToReplace ? "emptyToReplace" : "empty")} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

type PhoneTableProps = { editing: Editing; list: ReturnType<typeof rowsOf<Phone>>; empty: string };

function PhoneTable({ editing, list, empty }: PhoneTableProps) {
  const t = useTexts(texts);
  const label = useLabel();
  const nameOf = usePhoneName();
  const columns: Column<Phone>[] = [
    { title: t("phone"), cell: nameOf },
    {
      title: t("now"),
      cell: ({ callerNumber, fault }) => {
        if (!callerNumber) return t("default");
        return (
          <>
            {callerNumber.display} <Status tone={fault ? "danger" : "ok"}>{t(fault ? "fails" : "works")}</Status>
            {fault ? <Text size="sm">{label(fault)}</Text> : null}
          </>
        );
      },
    },
    {
      title: t("replacement"),
      cell: (phone) => (
        <NumberSelect
          label={t("replacementOf", { phone: nameOf(phone) })}
          hiddenLabel
          {...editing.select(`phones.${phone.id}`)}
          disabled={!editing.mayEdit}
        />
      ),
    },
  ];
  return <DataTable label={t("title")} columns={columns} rowKey={({ id }) => id} empty={empty} {...list} />;
}

/** One number for all phones shown that need one and have none yet. */
function Bulk({ editing, phones }: { editing: Editing; phones: readonly Phone[] }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const [number, setNumber] = useState<string>();
  const open = phones
    .filter(({ id, fault }) => fault && editing.draft.mine[`phones.${id}`] === undefined)
    .map(({ id }) => `phones.${id}`);
  if (open.length === 0) return null;
  return (
    <Group align="flex-end" mb="sm">
      <NumberSelect label={t("bulk")} options={editing.options} value={number} onChange={setNumber} />
      <Button variant="default" disabled={number === undefined} onClick={() => number && editing.setMany(open, number)}>
        {t("apply", { phones: count(open.length) })}
      </Button>
    </Group>
  );
}
