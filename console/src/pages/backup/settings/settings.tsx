import { Alert, Text } from "@mantine/core";
import { useState } from "react";
import { useSite } from "../../../api/site.ts";
import { useMay } from "../../../shell/tenant.ts";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { Loaded } from "../../../ui/loaded.tsx";
import { Page } from "../../../ui/page.tsx";
import { BucketsSection } from "./buckets.tsx";
import { CompanySection } from "./company.tsx";
import { LevelDialog } from "./level-dialog.tsx";
import { LevelsSection } from "./level-table.tsx";
import { keyOf, type Level, type Settings, useLevelName, useSettings } from "./levels.ts";

const texts = defineTexts("backupSettings", {
  ja: {
    title: "録音バックアップの設定",
    intro: "通話の録音を、お客様のCloud Storageのバケットに保存します。",
    site: "{{site}}に保存されている設定を表示しています。",
    readOnly: "設定を変更できるのは、全社管理者と拠点管理者です。",
    saved: "{{level}}の設定を保存しました。",
  },
  en: {
    title: "Recording backup settings",
    intro: "Recordings of calls are stored in your own Cloud Storage bucket.",
    site: "These are the settings as they are kept in {{site}}.",
    readOnly: "Company and office administrators can change these settings.",
    saved: "Saved: {{level}}.",
  },
});

/** Where recordings go, level by level, and what is still to be done for each bucket (R32–R35, R49). */
export function BackupSettingsPage() {
  const t = useTexts(texts);
  const settings = useSettings();
  return (
    <Page title={t("title")} intro={t("intro")}>
      <Loaded query={settings}>{(data) => <Content settings={data} />}</Loaded>
    </Page>
  );
}

function Content({ settings }: { settings: Settings }) {
  const t = useTexts(texts);
  const text = useLabel();
  const { sites } = useSite();
  const name = useLevelName();
  const may = useMay("editOfficeBackup");
  const [editing, setEditing] = useState<string>();
  const [saved, setSaved] = useState<Level["level"]>();
  const all: readonly Level[] = [settings, ...settings.levels.items];
  const edited = all.find((level) => keyOf(level) === editing);
  const edit = (level: Level) => {
    setSaved(undefined);
    setEditing(keyOf(level));
  };
  return (
    <>
      {may ? null : <Alert color="gray" variant="outline" title={t("readOnly")} />}
      <div role="status">
        {saved ? <Alert color="green" variant="outline" title={t("saved", { level: name(saved) })} /> : null}
      </div>
      <CompanySection settings={settings} onEdit={edit} />
      <BucketsSection buckets={settings.buckets} grant={settings.grant} levels={all} />
      <LevelsSection settings={settings} onEdit={edit} />
      <Text size="sm" c="var(--muted)">
        {t("site", { site: text(sites[settings.site].location) })}
      </Text>
      {edited ? (
        <LevelDialog
          key={keyOf(edited)}
          level={edited}
          onClose={() => setEditing(undefined)}
          onSaved={() => setSaved(edited.level)}
        />
      ) : null}
    </>
  );
}
