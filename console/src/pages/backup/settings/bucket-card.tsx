import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useEffect, useId, useRef } from "react";
import { defineTexts, useLabel, useList, useTexts } from "../../../texts/texts.ts";
import { Facts } from "../../../ui/facts.tsx";
import { Failure } from "../../../ui/failure.tsx";
import { Status, type Tone } from "../../../ui/status.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";
import { BucketSteps } from "./bucket-steps.tsx";
import { type Bucket, isUnsettled, type Level, type Settings, useLevelName, useSaveLevel, wantedOf } from "./levels.ts";

const texts = defineTexts("backupBucket", {
  ja: {
    since: "発生",
    checked: "最終確認",
    named: "指定している設定",
    more: "ほか{{n}}件",
    units: "保存しているセンター・チーム",
    n: "{{n}}件",
    proved: "所有の確認",
    by: "（{{by}}）",
    checkNow: "今すぐ確認する",
    notYours: "このバケットの手続きは、全社管理者、または指定した拠点の管理者が行います。",
    notChecked: "Hikaeが確認できない設定",
  },
  en: {
    since: "Since",
    checked: "Last checked",
    named: "Named by",
    more: "and {{n}} more",
    units: "Centres and teams stored there",
    n: "{{n}}",
    proved: "Proved to be yours",
    by: " ({{by}})",
    checkNow: "Check now",
    notYours: "A company administrator, or an administrator of the office that names it, sees to this bucket.",
    notChecked: "What Hikae cannot check",
  },
});

const tones: Record<Bucket["state"], Tone> = {
  proved: "ok",
  waitingForPermission: "warning",
  waitingForProof: "warning",
  proofLost: "danger",
  failed: "danger",
  outOfService: "danger",
  unchecked: "muted",
};

type BucketCardProps = { bucket: Bucket; grant: Settings["grant"]; naming: readonly Level[]; units: number };

/** One bucket: what it is now, what is wrong, and the steps that are left (R33, R34). */
export function BucketCard({ bucket, grant, naming, units }: BucketCardProps) {
  const text = useLabel();
  const id = useId();
  const { name, state, label, problem } = bucket;
  const heading = useFocusWhenSettled(bucket);
  return (
    <article aria-labelledby={id} className="bucket">
      <Stack gap="sm">
        <Group gap="sm">
          <Title order={3} id={id} ref={heading} tabIndex={-1}>
            {name}
          </Title>
          <span role="status">
            <Status tone={tones[state]}>{text(label)}</Status>
          </span>
        </Group>
        {problem && problem.cause !== "unproved" ? (
          <Alert color="yellow" variant="outline" title={text(problem.label)}>
            {text(problem.remedy)}
          </Alert>
        ) : null}
        <BucketFacts bucket={bucket} naming={naming} units={units} />
        {isUnsettled(bucket) ? (
          <WhatToDo bucket={bucket} grant={grant} naming={naming} />
        ) : (
          <NotChecked bucket={bucket} />
        )}
      </Stack>
    </article>
  );
}

/** The steps go away when the last is done; whoever stood there is taken to the bucket's heading. */
function useFocusWhenSettled(bucket: Bucket) {
  const heading = useRef<HTMLHeadingElement>(null);
  const unsettled = isUnsettled(bucket);
  const before = useRef(unsettled);
  useEffect(() => {
    if (before.current && !unsettled && document.activeElement === document.body) heading.current?.focus();
    before.current = unsettled;
  }, [unsettled]);
  return heading;
}

function WhatToDo({ bucket, grant, naming }: Omit<BucketCardProps, "units">) {
  const t = useTexts(texts);
  if (!bucket.provable) {
    return (
      <Text size="sm" c="var(--muted)">
        {t("notYours")}
      </Text>
    );
  }
  return (
    <>
      <BucketSteps bucket={bucket} grant={grant} />
      {bucket.state === "waitingForProof" || bucket.state === "proofLost" ? null : (
        <CheckNow bucket={bucket} naming={naming} />
      )}
    </>
  );
}

/** Saving the level that names the bucket once more has it looked at at once. */
function CheckNow({ bucket, naming }: Pick<BucketCardProps, "bucket" | "naming">) {
  const t = useTexts(texts);
  const save = useSaveLevel();
  const level = naming.find(({ editable, saved }) => editable && saved?.bucket === bucket.name);
  if (!level) return null;
  return (
    <>
      <Group>
        <Button
          variant="default"
          loading={save.isPending}
          onClick={() => save.mutate({ level, wanted: wantedOf(level) })}
        >
          {t("checkNow")}
        </Button>
      </Group>
      {save.error ? <Failure error={save.error} /> : null}
    </>
  );
}

/** So many levels are named one by one. */
const mostNamed = 5;

function BucketFacts({ bucket, naming, units }: Pick<BucketCardProps, "bucket" | "naming" | "units">) {
  const t = useTexts(texts);
  const levelName = useLevelName();
  const { count } = useNumbers();
  const list = useList();
  const { state, checkedAt, problem, provedAt, provedBy } = bucket;
  const named = naming.slice(0, mostNamed).map(({ level }) => levelName(level));
  const more = naming.length > mostNamed ? [t("more", { n: count(naming.length - mostNamed) })] : [];
  const proof = provedAt ? (
    <>
      <Time at={provedAt} />
      {provedBy ? t("by", { by: provedBy }) : null}
    </>
  ) : null;
  return (
    <Facts
      items={[
        [t("named"), naming.length > 0 ? list([...named, ...more]) : null],
        [t("units"), units > 0 ? t("n", { n: count(units) }) : null],
        [
          t("since"),
          problem?.since && state !== "waitingForPermission" ? <Time key="since" at={problem.since} seconds /> : null,
        ],
        [t("checked"), checkedAt ? <Time key="checked" at={checkedAt} seconds /> : null],
        [t("proved"), proof],
      ]}
    />
  );
}

/** Never claimed, because the role that Hikae is granted does not let it read them. */
function NotChecked({ bucket: { notChecked } }: { bucket: Bucket }) {
  const t = useTexts(texts);
  const text = useLabel();
  return (
    <details>
      <summary>{t("notChecked")}</summary>
      <List size="sm" mt="xs">
        {notChecked.map(({ setting, label, advice }) => (
          <List.Item key={setting}>
            {text(label)}
            <Text size="sm" c="var(--muted)">
              {text(advice)}
            </Text>
          </List.Item>
        ))}
      </List>
    </details>
  );
}
