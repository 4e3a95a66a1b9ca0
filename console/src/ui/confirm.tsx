import { Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Failure } from "./failure.tsx";

const texts = defineTexts("confirm", {
  ja: { cancel: "やめる", type: "確認のため {{expected}} と入力してください" },
  en: { cancel: "Cancel", type: "Type {{expected}} to confirm" },
});

type ConfirmProps = {
  opened: boolean;
  title: string;
  /** What the act is called on its button. */
  action: string;
  danger?: boolean;
  /** Where the act is grave: what must be typed before it can be done. */
  expected?: string;
  /** Further reasons why it cannot be done yet. */
  blocked?: boolean;
  pending: boolean;
  error: unknown;
  children: ReactNode;
  onConfirm(): void;
  onClose(): void;
};

/** Asks before an act is done; shows its failure in place, so that it can be tried again. */
export function Confirm(props: ConfirmProps) {
  const { opened, title, action, danger = false, expected, blocked = false, pending, error, children } = props;
  const t = useTexts(texts);
  const [typed, setTyped] = useState("");
  const ready = !blocked && (expected === undefined || typed.trim() === expected);
  const close = () => {
    setTyped("");
    props.onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !pending) props.onConfirm();
  };
  return (
    <Modal opened={opened} onClose={close} title={title} closeButtonProps={{ "aria-label": t("cancel") }}>
      <form onSubmit={submit}>
        <Stack>
          {children}
          {expected === undefined ? null : (
            <TextInput
              label={t("type", { expected })}
              description={<Code>{expected}</Code>}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
            />
          )}
          {error ? <Failure error={error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("cancel")}
            </Button>
            <Button type="submit" color={danger ? "red.9" : "indigo"} disabled={!ready} loading={pending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** A paragraph of a confirmation. */
export function Paragraph({ children }: { children: ReactNode }) {
  return <Text size="sm">{children}</Text>;
}
