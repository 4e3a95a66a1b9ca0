import { Radio, Stack } from "@mantine/core";
import { defineTexts, useNames, useTexts } from "../../../texts/texts.ts";
import { modes } from "../words.ts";
import type { ActivationFormState, Mode } from "./activation-form-state.ts";

const texts = defineTexts("modeChoice", {
  ja: {
    legend: "切り替えの種類",
    disaster:
      "東京を使えないとき。いま大阪にあるデータで直ちに切り替えます。東京が応答する場合は、承知のうえで離れることの確認が必要です。",
    planned: "東京の停止などに備えて移るとき。残っている変更をすべて大阪へ写してから切り替えるので、何も失われません。",
    drill: "訓練として同じ手順で切り替えます。通知や記録には「訓練」と明示され、切り戻すと結果の報告が残ります。",
    primarySilent: "確認したときに東京が応答しなかったため選べません。",
    notSyncing: "同期中でないため選べません。",
    underWay: "移行の途中のため選べません。",
  },
  en: {
    legend: "Kind of activation",
    disaster:
      "Tokyo cannot be used. Switches over at once to what is in Osaka now. If Tokyo answers, you have to say that you leave it all the same.",
    planned: "A move before Tokyo is taken down. All changes are carried over first, so that nothing is lost.",
    drill: "A rehearsal by the same steps. Mails and records say that it is a drill; failing back leaves a report.",
    primarySilent: "Not possible: Tokyo did not answer when it was asked.",
    notSyncing: "Not possible: the tenant is not syncing.",
    underWay: "Not possible during a move.",
  },
});

const choices: readonly Mode[] = ["disaster", "planned", "drill"];

/** What each kind of activation means, and why one cannot be chosen now. */
export function ModeChoice({ form: { mode, setMode, obstacle } }: { form: ActivationFormState }) {
  const t = useTexts(texts);
  const name = useNames(modes);
  return (
    <Radio.Group
      label={t("legend")}
      value={mode ?? null}
      onChange={(value) => setMode(choices.find((choice) => choice === value))}
      withAsterisk
    >
      <Stack gap="sm" mt="xs">
        {choices.map((choice) => {
          const why = obstacle(choice);
          return (
            <Radio
              key={choice}
              value={choice}
              label={name(choice)}
              description={why ? `${t(choice)} ${t(why)}` : t(choice)}
              disabled={why !== undefined}
            />
          );
        })}
      </Stack>
    </Radio.Group>
  );
}
