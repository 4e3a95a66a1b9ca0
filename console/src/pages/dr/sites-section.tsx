import { Stack } from "@mantine/core";
import { defineTexts, useNames, useTexts } from "../../texts/texts.ts";
import { Facts } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import type { Status } from "./standby.tsx";
import { sites } from "./words.ts";

const texts = defineTexts("sitesSection", {
  ja: {
    title: "サイト",
    role: "このサイト",
    host: "ホスト",
    version: "プラットフォームの版",
    setting: "同期設定",
    enabled: "有効",
    disabled: "無効",
    peer: "相手のサイト",
    peerHost: "相手のホスト",
    peerAddress: "相手のIPアドレス",
    silent: "応答がありません",
    badge: "待機サイト",
  },
  en: {
    title: "Sites",
    role: "This site",
    host: "Host",
    version: "Platform version",
    setting: "Sync setting",
    enabled: "enabled",
    disabled: "disabled",
    peer: "Other site",
    peerHost: "Other site's host",
    peerAddress: "Other site's IP address",
    silent: "does not answer",
    badge: "Secondary",
  },
});

/** Which site this is, and what it knows of the other one (R16). */
export function SitesSection({ status }: { status: Status }) {
  const t = useTexts(texts);
  const site = useNames(sites);
  const { serverRole, host, platformVersion, syncSetting, peer, consoleBadge } = status;
  return (
    <Section title={t("title")}>
      <Stack gap="sm">
        {consoleBadge ? (
          <span className="site-badge" data-site="secondary">
            {t("badge")}
          </span>
        ) : null}
        <Facts
          items={[
            [t("role"), site(serverRole)],
            [t("host"), host],
            [t("version"), platformVersion],
            [t("setting"), syncSetting && t(syncSetting)],
            [t("peer"), site(peer.site)],
            [t("peerHost"), peer.host ?? t("silent")],
            [t("peerAddress"), peer.ipAddress],
          ]}
        />
      </Stack>
    </Section>
  );
}
