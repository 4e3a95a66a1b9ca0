import { Button, Group, Text } from "@mantine/core";
import { useEffect } from "react";
import { useBlocker } from "react-router";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";
import type { PlanFormState } from "./use-plan-form.ts";

const texts = defineTexts("saveBar", {
  ja: {
    save: "計画を保存",
    reset: "変更を取り消す",
    changes_other: "未保存の変更：{{count}}件",
    none: "未保存の変更はありません",
    saved: "保存しました",
    arriving: "保存しました。大阪への反映を待っています…",
    leaveTitle: "保存していない変更があります",
    leaveBody: "このまま移動すると、変更は失われます。",
    leave: "保存せずに移動",
  },
  en: {
    save: "Save the plan",
    reset: "Undo my changes",
    changes_one: "{{count}} change not saved",
    changes_other: "{{count}} changes not saved",
    none: "Nothing to save",
    saved: "Saved",
    arriving: "Saved. Waiting for it to arrive in Osaka…",
    leaveTitle: "There are changes that are not saved",
    leaveBody: "They are lost when you go on.",
    leave: "Go on without saving",
  },
});

/** Saves the draft as a whole, and says what has become of it; asks before unsaved changes are left behind. */
export function SaveBar({ form }: { form: PlanFormState }) {
  const t = useTexts(texts);
  const { changes, arriving, saved, saving, newer } = form;
  const state = () => {
    if (changes > 0) return t("changes", { count: changes });
    if (arriving) return t("arriving");
    return t(saved ? "saved" : "none");
  };
  return (
    <div className="save-bar">
      <Text role="status" size="sm">
        {state()}
      </Text>
      <Group gap="xs">
        {changes > 0 && !newer ? (
          <Button variant="default" onClick={form.discard}>
            {t("reset")}
          </Button>
        ) : null}
        <Button onClick={form.save} loading={saving} disabled={changes === 0 || newer !== undefined}>
          {t("save")}
        </Button>
      </Group>
      <LeaveGuard unsaved={changes > 0} />
    </div>
  );
}

function LeaveGuard({ unsaved }: { unsaved: boolean }) {
  const t = useTexts(texts);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => unsaved && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsaved]);
  if (blocker.state !== "blocked") return null;
  return (
    <Confirm
      title={t("leaveTitle")}
      action={t("leave")}
      danger
      pending={false}
      error={undefined}
      onConfirm={() => blocker.proceed()}
      onClose={() => blocker.reset()}
    >
      <Paragraph>{t("leaveBody")}</Paragraph>
    </Confirm>
  );
}
