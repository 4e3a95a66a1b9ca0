import { parse } from "yaml";
import { z } from "zod";
import { textOf } from "./repository.ts";

const seconds = z.string().regex(/^\d+s$/);
const step = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  name: z.string(),
  script: z.string(),
  waitFor: z.array(z.string()).optional(),
  env: z.array(z.string().regex(/^[A-Z_]+=/)).optional(),
  volumes: z.array(z.strictObject({ name: z.string(), path: z.string().startsWith("/") })).optional(),
});

/** What we use of a build's file, as Cloud Build's reference has it; a field that is not named here is a mistake. */
const buildFile = z.strictObject({
  substitutions: z.record(z.string().regex(/^_[A-Z0-9_]+$/), z.string()),
  steps: z.array(step).min(1),
  timeout: seconds,
  options: z.strictObject({
    // Scripts are no templates: what they use of the substitutions are variables.
    automapSubstitutions: z.literal(true),
    // A build under an account of one's own must say where its logs go.
    logging: z.literal("CLOUD_LOGGING_ONLY"),
    machineType: z.enum(["E2_MEDIUM", "E2_HIGHCPU_8", "E2_HIGHCPU_32"]).optional(),
  }),
});
export type BuildFile = z.infer<typeof buildFile>;

/** The file, read and checked. @throws what zod says of a field that is wrong, missing or unknown. */
export function readBuild(path: string): BuildFile {
  return parseBuild(textOf(path));
}

export function parseBuild(text: string): BuildFile {
  return buildFile.parse(parse(text));
}
