import { Code, Group, Stack, Switch, Text } from "@mantine/core";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { Failure } from "../../../ui/failure.tsx";
import { Status } from "../../../ui/status.tsx";
import { type Level, useLevelName, useSaveLevel, wantedOf } from "./levels.ts";

const texts = defineTexts("backupLevelCells", {
  ja: {
    on: "有効",
    off: "無効",
    byUnits: "センター・チームごと",
    switchWhat: "{{name}}の録音をバックアップする",
    fromCompany: "会社の設定",
    fromOffice: "拠点「{{office}}」の設定",
    fromUnit: "専用のバケット",
    waits: "「{{bucket}}」は確認待ちです",
  },
  en: {
    on: "On",
    off: "Off",
    byUnits: "Set for each centre and team",
    switchWhat: "Back up the recordings of {{name}}",
    fromCompany: "as set for the company",
    fromOffice: "as set for the office “{{office}}”",
    fromUnit: "a bucket of its own",
    waits: "“{{bucket}}” is not settled yet",
  },
});

/** Whether a centre or team is backed up, as a switch for those who may. */
export function EnabledCell({ level }: { level: Level }) {
  const t = useTexts(texts);
  const name = useLevelName();
  const save = useSaveLevel();
  if (level.level.type === "office") {
    return (
      <Text size="sm" c="var(--muted)">
        {t("byUnits")}
      </Text>
    );
  }
  const wanted = wantedOf(level);
  const enabled = save.isPending ? save.variables.wanted.enabled : wanted.enabled;
  if (!level.editable) return <Status tone={enabled ? "ok" : "muted"}>{t(enabled ? "on" : "off")}</Status>;
  const change = (next: boolean) => !save.isPending && save.mutate({ level, wanted: { ...wanted, enabled: next } });
  return (
    <>
      <Group gap="xs" wrap="nowrap">
        <Switch
          aria-label={t("switchWhat", { name: name(level.level) })}
          checked={enabled}
          onChange={({ currentTarget }) => change(currentTarget.checked)}
        />
        <Text size="sm" aria-hidden>
          {t(enabled ? "on" : "off")}
        </Text>
      </Group>
      {save.error ? <Failure error={save.error} /> : null}
    </>
  );
}

type EffectiveCellProps = { level: Level; officeName(id: string | undefined): string | undefined };

/** The bucket in force and which level names it, or why there is none; and what is to come into force. */
export function EffectiveCell({ level: { level, effective, saved, inForce }, officeName }: EffectiveCellProps) {
  const t = useTexts(texts);
  const text = useLabel();
  const waits = saved?.bucket && saved.bucket !== inForce.bucket ? saved.bucket : undefined;
  return (
    <Stack gap={2} align="flex-start">
      {"why" in effective ? (
        <Status tone="muted">{text(effective.why.label)}</Status>
      ) : (
        <>
          <Code>{effective.bucket}</Code>
          <Text size="xs" c="var(--muted)">
            {effective.from.type === "company"
              ? t("fromCompany")
              : effective.from.type === "office" && level.type !== "office"
                ? t("fromOffice", { office: officeName(effective.from.id) ?? "" })
                : t("fromUnit")}
          </Text>
        </>
      )}
      {waits === undefined ? null : <Status tone="warning">{t("waits", { bucket: waits })}</Status>}
    </Stack>
  );
}
