import { randomUUID } from "node:crypto";
import type { Firestore } from "@google-cloud/firestore";
import type { PubSub } from "@google-cloud/pubsub";
import type { AccessRulesApp } from "../shared/domain/access-rules.ts";
import type { ActivationApp } from "../shared/domain/activate-tenant.ts";
import type { AnnounceApp } from "../shared/domain/announce-state.ts";
import type { BackUpApp } from "../shared/domain/backup/back-up.ts";
import { proofCounts } from "../shared/domain/backup/buckets.ts";
import type { EntryChange, EntryKey, SiteBackups } from "../shared/domain/backup/ports.ts";
import type { SweepApp } from "../shared/domain/backup/sweep.ts";
import type { VerifyApp } from "../shared/domain/backup/verify-bucket.ts";
import type { DeadLettersApp, ReplayApp } from "../shared/domain/dead-letters.ts";
import type { EnrolApp } from "../shared/domain/enrol-missing.ts";
import type { ExportApp } from "../shared/domain/export.ts";
import type { FailbackApp } from "../shared/domain/failback-tenant.ts";
import type { GuardApp } from "../shared/domain/guard-change.ts";
import type { Change, Outcome } from "../shared/domain/mirror.ts";
import { adoptLost, type MirrorApp } from "../shared/domain/mirror-change.ts";
import type { PurgeApp } from "../shared/domain/purge-tenant.ts";
import type { RecoveryOperationApp } from "../shared/domain/recovery.ts";
import type { ReloadApp } from "../shared/domain/reload.ts";
import { reportEdits } from "../shared/domain/report-edits.ts";
import type { ExpiredRecords } from "../shared/domain/retention.ts";
import { runFiring } from "../shared/domain/schedule-run.ts";
import type { MailApp } from "../shared/domain/send-mail.ts";
import { type Site, topics } from "../shared/domain/sites.ts";
import type { Softphones } from "../shared/domain/softphones.ts";
import type { GuidanceApp } from "../shared/domain/sync-guidance.ts";
import type { SyncApp } from "../shared/domain/syncs.ts";
import { heartbeatTenant } from "../shared/domain/tenant.ts";
import type { Fields } from "../shared/domain/value.ts";
import { createAuthenticator } from "../shared/runtime/authentication.ts";
import { createBatcher } from "../shared/runtime/batch.ts";
import { createCodeExchange } from "../shared/runtime/code-exchange.ts";
import type { Config } from "../shared/runtime/config.ts";
import { createFairLanes } from "../shared/runtime/fair-lanes.ts";
import type { HttpApp } from "../shared/runtime/http.ts";
import { keptFor } from "../shared/runtime/kept.ts";
import type { Shell } from "../shared/runtime/serve.ts";
import { createAccessRules } from "../shared/stores/access-rules.ts";
import { createBackupCalls } from "../shared/stores/backup-calls.ts";
import { createBackupDestinations } from "../shared/stores/backup-destinations.ts";
import { readUnitFacts } from "../shared/stores/backup-facts.ts";
import { createBackupFindings } from "../shared/stores/backup-findings.ts";
import { createBackupFolders } from "../shared/stores/backup-folders.ts";
import { createBackupInventory } from "../shared/stores/backup-inventory.ts";
import { createBackupLedger } from "../shared/stores/backup-ledger.ts";
import { createBackupNotices } from "../shared/stores/backup-notices.ts";
import { createBackupReceipts } from "../shared/stores/backup-receipts.ts";
import { createBackupSettings } from "../shared/stores/backup-settings.ts";
import { createBackupViews } from "../shared/stores/backup-views.ts";
import { createBucketClaims } from "../shared/stores/bucket-claims.ts";
import { createBucketListings } from "../shared/stores/bucket-listings.ts";
import { createChecklists } from "../shared/stores/checklists.ts";
import { createCustomerBuckets } from "../shared/stores/customer-bucket.ts";
import { createDeadLetterRecords, createReplay } from "../shared/stores/dead-letters.ts";
import { createDirectory } from "../shared/stores/directory.ts";
import { createEndpoints } from "../shared/stores/endpoints.ts";
import { createEventPublisher } from "../shared/stores/event-publisher.ts";
import { createExpiredRecords } from "../shared/stores/expired-records.ts";
import { createExports } from "../shared/stores/exports.ts";
import { createFailbacks } from "../shared/stores/failbacks.ts";
import { createFirestore } from "../shared/stores/firestore-client.ts";
import { createGuidance } from "../shared/stores/guidance.ts";
import { createHistories } from "../shared/stores/histories.ts";
import { createIssuerKeyRecords } from "../shared/stores/issuer-keys.ts";
import { createLedger } from "../shared/stores/ledger.ts";
import { createMailServer } from "../shared/stores/mail-server.ts";
import { createObjectApi } from "../shared/stores/object-api.ts";
import { createOperations, type OperationStore } from "../shared/stores/operations.ts";
import { createOutbox } from "../shared/stores/outbox.ts";
import { createPlatformAudit } from "../shared/stores/platform-audit.ts";
import { createPrimaryProbe } from "../shared/stores/primary-probe.ts";
import { createRecordings } from "../shared/stores/recordings.ts";
import { createReloads } from "../shared/stores/reloads.ts";
import { checkDatabase, createRequests } from "../shared/stores/requests.ts";
import { createScheduleRuns } from "../shared/stores/schedule-runs.ts";
import { createScheduler } from "../shared/stores/schedules.ts";
import { createSites } from "../shared/stores/sites.ts";
import { createSoftphones } from "../shared/stores/softphones.ts";
import { createStandbys } from "../shared/stores/standbys.ts";
import { customersAccess } from "../shared/stores/storage-authorization.ts";
import { createStorageClients } from "../shared/stores/storage-client.ts";
import { createStoreRecording } from "../shared/stores/store-recording.ts";
import { createSyncs } from "../shared/stores/syncs.ts";
import { createTenantData } from "../shared/stores/tenant-data.ts";
import { createWire } from "../shared/stores/wire.ts";
import { documentFunctions, everySchedule, type FunctionName, functionTopics, manifest } from "./manifest.ts";

/** As much as goes together in one transaction or one read: well under Firestore's 10 MiB a commit. */
const batchLimits = { items: 200, size: 5 * 1024 * 1024 };

/** All that functions take what they need from. Nothing in it connects before it is used. */
export type App = MirrorApp &
  GuardApp &
  RecoveryOperationApp &
  FailbackApp &
  EnrolApp &
  ActivationApp &
  PurgeApp &
  ExportApp &
  HttpApp &
  AnnounceApp &
  ReloadApp &
  MailApp &
  SyncApp &
  GuidanceApp &
  AccessRulesApp &
  BackUpApp &
  SweepApp &
  VerifyApp &
  DeadLettersApp &
  ReplayApp &
  Shell & {
    operations: OperationStore;
    softphones: Softphones;
    expiredRecords: ExpiredRecords;
    beat(): Promise<void>;
  };

/** The application: every store, made of one configuration. */
export function createApp(config: Config, now: () => Date = () => new Date()): App {
  const wires = { primary: createWire(config.databases.primary), secondary: createWire(config.databases.secondary) };
  const databases = {
    primary: createFirestore(config.databases.primary),
    secondary: createFirestore(config.databases.secondary),
  };
  let publisher: Promise<PubSub> | undefined;
  const pubsub = () => (publisher ??= connectPubSub(config.projectId));

  const storage = {
    projectId: config.projectId,
    ...(config.storage.endpoint === undefined ? {} : { endpoint: config.storage.endpoint }),
  };
  const objects = createObjectApi(storage);
  const customers = customersAccess(config.backupServiceAccount, storage);
  const customersObjects = createObjectApi(customers);
  const customerBuckets = createCustomerBuckets(customersObjects);
  const ledger = createLedger(wires.secondary, now);
  const standbys = createStandbys(databases.secondary);
  const operations = createOperations(databases.secondary, pubsub, now);
  const toFields = (state: { fields?: unknown }) => (state.fields ?? {}) as Fields;
  const scheduleRuns = {
    primary: createScheduleRuns(databases.primary),
    secondary: createScheduleRuns(databases.secondary),
  };
  const backupsOf = (site: Site): SiteBackups => ({
    ledger: createBackupLedger(databases[site]),
    destinations: createBackupDestinations(databases[site]),
    folders: createBackupFolders(databases[site], site),
    settings: createBackupSettings(databases[site], site),
    notices: createBackupNotices(databases[site], now),
    inventory: createBackupInventory(wires[site], databases[site]),
  });
  const backups = { primary: backupsOf("primary"), secondary: backupsOf("secondary") };
  const roots = { primary: wires.primary.root, secondary: wires.secondary.root };
  const basis = { roots, standbys, operations, now, readLedger: ledger.read, toFields };

  const mirrored = createBatcher<Change, { outcome: Outcome; commitTime?: number }>(
    async (tenant, changes) => {
      const { outcomes, commitTime } = await ledger.apply(tenant, changes);
      return outcomes.map((outcome) => ({ outcome, ...(commitTime === undefined ? {} : { commitTime }) }));
    },
    { ...batchLimits, sizeOf: (change) => change.bytes },
  );
  const pairs = createBatcher<string, Awaited<ReturnType<GuardApp["readPair"]>>>(
    async (tenant, paths) => {
      const states = await ledger.read(tenant, [...new Set(paths)]);
      return paths.map((path) => states.get(path) ?? {});
    },
    { ...batchLimits, sizeOf: () => 0 },
  );

  const { issuer, audience, clientSecret } = config.oidc;

  return {
    ...basis,
    ...createSites(wires, ledger, standbys.noteUnknownKind),
    ...createFailbacks(databases, wires),
    ...createAccessRules(wires),
    applyTogether: ledger.apply,
    guidance: createGuidance(objects, config.storage.guidance),
    histories: createHistories(wires.secondary, databases.secondary),
    recordings: createRecordings(objects, config.storage.recordings, backups[config.site].ledger),
    exports: createExports(createStorageClients(storage), objects, storage, config.storage.exports),
    syncs: createSyncs(databases.secondary),
    authenticator: createAuthenticator({ issuer, audience }, { kept: createIssuerKeyRecords(databases[config.site]) }),
    directory: createDirectory(databases[config.site]),
    primaryDirectory: createDirectory(databases.primary),
    secondaryDirectory: createDirectory(databases.secondary),
    requests: createRequests(databases.secondary, now),
    outbox: createOutbox(databases[config.site], now),
    post: createMailServer(config.mail),
    consoleUrl: config.urls[config.site],
    consoleSettings: {
      urls: config.urls,
      signIn: { issuer, clientId: audience },
      ...(clientSecret
        ? { exchangeCode: createCodeExchange({ issuer, clientId: audience, clientSecret }, fetch) }
        : {}),
    },
    reloads: createReloads(databases.secondary),
    softphones: createSoftphones(databases.secondary),
    endpoints: createEndpoints(databases.secondary),
    publish: createEventPublisher(pubsub),
    primaryAnswers: createPrimaryProbe(config.urls.primary),
    tenantData: {
      primary: createTenantData(databases.primary, "primary"),
      secondary: createTenantData(databases.secondary, "secondary"),
    },
    backups,
    bucketClaims: createBucketClaims(databases.secondary),
    customerBuckets,
    probeBucket: customerBuckets.probeBucket,
    platformBuckets: config.platformBuckets,
    ...(config.backupServiceAccount === undefined ? {} : { backupServiceAccount: config.backupServiceAccount }),
    findings: createBackupFindings(databases.secondary),
    listings: createBucketListings(customersObjects),
    receipts: {
      primary: createBackupReceipts(wires.primary, databases.primary),
      secondary: createBackupReceipts(wires.secondary, databases.secondary),
    },
    backupViews: {
      primary: createBackupViews(databases.primary),
      secondary: createBackupViews(databases.secondary),
    },
    ...backUpParts(config.site, backups[config.site], databases[config.site]),
    callForBackups: createBackupCalls(pubsub),
    storeRecording: createStoreRecording({
      storage: customers,
      sources: { ...config.recordingSources, buckets: [config.storage.recordings] },
      now,
    }),
    checklists: createChecklists(databases.secondary),
    health: () => checkDatabase(databases[config.site]),
    scheduleRows: everySchedule(),
    scheduler: createScheduler({ projectId: config.projectId, ...config.scheduler }),
    scheduleRuns,
    platformAudit: createPlatformAudit(databases.secondary),
    expiredRecords: createExpiredRecords(databases[config.site]),
    apply: mirrored,
    readPair: pairs,
    operationStore: operations,
    equalBlocks: standbys.equalBlocks,
    saveEqualBlocks: standbys.saveEqualBlocks,
    adopt: (tenant, root) => adoptLost(basis, tenant, root),
    tampered: async (tenant, changes) => void (await reportEdits(basis, tenant, changes)),
    fire: ({ name, scheduleTime }, work) => {
      const { timeoutSeconds } = manifest[name as FunctionName];
      const firing = { name, scheduleTime, timeoutSeconds, run: randomUUID() };
      return runFiring({ scheduleRuns: scheduleRuns[config.site], now }, firing, work);
    },
    deadLetters: async (event) => {
      const topic = (await pubsub()).topic(topics.deadLetters);
      await topic.publishMessage({ json: event, attributes: { function: event.function } });
    },
    deadLetterRecords: createDeadLetterRecords(databases.secondary),
    functionTopics: functionTopics(),
    documentFunctions: documentFunctions(),
    publishAgain: createReplay(pubsub),
    beat: async () => {
      await databases.primary.doc(`tenants/${heartbeatTenant}/heartbeats/primary`).set({ at: now() });
    },
  };
}

/** Many invocations publish nothing, and every start would load the client for them. */
async function connectPubSub(projectId: string): Promise<PubSub> {
  const { PubSub: Client } = await import("@google-cloud/pubsub");
  return new Client({ projectId });
}

/** Half of what one instance is sent may be one tenant's; more of it is left to the bulk's own function. */
const backUpLanes = { lanes: 32, ofOneKey: 16, waitingOfOneKey: 40 };
/** How long settings and destinations are not read again, and of how many units. */
const keptFacts = { milliseconds: 3000, most: 1000 };

/** What backing up needs besides the stores: what is read often is kept for a moment, what is written at once goes together. */
function backUpParts(site: Site, { ledger, destinations, settings }: SiteBackups, database: Firestore) {
  const facts = keptFor(keptFacts.milliseconds, keptFacts.most, (key) => {
    const [tenant, office, unit] = JSON.parse(key) as Parameters<BackUpApp["unitFacts"]>;
    return readUnitFacts(database, tenant, office, unit ?? undefined);
  });
  const found = keptFor(keptFacts.milliseconds, keptFacts.most, async (key) => {
    const [tenant, bucket] = JSON.parse(key) as Parameters<BackUpApp["destinationOf"]>;
    const [record, known] = await Promise.all([destinations.read(tenant, bucket), settings.readBucket(tenant, bucket)]);
    return { ...(record ? { record } : {}), isProved: proofCounts(known, record) };
  });
  const changed = createBatcher<EntryChange, unknown>(ledger.changeTogether, { ...batchLimits, sizeOf: () => 0 });
  return {
    site,
    unitFacts: (tenant, office, unit) => facts.get(JSON.stringify([tenant, office, unit])),
    destinationOf: (tenant, bucket) => found.get(JSON.stringify([tenant, bucket])),
    forgetDestination: (tenant, bucket) => found.forget(JSON.stringify([tenant, bucket])),
    isProved: async (record) => proofCounts(await settings.readBucket(record.tenant, record.bucket), record),
    changeEntry: <T>({ tenant, recordingId }: EntryKey, decide: EntryChange<T>["decide"]) =>
      changed(tenant, { recordingId, decide }) as Promise<T>,
    takeTurn: createFairLanes(backUpLanes),
    tryMilliseconds: (manifest["store-recording"].timeoutSeconds - 40) * 1000,
  } satisfies Partial<BackUpApp & SweepApp>;
}
