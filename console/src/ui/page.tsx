import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useId } from "react";
import { defineTexts, useTexts } from "../texts/texts.ts";

const texts = defineTexts("page", { ja: { title: "{{title}} – Hikae" }, en: { title: "{{title}} – Hikae" } });

type PageProps = { title: string; intro?: ReactNode; actions?: ReactNode; children: ReactNode };

/** A page: its title is the document's too, its actions stand beside it. */
export function Page({ title, intro, actions, children }: PageProps) {
  useTitle(title);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="flex-start">
        <Title order={1}>{title}</Title>
        {actions ? <Group gap="xs">{actions}</Group> : null}
      </Group>
      {intro ? <Text c="var(--muted)">{intro}</Text> : null}
      {children}
    </Stack>
  );
}

/** Gives the document its title. */
export function useTitle(title: string): void {
  const shown = useTexts(texts)("title", { title });
  useEffect(() => {
    document.title = shown;
  }, [shown]);
}

/** A part of a page with a heading of its own. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <Paper component="section" withBorder p="md" aria-labelledby={id}>
      <Group justify="space-between" mb="sm">
        <Title order={2} id={id}>
          {title}
        </Title>
        {actions ? <Group gap="xs">{actions}</Group> : null}
      </Group>
      {children}
    </Paper>
  );
}
