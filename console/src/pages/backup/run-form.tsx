import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { $api } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Failure } from "../../ui/failure.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Section } from "../../ui/page.tsx";
import { beginningOf, dayOf } from "./days.ts";
import type { Scope } from "./places.ts";
import { RunEstimate } from "./run-estimate.tsx";
import { ScopeSelect } from "./scope-select.tsx";

const texts = defineTexts("runForm", {
  ja: {
    title: "過去の録音をバックアップする",
    intro:
      "過去2年以内に始まった通話の録音のうち、まだ保存していないものをバケットへ保存します。保存済みの録音はそのままです。実行中も、新しい通話の録音は優先して保存します。",
    since: "いつの通話から（最長2年前）",
    estimate: "件数を調べる",
    start: "バックアップを開始",
    noOffice: "ご担当の拠点がないため、実行できません。全社管理者にご相談ください。",
  },
  en: {
    title: "Back up recordings of the past",
    intro:
      "Recordings of calls of the past two years that are not stored yet are stored in your bucket. What is stored stays as it is, and calls that end meanwhile come first.",
    since: "Calls from (two years ago at most)",
    estimate: "Count them",
    start: "Start the backup",
    noOffice: "You administer no office, so there is nothing you can back up. Ask a company administrator.",
  },
});

const mostYears = 2;

function earliestDay(): string {
  const now = new Date();
  // A day is taken as it begins here, which may be before the same time two years ago.
  return dayOf(new Date(now.getFullYear() - mostYears, now.getMonth(), now.getDate()));
}

/** Chooses what a run is about, counts what it would do, and starts it. */
export function RunForm({ onStart }: { onStart(operation: string): void }) {
  const t = useTexts(texts);
  const { offices } = useTenant();
  const [scope, setScope] = useState<Scope>();
  const [since, setSince] = useState(earliestDay);
  const [counted, setCounted] = useState(false);
  const change = (next: () => void) => {
    setCounted(false);
    next();
  };
  // Who administers single offices names one, which is known though its name has not come yet.
  const office = offices?.[0];
  const chosen = scope ?? (office === undefined ? {} : { office });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setCounted(true);
  };
  if (offices?.length === 0) return <Text>{t("noOffice")}</Text>;
  return (
    <Section title={t("title")}>
      <Stack gap="sm">
        <Text size="sm">{t("intro")}</Text>
        <form onSubmit={submit}>
          <Group align="flex-end">
            <ScopeSelect
              value={chosen}
              onChange={(next) => change(() => setScope(next))}
              withoutAll={offices !== undefined}
            />
            <TextInput
              type="date"
              label={t("since")}
              required
              min={earliestDay()}
              max={dayOf(new Date())}
              value={since}
              onChange={({ currentTarget: { value } }) => change(() => setSince(value))}
            />
            <Button type="submit" variant="default">
              {t("estimate")}
            </Button>
          </Group>
        </form>
        {counted ? (
          <CountedRun scope={chosen} since={beginningOf(since)} onStart={(id) => change(() => onStart(id))} />
        ) : null}
      </Stack>
    </Section>
  );
}

type CountedRunProps = { scope: Scope; since: string | undefined; onStart(operation: string): void };

/** What a run would do, counted now, and the button that starts it. */
function CountedRun({ scope, since, onStart }: CountedRunProps) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const path = { tenant };
  const start = $api.useMutation("post", "/v1/tenants/{tenant}/backup/runs");
  const period = since === undefined ? {} : { since };
  const estimate = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/backup/runs/estimate",
    { params: { path, query: { ...scope, ...period } } },
    // What was counted before is not shown again: it is asked for in order to know it now.
    { refetchInterval: false, gcTime: 0 },
  );
  const run = () =>
    start.mutate(
      { params: { path }, body: { scope: scopeOf(scope), ...period } },
      { onSuccess: ({ id }) => onStart(id) },
    );
  return (
    <Loaded query={estimate}>
      {(data) => (
        <Stack gap="sm" align="flex-start">
          <RunEstimate estimate={data} />
          {data.toDo > 0 ? (
            <Button onClick={run} loading={start.isPending}>
              {t("start")}
            </Button>
          ) : null}
          {start.error ? <Failure error={start.error} /> : null}
        </Stack>
      )}
    </Loaded>
  );
}

/** A scope as a run names it. */
function scopeOf({ office, callCenter, coachingTeam }: Scope) {
  if (office !== undefined) return { office };
  if (callCenter !== undefined) return { callCenter };
  return coachingTeam === undefined ? { all: true as const } : { coachingTeam };
}
