import { Text } from "@mantine/core";
import { useState } from "react";
import { useLatestOperation } from "../../../shell/latest-operation.ts";
import { useMay } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Page, Section } from "../../../ui/page.tsx";
import { type Standby, WithStandby } from "../standby.tsx";
import { SoftphonesSection } from "../telephony.tsx";
import { DiffSection } from "./diff.tsx";
import { GoBackSection } from "./go-back.tsx";
import { LastFailback } from "./last-failback.tsx";
import { StepsSection } from "./steps.tsx";
import type { Activation } from "./turn.ts";

const texts = defineTexts("failback", {
  ja: {
    title: "切り戻し",
    intro: "大阪から東京へ稼働を戻します。切り戻すと大阪の設定は東京の内容で上書きされ、同期が再開します。",
    nothing: "切り戻しの対象",
    nothingHint: "大阪への切り替えは行われていません。切り戻しは必要ありません。",
  },
  en: {
    title: "Fail back",
    intro:
      "Takes you back from Osaka to Tokyo. Osaka's settings are then overwritten with Tokyo's, and the sync resumes.",
    nothing: "Nothing to fail back",
    nothingHint: "Osaka is not active: there is nothing to take back.",
  },
});

/** The way back to the primary: who has said what, what would be overwritten, the act itself and its result (R24, R25). */
export function FailbackPage() {
  const t = useTexts(texts);
  return (
    <Page title={t("title")} intro={t("intro")}>
      <WithStandby>{(standby) => <Failback standby={standby} />}</WithStandby>
    </Page>
  );
}

function Failback({ standby }: { standby: Standby }) {
  const t = useTexts(texts);
  const { activation } = standby;
  const latest = useLatestOperation("failback");
  if (activation) return <UnderWay key={activation.operation} {...{ standby, activation, latest }} />;
  return (
    <>
      <Section title={t("nothing")}>
        <Text role="status">{t("nothingHint")}</Text>
      </Section>
      <LastFailback operation={latest?.id} />
    </>
  );
}

/** How a fail back ends that leaves Osaka in charge. */
const failed: ReadonlySet<string> = new Set(["failed", "cancelled"]);

type UnderWayProps = { standby: Standby; activation: Activation; latest: ReturnType<typeof useLatestOperation> };

/** An activation that is still to be ended. */
function UnderWay({ standby, activation, latest }: UnderWayProps) {
  const may = useMay("requestResume");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const operation = latest && latest.createdAt >= activation.requestedAt ? latest : undefined;
  // What has succeeded has ended the activation, though its status may be a moment older.
  const running = standby.state === "resyncing" || (operation !== undefined && !failed.has(operation.state));
  return (
    <>
      <StepsSection {...{ standby, activation, running }} />
      <GoBackSection {...{ standby, activation, operation, running, chosen }} />
      {running ? null : <SoftphonesSection />}
      {may && !running ? <DiffSection chosen={chosen} onChoose={setChosen} /> : null}
    </>
  );
}
