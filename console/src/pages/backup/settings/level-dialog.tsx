import { Alert, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { isProblem } from "../../../api/client.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";
import { DestinationFields } from "./destination-fields.tsx";
import { type Level, useFieldFault, useLevelName, useSaveLevel, type Wanted, wantedOf } from "./levels.ts";

const texts = defineTexts("backupLevelDialog", {
  ja: {
    title: "録音バックアップの設定：{{level}}",
    save: "保存する",
    enabled: "録音をバックアップする",
    enabledCompany: "録音バックアップを使う",
    enabledCompanyHint: "センターとチームごとの有効・無効は、下の一覧で切り替えます。",
    bucket: "会社のバケット",
    bucketHint: "Cloud Storageのバケット名です。gs:// は付けずに入力します。",
    restrict: "会社のバケットだけを使う",
    restrictHint: "有効にすると、拠点・センター・チームの専用バケットは使われなくなります。",
    sidecar: "通話の情報（JSON）を録音と一緒に保存する",
    sidecarHint: "通話、担当者、番号などを、録音と同じ名前の .json ファイルに書き出します。",
    changedMeanwhile: "編集している間に{{by}}が設定を変更しました。保存すると、その変更を上書きします。",
    somebody: "ほかの管理者",
    primaryLost:
      "設定は、大阪に切り替えるまでは東京に保存されます。東京が応答しない間は変更できません。大阪に切り替えると、大阪で変更できます。",
  },
  en: {
    title: "Recording backup: {{level}}",
    save: "Save",
    enabled: "Back up its recordings",
    enabledCompany: "Use recording backup",
    enabledCompanyHint: "Centres and teams are switched on and off one by one in the list below.",
    bucket: "The company's bucket",
    bucketHint: "The name of a Cloud Storage bucket, without gs://.",
    restrict: "Use the company's bucket only",
    restrictHint: "While this is on, buckets of offices, centres and teams are not used.",
    sidecar: "Store a metadata file (JSON) beside each recording",
    sidecarHint: "Call, agent and numbers, in a .json file of the recording's name.",
    changedMeanwhile: "{{by}} has changed the settings while you edit them. If you save, that change is overwritten.",
    somebody: "Another administrator",
    primaryLost:
      "While Osaka is not active the settings are kept in Tokyo, and cannot be changed while Tokyo does not answer. Once Osaka is activated they can be changed there.",
  },
});

type LevelDialogProps = { level: Level; onClose(): void; onSaved(): void };

/** Edits what is saved for one level (R32, R35); the API says what is wrong with a field. */
export function LevelDialog({ level, onClose, onSaved }: LevelDialogProps) {
  const t = useTexts(texts);
  const name = useLevelName();
  const [wanted, setWanted] = useState<Wanted>(wantedOf(level));
  const [openedAt] = useState(level.saved?.updatedAt);
  const save = useSaveLevel(() => {
    onSaved();
    onClose();
  });
  const fault = useFieldFault(save.error);
  const change = (next: Partial<Wanted>) => setWanted({ ...wanted, ...next });
  const isInPlace = ["body.bucket", "body.restrict"].some((field) => fault(field) !== undefined);
  const Fields = level.level.type === "company" ? CompanyFields : PartFields;
  return (
    <Confirm
      title={t("title", { level: name(level.level) })}
      action={t("save")}
      pending={save.isPending}
      error={isInPlace ? undefined : save.error}
      onConfirm={() => save.mutate({ level, wanted })}
      onClose={onClose}
    >
      <Stack>
        {level.saved?.updatedAt !== openedAt ? (
          <Alert color="yellow" variant="outline" role="status">
            {t("changedMeanwhile", { by: level.saved?.updatedBy ?? t("somebody") })}
          </Alert>
        ) : null}
        <Fields level={level} wanted={wanted} change={change} fault={fault} />
        {isPrimaryLost(save.error) ? <Paragraph>{t("primaryLost")}</Paragraph> : null}
      </Stack>
    </Confirm>
  );
}

/** Where it is the bucket that cannot be looked at, the fault names its field. */
function isPrimaryLost(error: unknown): boolean {
  return isProblem(error) && error.code === "unavailable" && !error.fields;
}

export type FieldsProps = {
  level: Level;
  wanted: Wanted;
  change(next: Partial<Wanted>): void;
  fault(field: string): string | undefined;
};

function CompanyFields({ wanted, change, fault }: FieldsProps) {
  const t = useTexts(texts);
  return (
    <>
      <Switch
        label={t("enabledCompany")}
        description={t("enabledCompanyHint")}
        checked={wanted.enabled}
        onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
      />
      <TextInput
        label={t("bucket")}
        description={t("bucketHint")}
        value={wanted.bucket ?? ""}
        onChange={({ currentTarget }) => change({ bucket: currentTarget.value.trim() || null })}
        error={fault("body.bucket")}
        autoComplete="off"
        spellCheck={false}
      />
      <Switch
        label={t("restrict")}
        description={t("restrictHint")}
        checked={wanted.restrict}
        error={fault("body.restrict")}
        onChange={({ currentTarget }) => change({ restrict: currentTarget.checked })}
      />
      <Switch
        label={t("sidecar")}
        description={t("sidecarHint")}
        checked={wanted.sidecar}
        onChange={({ currentTarget }) => change({ sidecar: currentTarget.checked })}
      />
    </>
  );
}

function PartFields(props: FieldsProps) {
  const t = useTexts(texts);
  const { level, wanted, change } = props;
  return (
    <>
      {level.level.type === "office" ? null : (
        <Switch
          label={t("enabled")}
          checked={wanted.enabled}
          onChange={({ currentTarget }) => change({ enabled: currentTarget.checked })}
        />
      )}
      <DestinationFields {...props} />
    </>
  );
}
