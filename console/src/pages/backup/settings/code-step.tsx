import { Button, List, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { $api } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { Failure } from "../../../ui/failure.tsx";
import { Copyable } from "./copyable.tsx";
import { type Bucket, useFieldFault } from "./levels.ts";

const texts = defineTexts("backupCode", {
  ja: {
    console: "Google Cloud コンソールで読み取る場合",
    folder: "バケットの「call-recordings」フォルダーを開きます。",
    file: "「{{file}}」を開き、確認コードを読み取ります。",
    command: "コマンドで読み取る場合",
    code: "確認コード",
    codeHint: "英数字32文字です。区切りのハイフンや大文字・小文字は問いません。",
    prove: "所有を確認する",
  },
  en: {
    console: "In the Google Cloud console",
    folder: "Open the bucket's folder “call-recordings”.",
    file: "Open “{{file}}” and read the code.",
    command: "By a command",
    code: "Code",
    codeHint: "32 letters and digits; hyphens and case do not matter.",
    prove: "Prove that it is yours",
  },
});

/** Takes the code that the owner has read in the bucket (R34). */
export function CodeStep({ bucket: { name }, object }: { bucket: Bucket; object: string }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const [code, setCode] = useState("");
  const prove = $api.useMutation("post", "/v1/tenants/{tenant}/backup/buckets/{bucket}/prove");
  const fault = useFieldFault(prove.error)("body.code");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!prove.isPending) prove.mutate({ params: { path: { tenant, bucket: name } }, body: { code } });
  };
  return (
    <Stack gap="xs" mt="xs">
      <Text size="sm" fw={600}>
        {t("console")}
      </Text>
      <List size="sm" type="ordered">
        <List.Item>{t("folder")}</List.Item>
        <List.Item>{t("file", { file: object.split("/").at(-1) ?? object })}</List.Item>
      </List>
      <Copyable what={t("command")} value={`gcloud storage cat ${object}`} />
      <form onSubmit={submit}>
        <Stack gap="xs" align="flex-start">
          <TextInput
            label={t("code")}
            description={t("codeHint")}
            value={code}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
            error={fault}
            required
            autoComplete="off"
            spellCheck={false}
            className="code-field"
          />
          <Button type="submit" loading={prove.isPending}>
            {t("prove")}
          </Button>
        </Stack>
      </form>
      {prove.error && fault === undefined ? <Failure error={prove.error} /> : null}
    </Stack>
  );
}
