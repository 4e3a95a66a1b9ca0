import { Group, Progress, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { $api, every, type Schema } from "../api/client.ts";
import { defineTexts, useNames, useTexts } from "../texts/texts.ts";
import { Loaded } from "./loaded.tsx";
import { OperationControls } from "./operation-controls.tsx";
import { OperationError } from "./operation-error.tsx";
import { isEnded, operationNotes, operationStates, operationTypes, toneOf } from "./operation-texts.ts";
import { Status } from "./status.tsx";
import { Time, useNumbers } from "./time.tsx";

const texts = defineTexts("operationProgress", {
  ja: {
    progress: "{{type}}の進み具合",
    counted: "{{done}} / {{total}} 件",
    uncounted: "{{done}} 件",
    details: "詳細を見る",
    finished: "終了：",
    began: "開始：",
  },
  en: {
    progress: "Progress: {{type}}",
    counted: "{{done}} of {{total}}",
    uncounted: "{{done}} so far",
    details: "Details",
    finished: "Ended: ",
    began: "Began: ",
  },
});

type OperationProgressProps = {
  id: string;
  /** Called once when the job ends while it is shown, with how. */
  onEnd?: (operation: Schema<"Operation">) => void;
  /** Whether there is a link to the job's own page. Default true. */
  link?: boolean;
};

/** A long job by its id, live until it ends: state, how far, what went wrong, and what may be done to it. */
export function OperationProgress({ id, onEnd, link = true }: OperationProgressProps) {
  const operation = useOperation(id);
  const running = useRef(false);
  useEffect(() => {
    if (!operation.data) return;
    const ended = isEnded(operation.data.state);
    if (ended && running.current) onEnd?.(operation.data);
    running.current = !ended;
  }, [operation.data, onEnd]);
  return <Loaded query={operation}>{(data) => <OperationView operation={data} link={link} />}</Loaded>;
}

/** A long job, asked for each second until it ends. */
export function useOperation(id: string) {
  return $api.useQuery(
    "get",
    "/v1/operations/{id}",
    { params: { path: { id } } },
    { refetchInterval: ({ state }) => (state.data && isEnded(state.data.state) ? false : every.second) },
  );
}

function OperationView({ operation, link }: { operation: Schema<"Operation">; link: boolean }) {
  const t = useTexts(texts);
  const type = useNames(operationTypes)(operation.type);
  const state = useNames(operationStates);
  const note = useNames(operationNotes);
  const { progress, error, createdAt, finishedAt, tenant, id } = operation;
  const ended = isEnded(operation.state);
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Text fw={600}>{type}</Text>
        <span role="status">
          <Status tone={toneOf(operation.state)}>{state(operation.state)}</Status>
        </span>
        <Text size="sm" c="var(--muted)">
          {t(finishedAt ? "finished" : "began")}
          <Time at={finishedAt ?? createdAt} seconds />
        </Text>
      </Group>
      {operation.state === "succeeded" ? null : <ProgressBar progress={progress} label={t("progress", { type })} />}
      {progress.note && !ended ? <Text size="sm">{note(progress.note)}</Text> : null}
      {error ? <OperationError error={error} /> : null}
      <Group gap="xs">
        <OperationControls operation={operation} />
        {link && isOfTenant(tenant) ? <Link to={`/tenants/${tenant}/operations/${id}`}>{t("details")}</Link> : null}
      </Group>
    </Stack>
  );
}

/** One of many tenants has no page of its own. */
const isOfTenant = (tenant: string): boolean => tenant !== "*";

/** How far it is: a bar where the whole is known, else the count alone. */
export function ProgressBar({ progress: { done, total }, label }: ProgressBarProps) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  if (total === undefined) return done > 0 ? <Text size="sm">{t("uncounted", { done: count(done) })}</Text> : null;
  const text = t("counted", { done: count(Math.min(done, total)), total: count(total) });
  const percent = total === 0 ? 0 : Math.min(100, (100 * done) / total);
  return (
    <div>
      <Progress.Root size="lg">
        <Progress.Section value={percent} aria-label={label} />
      </Progress.Root>
      <Text size="sm" mt={4}>
        {text}
      </Text>
    </div>
  );
}

type ProgressBarProps = { progress: Schema<"Operation">["progress"]; label: string };
