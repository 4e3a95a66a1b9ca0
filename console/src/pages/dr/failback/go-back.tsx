import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../../../api/client.ts";
import { useMay } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { OperationProgress } from "../../../ui/operation-progress.tsx";
import { Section } from "../../../ui/page.tsx";
import { useNumbers } from "../../../ui/time.tsx";
import type { Standby } from "../standby.tsx";
import { ConfirmGoBack } from "./confirm-go-back.tsx";
import { type Activation, progressOf } from "./turn.ts";

const texts = defineTexts("failbackGoBack", {
  ja: {
    title: "切り戻しの実行",
    running: "東京の内容を大阪に写しています。終わるまで大阪で通話を受け付けます。",
    again: "前回の切り戻しは完了していません。大阪が稼働を続けています。原因を確認してから、もう一度実行してください。",
    activating: "切り替えが終わってから実行できます。",
    ready: "準備ができました。切り戻すと、東京が稼働系に戻ります。",
    chosen: "東京へ反映する変更は{{chosen}}件です。下の差分で選べます。",
    early: "復旧の連絡と再開の依頼がそろっていません。急ぐ場合は、理由を添えて実行できます。",
    act: "切り戻す",
    ask: "切り戻しは運用担当が実行します。",
  },
  en: {
    title: "Failing back",
    running: "Tokyo's content is being copied to Osaka. Osaka takes the calls until that is done.",
    again: "The last fail back was not completed. Osaka is still in charge. See why, then try again.",
    activating: "This can be done once the activation has ended.",
    ready: "All is ready. The fail back puts Tokyo in charge again.",
    chosen: "Changes to carry over to Tokyo: {{chosen}}. Choose them among the differences below.",
    early: "The notice or the request is missing. If it is urgent, it can be done with a reason.",
    act: "Fail back",
    ask: "An operator fails back.",
  },
});

type GoBackProps = {
  standby: Standby;
  activation: Activation;
  /** The newest fail back of this activation, ended or not. */
  operation: Schema<"Operation"> | undefined;
  running: boolean;
  chosen: ReadonlySet<string>;
};

/** The act itself, for operators, and how far it is (R24 c). */
export function GoBackSection({ standby, activation, operation, running, chosen }: GoBackProps) {
  const t = useTexts(texts);
  const may = useMay("resume");
  const { count } = useNumbers();
  const [asking, setAsking] = useState(false);
  const ready = progressOf(activation).failback === "current";
  const possible = !running && (standby.state === "active" || standby.state === "stopped");
  const advice = () => {
    if (running) return t("running");
    if (!possible) return t("activating");
    if (operation) return t("again");
    return t(ready ? "ready" : "early");
  };
  return (
    <Section title={t("title")}>
      <Stack align="flex-start">
        {operation ? (
          <div className="full-width">
            <OperationProgress key={operation.id} id={operation.id} />
          </div>
        ) : null}
        <Text role="status">{may || running || operation ? advice() : t("ask")}</Text>
        {may && possible ? (
          <>
            <Text size="sm">{t("chosen", { chosen: count(chosen.size) })}</Text>
            <Button color={ready ? "indigo" : "red.9"} onClick={() => setAsking(true)}>
              {t("act")}
            </Button>
          </>
        ) : null}
      </Stack>
      {asking ? <ConfirmGoBack chosen={chosen} activation={activation} onClose={() => setAsking(false)} /> : null}
    </Section>
  );
}
