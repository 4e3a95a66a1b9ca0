import { z } from "zod";
import type { Label } from "../../catalogue.ts";

/** Cloud Storage's rules for names of buckets, each with what to do about it. */
const rules: readonly [RegExp, Label][] = [
  [
    /^.{3,222}$/su,
    {
      ja: "3〜63文字（ドットを含む場合は222文字まで）で入力してください。",
      en: "has to have 3 to 63 characters, or up to 222 with dots",
    },
  ],
  [
    /^[a-z0-9._-]*$/,
    {
      ja: "英小文字、数字、ハイフン、アンダースコア、ドットだけが使えます。gs:// は付けずに入力してください。",
      en: "may only have small letters, digits, hyphens, underscores and dots: give the bare name, without gs://",
    },
  ],
  [
    /^[a-z0-9].*[a-z0-9]$/s,
    { ja: "先頭と末尾は英小文字か数字にしてください。", en: "has to begin and end with a letter or a digit" },
  ],
  [
    /^(?!.*(\.\.|\.-|-\.))/s,
    {
      ja: "ドットの隣にドットやハイフンは使えません。",
      en: "may not have a dot beside another dot or a hyphen",
    },
  ],
  [/^(?!\d+\.\d+\.\d+\.\d+$)/, { ja: "IPアドレスの形の名前は使えません。", en: "may not look like an IP address" }],
  [
    /^(?!goog|.*(google|g00gle))/,
    { ja: "googで始まる名前や、googleを含む名前は使えません。", en: "may not begin with goog nor contain google" },
  ],
  [
    /^[^.]{1,63}(\.[^.]{1,63})*$/,
    { ja: "ドットで区切られた部分は63文字までにしてください。", en: "may have at most 63 characters between dots" },
  ],
];

/** The name of a bucket, before it is asked whether there is one; a fault says in both languages what to do. */
export const bucketName = z.string().superRefine((name, context) => {
  const [, label] = rules.find(([rule]) => !rule.test(name)) ?? [];
  if (label) context.addIssue({ code: "custom", message: label.en, params: { label } });
});
