import { Code, Text } from "@mantine/core";
import { $api, type Schema } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import { type Column, DataTable } from "../../../ui/data-table.tsx";
import { Loaded } from "../../../ui/loaded.tsx";
import { Time, useNumbers } from "../../../ui/time.tsx";
import { useExportName } from "./export-name.ts";

const texts = defineTexts("exportedFiles", {
  ja: {
    files: "書き出したファイル",
    kind: "種別",
    file: "ファイル",
    rows: "行数",
    bytes: "サイズ",
    checksum: "CRC32C",
    none: "ファイルはありません。保存期間が過ぎた可能性があります。",
    expires: "リンクの有効期限：",
    renewed: "この画面を開いている間は自動で更新されます。",
  },
  en: {
    files: "Exported files",
    kind: "Kind",
    file: "File",
    rows: "Rows",
    bytes: "Size",
    checksum: "CRC32C",
    none: "There is no file. It may have expired.",
    expires: "The links expire at ",
    renewed: "They are renewed by themselves while this page is open.",
  },
});

type File = Schema<"Export">["files"][number];

/** Addresses live for 15 minutes; these are new before the old ones end. */
const renewEveryMilliseconds = 10 * 60_000;

/** The files of an export, to be downloaded without a token while their addresses last (R27). */
export function ExportedFiles({ id }: { id: string }) {
  const t = useTexts(texts);
  const { id: tenant } = useTenant();
  const name = useExportName();
  const { count, bytes } = useNumbers();
  const query = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/exports/{id}",
    { params: { path: { tenant, id } } },
    { refetchInterval: renewEveryMilliseconds, refetchIntervalInBackground: true },
  );
  const columns: Column<File>[] = [
    { title: t("kind"), cell: ({ kind }) => name(kind) },
    {
      title: t("file"),
      cell: ({ fileName, url }) => (
        <a href={url} download={fileName}>
          {fileName}
        </a>
      ),
    },
    { title: t("rows"), cell: ({ rows }) => count(rows), align: "right" },
    { title: t("bytes"), cell: (file) => bytes(file.bytes), align: "right" },
    { title: t("checksum"), cell: ({ crc32c }) => <Code>{crc32c}</Code> },
  ];
  return (
    <Loaded query={query}>
      {({ files, expiresAt }) => (
        <>
          <DataTable label={t("files")} columns={columns} rows={files} rowKey={({ kind }) => kind} empty={t("none")} />
          {expiresAt ? (
            <Text size="sm" c="var(--muted)">
              {t("expires")}
              <Time at={expiresAt} /> {t("renewed")}
            </Text>
          ) : null}
        </>
      )}
    </Loaded>
  );
}
