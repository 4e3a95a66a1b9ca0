import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { $api } from "../../api/client.ts";
import { useTenant } from "../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../texts/texts.ts";
import { Failure } from "../../ui/failure.tsx";
import { Section } from "../../ui/page.tsx";
import { usePlaces } from "./places.ts";
import { choiceOf, type RecordingFilter } from "./recording-filter.tsx";
import { ScopeSelect } from "./scope-select.tsx";

const texts = defineTexts("verificationForm", {
  ja: {
    title: "台帳とバケットを照合する",
    intro:
      "Hikaeの台帳にある録音が、いまもバケットにそのまま残っているかを調べます。バケットの中身も台帳も変更しません。",
    bucket: "バケット",
    allBuckets: "すべてのバケット",
    from: "通話日（から）",
    to: "通話日（まで）",
    part: "対象や期間を絞ると、台帳にない余分なファイルは調べません。",
    start: "照合を開始",
  },
  en: {
    title: "Compare the ledger with the buckets",
    intro:
      "This finds out whether the recordings of Hikae’s ledger still lie in your buckets as they were stored. It changes neither.",
    bucket: "Bucket",
    allBuckets: "All buckets",
    from: "Calls from",
    to: "Calls until",
    part: "When only a part is compared, files that are not in the ledger are not looked for.",
    start: "Start the verification",
  },
});

/** Chooses what is compared, and starts it. */
export function VerificationForm({ onStart }: { onStart(operation: string): void }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const { buckets } = usePlaces();
  const [bucket, setBucket] = useState("");
  const [part, setPart] = useState<Omit<RecordingFilter, "status">>({});
  const start = $api.useMutation("post", "/v1/tenants/{tenant}/backup/verify", { onSuccess: ({ id }) => onStart(id) });
  const { from, to, ...scope } = part;
  const days = { ...(from ? { from } : {}), ...(to ? { to } : {}) };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { ...choiceOf(part), ...(bucket ? { bucket } : {}) };
    start.mutate({ params: { path: { tenant } }, body });
  };
  const day = (name: "from" | "to") => (
    <TextInput
      type="date"
      label={t(name)}
      value={part[name] ?? ""}
      onChange={({ currentTarget: { value } }) => setPart({ ...part, [name]: value })}
    />
  );
  return (
    <Section title={t("title")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t("intro")}</Text>
          <Group align="flex-end">
            <NativeSelect
              label={t("bucket")}
              value={bucket}
              onChange={({ currentTarget: { value } }) => setBucket(value)}
              data={[{ value: "", label: t("allBuckets") }, ...buckets]}
            />
            <ScopeSelect value={scope} onChange={(next) => setPart({ ...days, ...next })} />
            {day("from")}
            {day("to")}
          </Group>
          {Object.keys(choiceOf(part)).length > 0 ? <Text size="sm">{t("part")}</Text> : null}
          <Button type="submit" loading={start.isPending} w="fit-content">
            {t("start")}
          </Button>
          {start.error ? <Failure error={start.error} /> : null}
        </Stack>
      </form>
    </Section>
  );
}
