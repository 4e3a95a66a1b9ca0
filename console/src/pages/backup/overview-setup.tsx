import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Section } from "../../ui/page.tsx";
import { Status } from "../../ui/status.tsx";
import { useNumbers } from "../../ui/time.tsx";
import { isUnsettled, type Settings, useSettings } from "./settings/levels.ts";

const texts = defineTexts("backupSetup", {
  ja: {
    title: "設定",
    use: "録音バックアップ",
    on: "有効",
    off: "無効",
    units: "バックアップ中のセンター・チーム",
    of: "{{n}} / {{all}}件",
    unsettled: "対応が必要なバケット",
    n: "{{n}}件",
    open: "設定を開く",
  },
  en: {
    title: "Settings",
    use: "Recording backup",
    on: "On",
    off: "Off",
    units: "Centres and teams backed up",
    of: "{{n}} of {{all}}",
    unsettled: "Buckets that need something done",
    n: "{{n}}",
    open: "Open the settings",
  },
});

/** What is set up, in short, with the way to the settings. */
export function SetupSection() {
  const t = useTexts(texts);
  const { id } = useTenant();
  const settings = useSettings();
  const link = (
    <Button component={Link} to={`/tenants/${id}/backup/settings`} variant="default">
      {t("open")}
    </Button>
  );
  return (
    <Section title={t("title")} actions={link}>
      <Loaded query={settings}>{(data) => <Setup settings={data} />}</Loaded>
    </Section>
  );
}

function Setup({ settings }: { settings: Settings }) {
  const t = useTexts(texts);
  const { count } = useNumbers();
  const { offices: own } = useTenant();
  const units = settings.levels.items.filter(
    ({ level: { type, office = "" } }) => type !== "office" && (own === undefined || own.includes(office)),
  );
  const stored = units.filter(({ effective }) => !("why" in effective));
  const unsettled = settings.buckets.filter(isUnsettled).length;
  const { enabled } = settings.inForce;
  return (
    <Facts
      items={[
        [
          t("use"),
          <Status key="use" tone={enabled ? "ok" : "muted"}>
            {t(enabled ? "on" : "off")}
          </Status>,
        ],
        [t("units"), t("of", { n: count(stored.length), all: count(units.length) })],
        [
          t("unsettled"),
          unsettled > 0 ? (
            <Status key="unsettled" tone="warning">
              {t("n", { n: count(unsettled) })}
            </Status>
          ) : null,
        ],
      ]}
    />
  );
}
