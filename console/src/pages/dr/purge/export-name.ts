import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { useKindName } from "../../../ui/kind-name.ts";

const texts = defineTexts("exportName", {
  ja: { recordings: "録音ファイルの一覧" },
  en: { recordings: "List of recording files" },
});

/** The list of recordings, which can be exported beside the histories. */
export const recordingObjects = "recordingObjects";

/** Gives the name of what can be exported. */
export function useExportName(): (kind: string) => string {
  const t = useTexts(texts);
  const name = useKindName();
  return (kind) => (kind === recordingObjects ? t("recordings") : name(kind));
}
