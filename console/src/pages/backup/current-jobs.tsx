import { Stack } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { Schema } from "../../api/client.ts";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import { isEnded } from "../../ui/operation-texts.ts";
import { Section } from "../../ui/page.tsx";

type Rows = readonly { operation: Schema<"Operation"> }[];

/** The jobs that are under way; what was started here stays in sight when it has ended. */
export function useCurrentJobs(rows: Rows): { ids: readonly string[]; add(id: string): void } {
  const [started, setStarted] = useState<readonly string[]>([]);
  const open = rows.filter(({ operation }) => !isEnded(operation.state)).map(({ operation }) => operation.id);
  const add = (id: string) => setStarted((before) => [id, ...before]);
  return { ids: [...new Set([...started, ...open])], add };
}

type CurrentJobsProps = {
  title: string;
  ids: readonly string[];
  onEnd(): void;
  /** What stands below each, such as the way to its result. */
  below?: (id: string) => ReactNode;
};

/** How far each job is; nothing where there is none. */
export function CurrentJobs({ title, ids, onEnd, below }: CurrentJobsProps) {
  if (ids.length === 0) return null;
  return (
    <Section title={title}>
      <Stack gap="lg">
        {ids.map((id) => (
          <Stack key={id} gap="xs">
            <OperationProgress id={id} onEnd={onEnd} />
            {below?.(id)}
          </Stack>
        ))}
      </Stack>
    </Section>
  );
}
