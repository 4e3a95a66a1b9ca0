import { Button, Code, Stack, Text } from "@mantine/core";
import { useMay } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Facts } from "../../../ui/facts.tsx";
import { Section } from "../../../ui/page.tsx";
import { Status } from "../../../ui/status.tsx";
import { Time } from "../../../ui/time.tsx";
import type { Level, Settings } from "./levels.ts";

const texts = defineTexts("backupCompany", {
  ja: {
    title: "会社の設定",
    edit: "会社の設定を変更",
    begin: "録音バックアップを設定する",
    nothing: "録音バックアップはまだ設定されていません。",
    nothingFor: "録音バックアップはまだ設定されていません。設定できるのは全社管理者です。",
    companyOnly: "会社の設定を変更できるのは、全社管理者です。",
    use: "録音バックアップ",
    on: "有効",
    off: "無効",
    bucket: "会社のバケット",
    none: "指定なし",
    waits: "{{bucket}} に変更します。確認が済むまで、今の保存先を使います。",
    waitsFirst: "確認が済むまで、録音は保存されません。",
    restrict: "バケットの制限",
    restricted: "会社のバケットだけを使う",
    free: "拠点・センター・チームごとに専用のバケットを使える",
    sidecar: "通話の情報（JSON）",
    with: "録音と一緒に保存する",
    without: "保存しない",
    saved: "最終更新",
    by: "（{{by}}）",
  },
  en: {
    title: "The company",
    edit: "Change the company's settings",
    begin: "Set up recording backup",
    nothing: "Recording backup has not been set up yet.",
    nothingFor: "Recording backup has not been set up yet. A company administrator can do it.",
    companyOnly: "A company administrator can change the company's settings.",
    use: "Recording backup",
    on: "On",
    off: "Off",
    bucket: "The company's bucket",
    none: "none",
    waits: "To become {{bucket}}; until that is permitted and proved, the present one is used.",
    waitsFirst: "Nothing is stored until it is permitted and proved.",
    restrict: "Buckets",
    restricted: "The company's bucket only",
    free: "Offices, centres and teams may have buckets of their own",
    sidecar: "Metadata file (JSON)",
    with: "Stored beside each recording",
    without: "Not stored",
    saved: "Last changed",
    by: " ({{by}})",
  },
});

/** What holds for the whole tenant. */
export function CompanySection({ settings, onEdit }: { settings: Settings; onEdit(level: Level): void }) {
  const t = useTexts(texts);
  const { saved, editable } = settings;
  const isOffices = useMay("editOfficeBackup") && !editable;
  const button = (
    <Button variant={saved ? "default" : "filled"} onClick={() => onEdit(settings)}>
      {t(saved ? "edit" : "begin")}
    </Button>
  );
  return (
    <Section title={t("title")} actions={editable ? button : null}>
      {saved ? (
        <CompanyFacts settings={settings} saved={saved} />
      ) : (
        <Text>{t(editable ? "nothing" : "nothingFor")}</Text>
      )}
      {saved && isOffices ? (
        <Text size="sm" c="var(--muted)" mt="sm">
          {t("companyOnly")}
        </Text>
      ) : null}
    </Section>
  );
}

function CompanyFacts({ settings, saved }: { settings: Settings; saved: NonNullable<Level["saved"]> }) {
  const t = useTexts(texts);
  const updated = saved.updatedAt ? (
    <>
      <Time at={saved.updatedAt} />
      {saved.updatedBy ? t("by", { by: saved.updatedBy }) : null}
    </>
  ) : null;
  return (
    <Facts
      items={[
        [
          t("use"),
          <Status key="use" tone={saved.enabled ? "ok" : "muted"}>
            {t(saved.enabled ? "on" : "off")}
          </Status>,
        ],
        [t("bucket"), <CompanyBucket key="bucket" inForce={settings.inForce.bucket} saved={saved.bucket} />],
        [t("restrict"), t(saved.restrict ? "restricted" : "free")],
        [t("sidecar"), t(saved.sidecar ? "with" : "without")],
        [t("saved"), updated],
      ]}
    />
  );
}

function CompanyBucket({ inForce, saved }: { inForce: string | null; saved: string | null }) {
  const t = useTexts(texts);
  const shown = inForce ?? saved;
  return (
    <Stack gap={4}>
      {shown === null ? (
        t("none")
      ) : (
        <span>
          <Code>{shown}</Code>
        </span>
      )}
      {saved !== null && inForce === null ? <Text size="sm">{t("waitsFirst")}</Text> : null}
      {saved !== null && inForce !== null && saved !== inForce ? (
        <Text size="sm">{t("waits", { bucket: saved })}</Text>
      ) : null}
    </Stack>
  );
}
