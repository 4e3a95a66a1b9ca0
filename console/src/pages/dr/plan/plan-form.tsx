import { Alert, Stack, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Failure } from "../../../ui/failure.tsx";
import { Section } from "../../../ui/page.tsx";
import type { PlanView } from "../plan.tsx";
import { NewerPlan } from "./newer-plan.tsx";
import { NumberSelect } from "./number-select.tsx";
import { PhonesSection } from "./phones-section.tsx";
import { defaultField } from "./plan-draft.ts";
import { PlanFaults } from "./plan-faults.tsx";
import { SaveBar } from "./save-bar.tsx";
import { TollFreeSection } from "./toll-free-section.tsx";
import { usePlanForm } from "./use-plan-form.ts";

const texts = defineTexts("planForm", {
  ja: {
    none: "まだ計画がありません",
    noneHint: "既定の発信者番号を決めて保存すると、計画ができます。",
    unreadable: "保存されている計画を読み取れません",
    unreadableHint: "内容が壊れています。新しい計画を保存すると置き換わります。",
    readOnly: "計画の変更は、全社管理者または運用担当が行います。",
    default: "既定の発信者番号",
    defaultHint: "番号が個別に決まっていない発信に、切り替え後に表示する番号です。",
    inSecondary: "大阪で稼働中のため、変更は大阪の計画に保存されます。切り戻すと東京の計画に置き換わります。",
  },
  en: {
    none: "There is no plan yet",
    noneHint: "Choose a default caller number and save: that makes the plan.",
    unreadable: "The stored plan cannot be understood",
    unreadableHint: "Its content is damaged. Saving a new plan replaces it.",
    readOnly: "A company administrator or an operator changes the plan.",
    default: "Default caller number",
    defaultHint: "Shown to those called after an activation, where nothing else is chosen.",
    inSecondary: "Osaka is in charge: changes are stored in Osaka's plan, and a fail back replaces them by Tokyo's.",
  },
});

/** The plan with what is wrong with it; whoever may change it changes a draft and saves that as a whole. */
export function PlanForm({ read }: { read: PlanView }) {
  const t = useTexts(texts);
  const form = usePlanForm(read);
  const { editing, faults, newer, failure, numbers, numbersError, inSecondary } = form;
  return (
    <Stack gap="md">
      {read.readable ? null : <Notice title={t("unreadable")} hint={t("unreadableHint")} />}
      {read.version === null ? <Notice title={t("none")} hint={t("noneHint")} /> : null}
      {editing.mayEdit ? null : <Text>{t("readOnly")}</Text>}
      {inSecondary && editing.mayEdit ? <Text>{t("inSecondary")}</Text> : null}
      {newer ? <NewerPlan editing={editing} newer={newer} onRebase={form.rebase} onDiscard={form.discard} /> : null}
      <PlanFaults editing={editing} faults={faults} />
      {numbersError ? <Failure error={numbersError} onRetry={form.retryNumbers} /> : null}
      <Section title={t("default")}>
        <NumberSelect
          label={t("default")}
          description={t("defaultHint")}
          {...editing.select(defaultField)}
          disabled={!editing.mayEdit}
        />
      </Section>
      <TollFreeSection editing={editing} numbers={numbers} />
      <PhonesSection editing={editing} />
      {failure ? <Failure error={failure} /> : null}
      {editing.mayEdit ? <SaveBar form={form} /> : null}
    </Stack>
  );
}

function Notice({ title, hint }: { title: string; hint: string }) {
  return (
    <Alert color="orange" variant="outline" title={title}>
      {hint}
    </Alert>
  );
}
