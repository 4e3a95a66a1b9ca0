import { Button, Group, Stack, Text } from "@mantine/core";
import { $api } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Facts } from "../../../ui/facts.tsx";
import { Failure } from "../../../ui/failure.tsx";
import { Time } from "../../../ui/time.tsx";
import type { Bucket } from "./levels.ts";

const texts = defineTexts("backupChallenge", {
  ja: {
    what: "バケットがお客様のものであることを確認するため、確認コードを書いたファイルをバケットに置きます。",
    issue: "確認コードを発行する",
    again: "新しい確認コードを発行する",
    againHint: "新しく発行すると、前の確認コードは使えなくなります。",
    file: "ファイル",
    issued: "発行",
    by: "（{{by}}）",
    expires: "有効期限",
    expired: "有効期限が過ぎました。新しい確認コードを発行してください。",
  },
  en: {
    what: "To prove that the bucket is yours, Hikae leaves a file with a code in it.",
    issue: "Leave a code",
    again: "Leave a new code",
    againHint: "A new code makes the one before void.",
    file: "File",
    issued: "Left",
    by: " ({{by}})",
    expires: "Valid until",
    expired: "The code is not valid any more. Have a new one left.",
  },
});

/** Has a one-time code left in the bucket for its owner to read (R34). */
export function ChallengeStep({ bucket: { name, challenge } }: { bucket: Bucket }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const issue = $api.useMutation("post", "/v1/tenants/{tenant}/backup/buckets/{bucket}/challenge");
  const isOver = challenge !== undefined && Date.parse(challenge.expiresAt) <= Date.now();
  const issued = challenge ? (
    <>
      <Time at={challenge.issuedAt} />
      {t("by", { by: challenge.issuedBy })}
    </>
  ) : null;
  return (
    <Stack gap="xs" mt="xs">
      <Text size="sm">{t("what")}</Text>
      {challenge ? (
        <Facts
          items={[
            [t("file"), challenge.object],
            [t("issued"), issued],
            [t("expires"), <Time key="expires" at={challenge.expiresAt} />],
          ]}
        />
      ) : null}
      {isOver ? <Text size="sm">{t("expired")}</Text> : null}
      <Group>
        <Button
          variant={challenge && !isOver ? "default" : "filled"}
          loading={issue.isPending}
          onClick={() => issue.mutate({ params: { path: { tenant, bucket: name } } })}
        >
          {t(challenge ? "again" : "issue")}
        </Button>
        {challenge ? (
          <Text size="sm" c="var(--muted)">
            {t("againHint")}
          </Text>
        ) : null}
      </Group>
      {issue.error ? <Failure error={issue.error} /> : null}
    </Stack>
  );
}
