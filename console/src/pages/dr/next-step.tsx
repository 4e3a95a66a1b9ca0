import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { type TenantInView, useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { RestoreAct } from "./restore-act.tsx";
import { RestoreProgress } from "./restore-progress.tsx";
import type { Standby } from "./standby.tsx";

const texts = defineTexts("nextStep", {
  ja: {
    readiness: "準備状況を確認する",
    activate: "大阪に切り替える",
    drill: "切り替え・訓練",
    edits: "変更内容を確認して再開する",
    live: "切り替えの進み具合を見る",
    checklist: "チェックリストを進める",
    failback: "切り戻しに進む",
    purge: "大阪の履歴を消去",
    askAdministrator: "再開は全社管理者または運用担当が行います。",
    askOperator: "再開は運用担当が行います。お急ぎの場合はご連絡ください。",
    syncDisabled: "先に東京の同期設定とご契約内容を確認してください。",
    tenantDeleted: "大阪のデータはそのまま残っています。お心当たりがない場合は、至急、運用担当へご連絡ください。",
  },
  en: {
    readiness: "See whether we are ready",
    activate: "Activate Osaka",
    drill: "Activation and drill",
    edits: "Review the edits and resume",
    live: "Watch the activation",
    checklist: "Go through the checklist",
    failback: "Go on to the fail back",
    purge: "Purge the histories in Osaka",
    askAdministrator: "A company administrator or an operator resumes it.",
    askOperator: "An operator resumes it. If it is urgent, call the operators.",
    syncDisabled: "First look at the sync setting in Tokyo and at the contract.",
    tenantDeleted: "The data in Osaka is kept as it is. If you did not expect this, call the operators at once.",
  },
});

type Step = { to: string; act?: TenantInView["may"][number] };
type StepName = "readiness" | "activate" | "drill" | "edits" | "live" | "checklist" | "failback" | "purge";

const steps = {
  readiness: { to: "dr/readiness" },
  activate: { to: "dr/activate", act: "activate" },
  drill: { to: "dr/activate", act: "drill" },
  edits: { to: "dr/edits" },
  live: { to: "dr/activate", act: "activate" },
  checklist: { to: "dr/checklist" },
  failback: { to: "dr/failback" },
  purge: { to: "dr/purge", act: "purge" },
} as const satisfies Record<StepName, Step>;

/** Where one may want to go from here, the most sensible first. */
function stepsFrom({ state, stop, activation, checklist }: Standby, silent: boolean): StepName[] {
  switch (state) {
    case "syncing":
      return silent ? ["activate", "readiness"] : ["readiness", "drill", "purge"];
    case "stopped":
      // A fail back was stopped half-way: only another one ends the activation.
      if (activation) return ["failback", "readiness", "activate"];
      return [...(stop?.reason === "tamper" ? (["edits"] as const) : []), "readiness", "activate", "purge"];
    case "activating":
      return ["live"];
    case "active": {
      const back = activation?.recoveryNotice !== undefined || checklist?.open === 0;
      return back ? ["failback", "checklist"] : ["checklist", "failback"];
    }
    case "resyncing":
      return [];
  }
}

/** What to do next in this state: one clear step, and what else leads on. */
export function NextStep({ standby, silent }: { standby: Standby; silent: boolean }) {
  const t = useTexts(texts);
  const { id, may } = useTenant();
  const [restore, setRestore] = useState<string>();
  const offered = stepsFrom(standby, silent).filter((name) => {
    const { act }: Step = steps[name];
    return act === undefined || may.includes(act);
  });
  const restores = standby.state === "stopped" && standby.stop?.reason !== "tamper" && !standby.activation;
  return (
    <Stack gap="xs">
      {standby.stop ? <RestoreProgress standby={standby} started={restore} /> : null}
      {standby.state === "stopped" ? <StoppedAdvice standby={standby} /> : null}
      <Group gap="xs">
        {restores ? <RestoreAct scope="all" prominent onStarted={setRestore} /> : null}
        {offered.map((name, index) => (
          <Button
            key={name}
            component={Link}
            to={`/tenants/${id}/${steps[name].to}`}
            variant={index === 0 && !restores ? "filled" : "default"}
          >
            {t(name)}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

/** Who may end the stop, for those who may not, and what is to be seen to before. */
function StoppedAdvice({ standby: { stop } }: { standby: Standby }) {
  const t = useTexts(texts);
  const { may } = useTenant();
  const reason = stop?.reason;
  const edited = reason === "tamper";
  return (
    <>
      {reason === "syncDisabled" || reason === "tenantDeleted" ? <Text size="sm">{t(reason)}</Text> : null}
      {may.includes(edited ? "restoreEdited" : "restoreAll") ? null : (
        <Text size="sm">{t(edited ? "askAdministrator" : "askOperator")}</Text>
      )}
    </>
  );
}
