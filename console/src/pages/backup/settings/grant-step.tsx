import { Anchor, List, Stack, Text } from "@mantine/core";
import { defineTexts, useLabel, useTexts } from "../../../texts/texts.ts";
import { Copyable } from "./copyable.tsx";
import type { Bucket, Settings } from "./levels.ts";

const texts = defineTexts("backupGrant", {
  ja: {
    unknown: "Hikaeのサービスアカウントがまだ公開されていません。運用担当へお問い合わせください。",
    console: "Google Cloud コンソールで許可する場合",
    open: "バケットの「権限」タブを開く（Google Cloud コンソール）",
    principal: "「アクセス権を付与」を押し、「新しいプリンシパル」に下のサービスアカウントを貼り付けます。",
    role: "「ロールを選択」で「Cloud Storage」の「{{role}}」を選びます。",
    save: "「保存」を押します。",
    account: "サービスアカウント",
    command: "コマンドで許可する場合",
  },
  en: {
    unknown: "Hikae's service account is not published yet. Please ask the operators.",
    console: "In the Google Cloud console",
    open: "Open the bucket's “Permissions” tab (Google Cloud console)",
    principal: "Press “Grant access” and paste the service account below into “New principals”.",
    role: "Under “Select a role” choose “{{role}}” of “Cloud Storage”.",
    save: "Press “Save”.",
    account: "Service account",
    command: "By a command",
  },
});

/** How the owner of a bucket lets Hikae write there, in Cloud Storage's own words. */
export function GrantStep({ bucket: { name }, grant }: { bucket: Bucket; grant: Settings["grant"] }) {
  const t = useTexts(texts);
  const text = useLabel();
  const { serviceAccount, role, label } = grant;
  if (serviceAccount === null) return <Text size="sm">{t("unknown")}</Text>;
  return (
    <Stack gap="xs" mt="xs">
      <Text size="sm" fw={600}>
        {t("console")}
      </Text>
      <List size="sm" type="ordered">
        <List.Item>
          <Anchor size="sm" href={permissionsOf(name)} target="_blank" rel="noreferrer" underline="always">
            {t("open")}
          </Anchor>
        </List.Item>
        <List.Item>{t("principal")}</List.Item>
        <List.Item>{t("role", { role: text(label) })}</List.Item>
        <List.Item>{t("save")}</List.Item>
      </List>
      <Copyable what={t("account")} value={serviceAccount} />
      <Copyable what={t("command")} value={grantCommand(name, serviceAccount, role)} />
    </Stack>
  );
}

function permissionsOf(bucket: string): string {
  return `https://console.cloud.google.com/storage/browser/${encodeURIComponent(bucket)};tab=permissions`;
}

function grantCommand(bucket: string, serviceAccount: string, role: string): string {
  return `gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=serviceAccount:${serviceAccount} --role=${role}`;
}
