import { z } from "zod";
import type { Site } from "../domain/sites.ts";

/** How to reach one site's Firestore database; `emulator` is `host:port` on a developer's machine only. */
export type DatabaseAddress = { projectId: string; databaseId: string; emulator?: string };

/** All that a function needs to know of where it runs. */
export type Config = {
  projectId: string;
  site: Site;
  databases: Record<Site, DatabaseAddress>;
  /** The public host of each site's API and console. */
  hosts: Record<Site, string>;
  /** The base of the address of each site's API and console, without a slash at its end. */
  urls: Record<Site, string>;
  /** `recordings` and `exports` are the running site's own. */
  storage: { endpoint?: string; guidance: Record<Site, string>; recordings: string; exports: string };
  /**
   * The `host` or `host:port` that recordings are fetched from over HTTPS, and no others (R37). `insecure`, on a
   * developer's machine only, allows HTTP and private addresses for them.
   */
  recordingSources: { hosts: string[]; insecure: boolean };
  /** Whom customers permit to write to their buckets, and by whose name functions do so (R33); undefined where it is not told. */
  backupServiceAccount?: string;
  /** Buckets of the platform's own, of both sites: no tenant may name them for its recordings. */
  platformBuckets: string[];
  /** `emulator` is `host:port` on a developer's machine only. */
  scheduler: { emulator?: string };
  /** Only functions that send mail are given `smtpUrl`, which may hold a password. */
  mail: { smtpUrl?: string; from: string };
  /** With `clientSecret` the API exchanges the console's codes, for an issuer that gives no tokens without it. */
  oidc: { issuer: string; audience: string; clientSecret?: string };
  /** The deployed revision, for the logs. */
  revision: string;
  /** The function that this process is called for; undefined where it is not told. */
  target?: string;
};

const hostAndPort = z.string().regex(/^[^\s:/]+:\d+$/, "give host:port");

/** A host as it stands in an address once that is parsed, so that the two can be compared letter by letter. */
const sourceHost = z
  .string()
  .transform((text) => text.replace(/:443$/, ""))
  .refine((host) => URL.parse(`https://${host}/`)?.host === host && !host.includes("*"), {
    message: "give host or host:port, in small letters, an international name in Punycode",
  });

const environment = z.object({
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
  HIKAE_SITE: z.enum(["primary", "secondary"]),
  PRIMARY_DATABASE: z.string().min(1).default("tokyo"),
  SECONDARY_DATABASE: z.string().min(1).default("osaka"),
  PRIMARY_FIRESTORE_EMULATOR: hostAndPort.optional(),
  SECONDARY_FIRESTORE_EMULATOR: hostAndPort.optional(),
  PRIMARY_HOST: z.string().min(1),
  SECONDARY_HOST: z.string().min(1),
  PRIMARY_URL: z.url().optional(),
  SECONDARY_URL: z.url().optional(),
  STORAGE_ENDPOINT: z.url().optional(),
  PRIMARY_GUIDANCE_BUCKET: z.string().min(3),
  SECONDARY_GUIDANCE_BUCKET: z.string().min(3),
  RECORDINGS_BUCKET: z.string().min(3),
  EXPORTS_BUCKET: z.string().min(3),
  RECORDING_SOURCES: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((host) => host.trim() || []))
    .pipe(z.array(sourceHost)),
  RECORDING_SOURCES_INSECURE: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
  BACKUP_SERVICE_ACCOUNT: z.email().optional(),
  /** Besides those that have a variable of their own, with commas between. */
  PLATFORM_BUCKETS: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((bucket) => bucket.trim() || [])),
  SCHEDULER_EMULATOR: hostAndPort.optional(),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  MAIL_FROM: z.string().min(3),
  OIDC_ISSUER: z.url(),
  OIDC_AUDIENCE: z.string().min(1),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  K_REVISION: z.string().default("local"),
  FUNCTION_TARGET: z.string().optional(),
});

/**
 * The configuration in these environment variables.
 * @throws Error that lists every variable at fault at once; a function that is set up wrongly must not start.
 */
export function readConfig(variables: Record<string, string | undefined>): Config {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The environment is not complete: ${faults.join("; ")}`);
  }
  const env = parsed.data;
  const database = (databaseId: string, emulator: string | undefined): DatabaseAddress => ({
    projectId: env.GOOGLE_CLOUD_PROJECT,
    databaseId,
    ...(emulator === undefined ? {} : { emulator }),
  });
  return {
    projectId: env.GOOGLE_CLOUD_PROJECT,
    site: env.HIKAE_SITE,
    databases: {
      primary: database(env.PRIMARY_DATABASE, env.PRIMARY_FIRESTORE_EMULATOR),
      secondary: database(env.SECONDARY_DATABASE, env.SECONDARY_FIRESTORE_EMULATOR),
    },
    hosts: { primary: env.PRIMARY_HOST, secondary: env.SECONDARY_HOST },
    urls: {
      primary: env.PRIMARY_URL ?? `https://${env.PRIMARY_HOST}`,
      secondary: env.SECONDARY_URL ?? `https://${env.SECONDARY_HOST}`,
    },
    storage: {
      ...(env.STORAGE_ENDPOINT === undefined ? {} : { endpoint: env.STORAGE_ENDPOINT }),
      guidance: { primary: env.PRIMARY_GUIDANCE_BUCKET, secondary: env.SECONDARY_GUIDANCE_BUCKET },
      recordings: env.RECORDINGS_BUCKET,
      exports: env.EXPORTS_BUCKET,
    },
    recordingSources: { hosts: env.RECORDING_SOURCES, insecure: env.RECORDING_SOURCES_INSECURE },
    ...(env.BACKUP_SERVICE_ACCOUNT === undefined ? {} : { backupServiceAccount: env.BACKUP_SERVICE_ACCOUNT }),
    platformBuckets: [
      ...[env.PRIMARY_GUIDANCE_BUCKET, env.SECONDARY_GUIDANCE_BUCKET, env.RECORDINGS_BUCKET, env.EXPORTS_BUCKET],
      ...env.PLATFORM_BUCKETS,
    ],
    scheduler: env.SCHEDULER_EMULATOR === undefined ? {} : { emulator: env.SCHEDULER_EMULATOR },
    mail: { from: env.MAIL_FROM, ...(env.SMTP_URL === undefined ? {} : { smtpUrl: env.SMTP_URL }) },
    oidc: {
      issuer: env.OIDC_ISSUER,
      audience: env.OIDC_AUDIENCE,
      ...(env.OIDC_CLIENT_SECRET === undefined ? {} : { clientSecret: env.OIDC_CLIENT_SECRET }),
    },
    revision: env.K_REVISION,
    ...(env.FUNCTION_TARGET === undefined ? {} : { target: env.FUNCTION_TARGET }),
  };
}
