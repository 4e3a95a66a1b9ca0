import { z } from "zod";

/** Cloud Storage's rules for names of buckets, each with what to do about it. */
const rules: readonly [RegExp, string][] = [
  [/^.{3,222}$/su, "has to have 3 to 63 characters, or up to 222 with dots"],
  [
    /^[a-z0-9._-]*$/,
    "may only have small letters, digits, hyphens, underscores and dots: give the bare name, without gs://",
  ],
  [/^[a-z0-9].*[a-z0-9]$/s, "has to begin and end with a letter or a digit"],
  [/^(?!.*(\.\.|\.-|-\.))/s, "may not have a dot beside another dot or a hyphen"],
  [/^(?!\d+\.\d+\.\d+\.\d+$)/, "may not look like an IP address"],
  [/^(?!goog|.*(google|g00gle))/, "may not begin with goog nor contain google"],
  [/^[^.]{1,63}(\.[^.]{1,63})*$/, "may have at most 63 characters between dots"],
];

/** The name of a bucket, before it is asked whether there is one. */
export const bucketName = z.string().superRefine((name, context) => {
  const broken = rules.find(([rule]) => !rule.test(name));
  if (broken) context.addIssue(broken[1]);
});
