import { Button, Code, CopyButton, Group, Text } from "@mantine/core";
import { defineTexts, useTexts } from "../../../texts/texts.ts";

const texts = defineTexts("copyable", {
  ja: { copy: "コピー", copyWhat: "{{what}}をコピー", copied: "コピーしました" },
  en: { copy: "Copy", copyWhat: "Copy: {{what}}", copied: "Copied" },
});

/** Something to be taken elsewhere as it stands, with a button that copies it. */
export function Copyable({ what, value }: { what: string; value: string }) {
  const t = useTexts(texts);
  return (
    <div className="copyable">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {what}
        </Text>
        <CopyButton value={value} timeout={3000}>
          {({ copied, copy }) => (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={copied ? undefined : t("copyWhat", { what })}
              onClick={copy}
            >
              {t(copied ? "copied" : "copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
      <Code block>{value}</Code>
    </div>
  );
}
