import { Alert, Code, Stack } from "@mantine/core";
import type { Schema } from "../api/client.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Detail, FieldFaults } from "./failure.tsx";

const texts = defineTexts("operationError", {
  ja: { title: "エラーで終了しました" },
  en: { title: "It ended with an error" },
});

/** Why a long job failed, and the fields at fault. */
export function OperationError({ error }: { error: NonNullable<Schema<"Operation">["error"]> }) {
  const t = useTexts(texts);
  return (
    <Alert color="red" variant="outline" title={t("title")}>
      <Stack gap="xs">
        <Detail text={error.message} faults={error.fields} />
        <Code>{error.code}</Code>
        {error.fields ? <FieldFaults faults={error.fields} /> : null}
      </Stack>
    </Alert>
  );
}
