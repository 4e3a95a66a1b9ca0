import { Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { defineTexts, useTexts } from "../texts/texts.ts";
import { Failure } from "./failure.tsx";

const texts = defineTexts("confirm", {
  ja: { cancel: "やめる", type: "確認のため {{expected}} と入力してください" },
  en: { cancel: "Cancel", type: "Type {{expected}} to confirm" },
});

type ConfirmProps = {
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

/**
 * Asks before an act is done; shows its failure in place, so that it can be tried again. It is open for as long as it is
 * mounted, so that the next time finds nothing typed or ticked before; while the act is under way it cannot be closed.
 */
export function Confirm(props: ConfirmProps) {
  const { title, action, danger = false, expected, blocked = false, pending, error, children } = props;
  const t = useTexts(texts);
  const [typed, setTyped] = useState("");
  const ready = !blocked && (expected === undefined || typed.trim() === expected);
  useFocusReturn();
  const close = () => {
    if (!pending) props.onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !pending) props.onConfirm();
  };
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ "aria-label": t("cancel"), disabled: pending }}>
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
            <Button variant="default" onClick={close} disabled={pending}>
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

/** When it closes, the focus goes back to where it was before: Mantine does so only for dialogs that stay mounted. */
function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    },
    [before],
  );
}

/** A paragraph of a confirmation. */
export function Paragraph({ children }: { children: ReactNode }) {
  return <Text size="sm">{children}</Text>;
}
