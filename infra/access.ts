import type { FunctionName } from "../functions/manifest.ts";
import type { Site, TopicName } from "../shared/domain/sites.ts";

/**
 * The permissions behind each access to a bucket, to Cloud Scheduler and to a service account: least roles of our own,
 * where Google's have more. `list` goes with every `read`: without it Cloud Storage answers 403 for what is not there.
 */
export const permissions = {
  bucket: {
    /** Reads objects. */
    read: ["storage.objects.get", "storage.objects.list"],
    /** Names and sizes, and no content. */
    list: ["storage.objects.list"],
    /** Deletes without being able to read. */
    remove: ["storage.objects.delete", "storage.objects.list"],
    /** Reads, makes, replaces and deletes objects. */
    write: ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"],
  },
  scheduler: { read: ["cloudscheduler.jobs.list"], run: ["cloudscheduler.jobs.run"] },
  impersonate: { backup: ["iam.serviceAccounts.getAccessToken"], self: ["iam.serviceAccounts.signBlob"] },
} as const;

export type BucketName = "guidance" | "recordings" | "exports";
export type Secret = "smtpUrl" | "oidcClientSecret";

/** What a service account may do; `own` is the site that the function runs on. */
export type Grant =
  /** One site's database as a whole: `read` is roles/datastore.viewer, `write` roles/datastore.user, on that database only. */
  | { on: "database"; site: Site | "own"; access: "read" | "write" }
  /** Publishes to a topic. */
  | { on: "topic"; topic: TopicName }
  | { on: "bucket"; bucket: BucketName; site: Site | "own"; access: keyof typeof permissions.bucket }
  /** The jobs of both sites: list them, or run one now. */
  | { on: "scheduler"; access: keyof typeof permissions.scheduler }
  | { on: "secret"; secret: Secret }
  /** `backup`: acts as the account that customers permit (R33). `self`: signs addresses with its own account. */
  | { on: "impersonate"; account: keyof typeof permissions.impersonate };

export type ReasonedGrant = Grant & { why: string };

const database = (site: Site | "own", access: "read" | "write", why: string) =>
  ({ on: "database", site, access, why }) as const;
const topic = (name: TopicName, why: string) => ({ on: "topic", topic: name, why }) as const;
const bucket = (
  name: BucketName,
  site: Site | "own",
  granted: keyof typeof permissions.bucket,
  why: string,
): ReasonedGrant => ({ on: "bucket", bucket: name, site, access: granted, why });
const secret = (name: Secret, why: string) => ({ on: "secret", secret: name, why }) as const;
const asBackup = (why: string) => ({ on: "impersonate", account: "backup", why }) as const;

const deadLetters = topic("deadLetters", "puts aside the events that can never be handled");
const callsOperations = topic("operations", "calls the first slice of the operation that it starts");
const callsActivations = topic("activations", "calls the slices of the activations that it starts or carries on");

/** Both functions that store recordings work on the ledger of their own site, and never on the other's. */
const storesRecordings = [
  database("own", "write", "keeps the ledger of its site's recordings, and the state of customers' buckets"),
  topic("backups", "hands on what one instance has no room or time for"),
  asBackup("uploads to customers' buckets, and reads its site's recordings to copy them there"),
  deadLetters,
];

/**
 * What each function's service account may do on each of its sites: this and nothing else (R46). All of it is used, and
 * all that is used is here.
 *
 * Firestore's access is granted by database, never by collection. So what keeps `tenants/` on the secondary to the
 * mirror is this: of what runs in Tokyo only `admin` (acts on stand-bys, which live in Osaka whichever site is asked) and
 * `sweep-backups` (a bucket that was lost is lost on both sites) may write there; all that run in Osaka change mirrored
 * data through the ledger or while the tenant is active only; and the guard, with the mirror's own preconditions,
 * finds any other write and stops the tenant's sync (R10).
 */
export const access: Record<FunctionName, readonly ReasonedGrant[]> = {
  "mirror-config": [
    database("own", "write", "writes the mirrored documents with their ledger, and the stand-bys' profiles"),
    topic("operations", "starts the first comparison of a new tenant"),
    deadLetters,
  ],
  "guard-standby": [
    database("own", "write", "compares documents with the ledger; stops the sync and asks for the mails about it"),
    deadLetters,
  ],
  heartbeat: [database("own", "write", "writes the heartbeat, and which firings are done")],
  reconcile: [
    database("own", "write", "reads the stand-bys, starts operations, notes which firings are done"),
    database(
      "primary",
      "read",
      "looks for tenants whose event was lost; without it the comparisons are started all the same",
    ),
    callsOperations,
  ],
  "run-operation": [
    database("own", "write", "operations, stand-bys, mirrored data and histories are here: resync, activate, purge"),
    database(
      "primary",
      "write",
      "compares with it, carries the documents chosen in a fail back to it, and enters past recordings in its ledger; activation never asks it",
    ),
    topic("operations", "calls the next slice"),
    topic("reload", "has the telephony reload after an activation or a fail back"),
    topic("backups", "calls for the recordings of a back-up-now"),
    bucket("recordings", "own", "remove", "purges a tenant's recordings, and lists them for an export"),
    bucket("exports", "own", "write", "writes exported files by parts, joins them and clears the parts"),
    asBackup("lists customers' buckets to verify what they hold"),
    deadLetters,
  ],
  "run-activation": [
    database("own", "write", "operations, stand-bys, and in a planned move the mirrored data are here"),
    database("primary", "read", "compares with it in a planned move; no other activation asks it"),
    callsActivations,
    topic("reload", "has the telephony reload after an activation"),
    deadLetters,
  ],
  "sweep-operations": [
    database(
      "own",
      "write",
      "finds operations that nobody carries on and endpoints that are behind, and notes which firings are done",
    ),
    topic("operations", "calls their next slice"),
    callsActivations,
    topic("stateChanged", "tells of a change of state whose event was lost"),
  ],
  "sync-guidance": [
    database("own", "write", "reads the stand-bys, records each sync, asks for a mail where files are kept"),
    bucket("guidance", "primary", "read", "lists the originals and copies them"),
    bucket("guidance", "own", "write", "makes the copies, and deletes what is no more"),
  ],
  "sync-access-rules": [
    database(
      "own",
      "write",
      "writes the rules with their ledger, records each sync, asks for a mail about refused rules",
    ),
    database("primary", "read", "reads the rules as a whole"),
  ],
  "send-mail": [
    database("own", "write", "reads a request's recipients, makes its letters and marks them"),
    secret("smtpUrl", "logs in to the mail server"),
    deadLetters,
  ],
  "sweep-outbox": [
    database("own", "write", "finds the letters that are due and marks them, and notes which firings are done"),
    secret("smtpUrl", "logs in to the mail server"),
  ],
  "reload-settings": [
    database("own", "write", "reads stand-bys and ledger, records each reload, notes which firings are done"),
    topic("reload", "has the telephony reload"),
  ],
  "record-reload-ack": [database("own", "write", "records what the telephony says of a reload"), deadLetters],
  "record-softphones": [database("own", "write", "records which site softphones use"), deadLetters],
  "announce-state": [
    database("own", "write", "reads the tenant's host, and writes who is in charge"),
    topic("stateChanged", "tells whoever listens"),
    deadLetters,
  ],
  activate: [
    database(
      "own",
      "write",
      "checks caller and readiness, raises the fence, starts the operation, writes the audit log",
    ),
    callsActivations,
  ],
  purge: [
    database("own", "write", "checks the caller, counts histories, starts operations, writes the audit log"),
    callsOperations,
    bucket("recordings", "own", "list", "counts what a purge would delete"),
    bucket("exports", "own", "read", "an address that it signs gives no more than it may read itself"),
    { on: "impersonate", account: "self", why: "signs the addresses of exported files; no key is kept anywhere" },
  ],
  "expire-records": [database("own", "write", "deletes the records that are past their retention")],
  failback: [
    database("own", "write", "checks the caller, starts the operation, writes the audit log"),
    database("primary", "read", "shows what differs, and proves that the primary is whole"),
    callsOperations,
  ],
  "backup-recording": storesRecordings,
  "store-recording": storesRecordings,
  "sweep-backups": [
    database("secondary", "write", "reads who is in charge and whose a bucket is, and notes there that one was lost"),
    database("primary", "write", "of a tenant in charge there, notes in its settings that its bucket was lost"),
    topic("backups", "calls for the recordings that are due"),
    asBackup("probes customers' buckets that are out of service or wait for permission"),
  ],
  // A dead letter that it refused would come back as another one: it publishes none.
  "record-dead-letter": [database("own", "write", "keeps what could not be handled")],
  admin: [
    database(
      "secondary",
      "write",
      "stand-bys, operations, requests, audit log and claims of buckets live there, whichever site is asked",
    ),
    database(
      "primary",
      "write",
      "the directory of its own site; settings and plan of a tenant in charge there, whichever site is asked",
    ),
    topic("operations", "calls the operations that it starts or resumes, and sends a dead letter again"),
    topic("activations", "calls an activation that it resumes or cancels, and sends a dead letter again"),
    topic("backups", "calls for recordings that are to be tried again, and sends a dead letter again"),
    topic("callEnded", "sends a dead letter again"),
    topic("reloadAck", "sends a dead letter again"),
    topic("softphoneReports", "sends a dead letter again"),
    { on: "scheduler", access: "read", why: "shows when each schedule of both sites runs next" },
    { on: "scheduler", access: "run", why: "runs a schedule now, for an operator" },
    secret("oidcClientSecret", "exchanges the codes of sign-ins, where the issuer asks for the client's secret"),
    asBackup("checks a customer's bucket as it is saved, and leaves and looks for the proof of who owns it"),
  ],
};

/**
 * The account that customers permit to write to their buckets (R33), the same on both sites. Functions act as it for
 * calls to customers' buckets, and one call that copies a recording has one identity for both ends.
 */
export const backupAccount: readonly ReasonedGrant[] = [
  bucket("recordings", "primary", "read", "copies recordings of the primary to customers' buckets"),
  bucket("recordings", "secondary", "read", "copies recordings of the secondary to customers' buckets"),
];
