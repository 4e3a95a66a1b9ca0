import { Button, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { $api, type Schema } from "../../../api/client.ts";
import { useSession } from "../../../shell/session.ts";
import { useMay, useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { Actor } from "../../../ui/actor.tsx";
import { Confirm } from "../../../ui/confirm.tsx";
import { Failure } from "../../../ui/failure.tsx";
import { Status } from "../../../ui/status.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";

const texts = defineTexts("checklistItem", {
  ja: {
    open: "未完了",
    done: "完了",
    mark: "完了にする",
    markOf: "「{{item}}」を完了にする",
    noteOf: "「{{item}}」にメモを付けて完了",
    note: "メモを付けて完了",
    editNote: "メモを書く",
    editNoteOf: "「{{item}}」のメモを書く",
    reopen: "未完了に戻す",
    reopenOf: "「{{item}}」を未完了に戻す",
    noteLabel: "メモ",
    noteHint: "確認した内容や担当者など（500文字まで）",
    noted: "メモ：{{note}}",
    automatic: "自動で完了",
    moved: "大阪に移った台数：{{moved}} / {{total}}",
  },
  en: {
    open: "Open",
    done: "Done",
    mark: "Mark as done",
    markOf: "Mark as done: {{item}}",
    noteOf: "Done, with a note: {{item}}",
    note: "Done, with a note",
    editNote: "Write a note",
    editNoteOf: "Write a note: {{item}}",
    reopen: "Open again",
    reopenOf: "Open again: {{item}}",
    noteLabel: "Note",
    noteHint: "What was seen, who did it; at most 500 characters",
    noted: "Note: {{note}}",
    automatic: "Done by itself",
    moved: "Moved to Osaka: {{moved}} of {{total}}",
  },
});

type Item = Schema<"ChecklistItem">;

/** One thing to be done: how and why, how far it is, who did it; and the buttons of those who may mark it. */
export function ChecklistItem({ item }: { item: Item }) {
  const t = useTexts(texts);
  const label = useLabel();
  const { count } = useNumbers();
  const { how, progress, state } = item;
  return (
    <Stack gap={4}>
      <Group gap="sm">
        <Title order={3}>{label(item.label)}</Title>
        <Status tone={state === "done" ? "ok" : "warning"}>{t(state)}</Status>
      </Group>
      {how && state === "open" ? <Text size="sm">{label(how)}</Text> : null}
      {progress && progress.total > 0 ? (
        <Text size="sm">{t("moved", { moved: count(progress.moved), total: count(progress.total) })}</Text>
      ) : null}
      {item.done ? <Completion done={item.done} /> : null}
      {useMay("editChecklist") ? <Marks item={item} /> : null}
    </Stack>
  );
}

function Completion({ done: { how, by, at, note } }: { done: NonNullable<Item["done"]> }) {
  const t = useTexts(texts);
  return (
    <>
      <Text size="sm" c="var(--muted)">
        {how === "automatic" ? t("automatic") : <Actor by={by} />} {at ? <Time at={at} seconds /> : null}
      </Text>
      {note ? <Text size="sm">{t("noted", { note })}</Text> : null}
    </>
  );
}

/** The note of what somebody else has done is theirs. */
function useMayNote({ done }: Item): boolean {
  const { user } = useSession();
  return done === undefined || (done.how === "person" && done.by.id === user?.profile.email);
}

function Marks({ item }: { item: Item }) {
  const t = useTexts(texts);
  const name = useLabel()(item.label);
  const mayNote = useMayNote(item);
  const tenant = useTenant().id;
  const [noting, setNoting] = useState(false);
  const mark = $api.useMutation("post", "/v1/tenants/{tenant}/dr/checklist/{item}", {
    onSuccess: () => setNoting(false),
  });
  const send = (done: boolean, note?: string) =>
    mark.mutate({
      params: { path: { tenant, item: item.id } },
      body: { done, ...(note === undefined ? {} : { note }) },
    });
  const isOpen = item.state === "open";
  const button = { size: "xs", loading: mark.isPending } as const;
  return (
    <>
      <Group gap="xs">
        {isOpen ? (
          <Button {...button} aria-label={t("markOf", { item: name })} onClick={() => send(true)}>
            {t("mark")}
          </Button>
        ) : null}
        {mayNote ? (
          <Button
            {...button}
            variant="default"
            aria-label={t(isOpen ? "noteOf" : "editNoteOf", { item: name })}
            onClick={() => setNoting(true)}
          >
            {t(isOpen ? "note" : "editNote")}
          </Button>
        ) : null}
        {/* What is counted as done is not a person's to open again. */}
        {isOpen || item.done?.at === undefined ? null : (
          <Button {...button} variant="subtle" aria-label={t("reopenOf", { item: name })} onClick={() => send(false)}>
            {t("reopen")}
          </Button>
        )}
      </Group>
      {mark.error && !noting ? <Failure error={mark.error} /> : null}
      {noting ? (
        <NoteDialog
          title={name}
          before={item.done?.note ?? ""}
          pending={mark.isPending}
          error={mark.error}
          onNote={(note) => send(true, note)}
          onClose={() => setNoting(false)}
        />
      ) : null}
    </>
  );
}

type NoteDialogProps = {
  title: string;
  before: string;
  pending: boolean;
  error: unknown;
  onNote: (note: string) => void;
  onClose: () => void;
};

function NoteDialog({ title, before, pending, error, onNote, onClose }: NoteDialogProps) {
  const t = useTexts(texts);
  const [note, setNote] = useState(before);
  return (
    <Confirm
      title={title}
      action={t("mark")}
      blocked={note.trim() === ""}
      pending={pending}
      error={error}
      onConfirm={() => onNote(note.trim())}
      onClose={onClose}
    >
      <Textarea
        label={t("noteLabel")}
        description={t("noteHint")}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={500}
        data-autofocus
      />
    </Confirm>
  );
}
