import { Radio, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { defineTexts, useTexts } from "../../../texts/texts.ts";
import type { FieldsProps } from "./level-dialog.tsx";

const texts = defineTexts("backupDestination", {
  ja: {
    destination: "保存先",
    inheritOffice: "会社の設定に従う",
    inheritUnit: "拠点または会社の設定に従う",
    own: "専用のバケットを使う",
    restricted: "会社のバケットだけを使う設定のため、選べません。変更できるのは全社管理者です。",
    bucket: "バケット名",
    bucketHint: "gs:// は付けずに入力します。",
  },
  en: {
    destination: "Where recordings go",
    inheritOffice: "As set for the company",
    inheritUnit: "As set for the office or the company",
    own: "A bucket of its own",
    restricted: "Only the company's bucket may be used; a company administrator can change that.",
    bucket: "Bucket name",
    bucketHint: "Without gs://.",
  },
});

/** Chooses between a bucket of the level's own and the one of the levels above. */
export function DestinationFields({ level, wanted, change, fault }: FieldsProps) {
  const t = useTexts(texts);
  const [isOwn, setOwn] = useState(wanted.bucket !== null);
  // One that was named before the restriction may stay.
  const isClosed = level.restricted && level.saved?.bucket == null;
  const choose = (value: string) => {
    setOwn(value === "own");
    change({ bucket: value === "own" ? (level.saved?.bucket ?? "") : null });
  };
  return (
    <Stack gap="xs">
      <Radio.Group label={t("destination")} value={isOwn ? "own" : "inherit"} onChange={choose}>
        <Stack gap="xs" mt={4}>
          <Radio value="inherit" label={t(level.level.type === "office" ? "inheritOffice" : "inheritUnit")} />
          <Radio
            value="own"
            label={t("own")}
            disabled={isClosed}
            {...(level.restricted ? { description: t("restricted") } : {})}
          />
        </Stack>
      </Radio.Group>
      {isOwn ? (
        <TextInput
          label={t("bucket")}
          description={t("bucketHint")}
          value={wanted.bucket ?? ""}
          onChange={({ currentTarget }) => change({ bucket: currentTarget.value.trim() })}
          error={fault("body.bucket")}
          required
          autoComplete="off"
          spellCheck={false}
        />
      ) : null}
    </Stack>
  );
}
