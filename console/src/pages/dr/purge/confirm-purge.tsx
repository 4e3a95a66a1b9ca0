import { Alert, Checkbox } from "@mantine/core";
import { useState } from "react";
import { $api } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useList, useTexts } from "../../../texts/texts.ts";
import { Confirm, Paragraph } from "../../../ui/confirm.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";
import { useExportName } from "./export-name.ts";
import { type Exported, judgeExport, type PastExport } from "./exported.ts";
import { type Preview, useRecordings } from "./preview.tsx";

const texts = defineTexts("purgeConfirm", {
  ja: {
    title: "大阪の履歴と録音を消去しますか",
    act: "消去する",
    body: "履歴 {{entries}}件、録音ファイル {{recordings}} を消去します。元に戻すことはできません。",
    exported: "最後の書き出し：",
    never:
      "履歴は書き出されていないか、書き出したファイルの保存期間が過ぎています。必要な場合は、先に書き出してください。",
    partly:
      "最後の書き出しに含まれていないか、その後に増えた履歴があります：{{kinds}}。必要な場合は、先に書き出してください。",
    unknown: "履歴が書き出されているかどうかを確認できていません。",
    needless: "書き出しは必要ありません",
    onlyCopies:
      "うち {{count}}件の録音は、まだお客様のバケットに保存されていません。大阪にあるものが唯一の録音です。残す場合は、バックアップが終わるまでお待ちください。",
    abandon: "バックアップされていない録音も消去する",
  },
  en: {
    title: "Delete the histories and recordings in Osaka?",
    act: "Purge",
    body: "History entries: {{entries}}; recording files: {{recordings}}. All are deleted for good.",
    exported: "Last export: ",
    never: "The histories have not been exported, or the files have expired. If you need them, export them first.",
    partly: "Not in the last export, or grown since: {{kinds}}. If you need them, export them first.",
    unknown: "Whether the histories were exported is not known.",
    needless: "No export is needed",
    onlyCopies:
      "Recordings not yet stored in your bucket: {{count}}. Osaka has their only copies. To keep them, wait until they are backed up.",
    abandon: "Delete the recordings that are not backed up as well",
  },
});

/** Asks before a purge, and whether an export that is missing is needed (R26, R27). */
export function ConfirmPurge({ preview, onClose }: { preview: Preview; onClose(): void }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const { count } = useNumbers();
  const recordings = useRecordings(preview);
  const exported = judgeExport(preview.kinds, useLatestExport());
  const [needless, setNeedless] = useState(false);
  const onlyCopies = preview.recordingsNotBackedUp ?? 0;
  const [abandon, setAbandon] = useState(false);
  const purge = $api.useMutation("post", "/v1/tenants/{tenant}/dr/purge", { onSuccess: onClose });
  const isSafe = exported.outcome === "whole" || exported.outcome === "needless";
  return (
    <Confirm
      title={t("title")}
      action={t("act")}
      danger
      expected={tenant}
      blocked={(!isSafe && !needless) || (onlyCopies > 0 && !abandon)}
      pending={purge.isPending}
      error={purge.error}
      onConfirm={() =>
        purge.mutate({ params: { path: { tenant } }, body: { confirm: tenant, abandonRecordings: abandon } })
      }
      onClose={onClose}
    >
      <Paragraph>{t("body", { entries: count(preview.entries), recordings })}</Paragraph>
      <ExportedNote exported={exported} />
      {isSafe ? null : (
        <Checkbox
          label={t("needless")}
          checked={needless}
          onChange={(event) => setNeedless(event.currentTarget.checked)}
        />
      )}
      {onlyCopies === 0 ? null : (
        <>
          <Alert color="red" variant="outline">
            {t("onlyCopies", { count: count(onlyCopies) })}
          </Alert>
          <Checkbox
            label={t("abandon")}
            checked={abandon}
            onChange={(event) => setAbandon(event.currentTarget.checked)}
          />
        </>
      )}
    </Confirm>
  );
}

function ExportedNote({ exported }: { exported: Exported }) {
  const t = useTexts(texts);
  const list = useList();
  const name = useExportName();
  if (exported.outcome === "needless") return null;
  return (
    <>
      {"at" in exported ? (
        <Paragraph>
          {t("exported")}
          <Time at={exported.at} />
        </Paragraph>
      ) : null}
      {exported.outcome === "whole" ? null : (
        <Alert color="orange" variant="outline">
          {t(exported.outcome, "missing" in exported ? { kinds: list(exported.missing.map(name)) } : {})}
        </Alert>
      )}
    </>
  );
}

/** The newest export that has succeeded, with its files; null without one, undefined while it is not known. */
function useLatestExport(): PastExport | null | undefined {
  const { id: tenant } = useTenant();
  const exports = $api.useQuery("get", "/v1/tenants/{tenant}/operations", {
    params: { path: { tenant }, query: { type: "export", pageSize: 20 } },
  });
  const latest = exports.data?.items.find(({ state }) => state === "succeeded");
  const found = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/exports/{id}",
    { params: { path: { tenant, id: latest?.id ?? "" } } },
    { enabled: latest !== undefined },
  );
  if (exports.data === undefined) return undefined;
  if (latest === undefined) return null;
  return found.data && { at: latest.finishedAt ?? latest.createdAt, files: found.data.files };
}
