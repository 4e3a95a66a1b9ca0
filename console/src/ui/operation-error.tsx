import { Alert, Code, Stack, Text } from "@mantine/core";
import type { Schema } from "../api/client.ts";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { FieldFaults } from "./failure.tsx";

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
        <Text size="sm">
          {error.message} <Code>{error.code}</Code>
        </Text>
        {error.fields ? <FieldFaults faults={error.fields} /> : null}
      </Stack>
    </Alert>
  );
}
