import { PubSub } from "@google-cloud/pubsub";
import type { GuardApp } from "../shared/domain/guard-change.ts";
import type { Change, Outcome } from "../shared/domain/mirror.ts";
import type { MirrorApp } from "../shared/domain/mirror-change.ts";
import { type RecoveryOperationApp, recordTampered } from "../shared/domain/recovery.ts";
import { topics } from "../shared/domain/sites.ts";
import { heartbeatTenant } from "../shared/domain/tenant.ts";
import type { Fields } from "../shared/domain/value.ts";
import { createAuthenticator } from "../shared/runtime/authentication.ts";
import { createBatcher } from "../shared/runtime/batch.ts";
import type { Config } from "../shared/runtime/config.ts";
import type { DeadLetters } from "../shared/runtime/serve.ts";
import { createDirectory } from "../shared/stores/directory.ts";
import { createFirestore } from "../shared/stores/firestore-client.ts";
import { createLedger } from "../shared/stores/ledger.ts";
import { createOperations, type OperationStore } from "../shared/stores/operations.ts";
import { checkDatabase, createRequests } from "../shared/stores/requests.ts";
import { createSites } from "../shared/stores/sites.ts";
import { createStandbys } from "../shared/stores/standbys.ts";
import { createWire } from "../shared/stores/wire.ts";
import type { AdminApp } from "./admin.ts";

/** As much as goes together in one transaction or one read: well under Firestore's 10 MiB a commit. */
const batchLimits = { items: 200, size: 5 * 1024 * 1024 };

/** All that functions take what they need from. Nothing in it connects before it is used. */
export type App = MirrorApp &
  GuardApp &
  RecoveryOperationApp &
  AdminApp & {
    operations: OperationStore;
    deadLetters: DeadLetters;
    beat(): Promise<void>;
  };

/** The application: every store, made of one configuration. */
export function createApp(config: Config, now: () => Date = () => new Date()): App {
  const wires = { primary: createWire(config.databases.primary), secondary: createWire(config.databases.secondary) };
  const databases = {
    primary: createFirestore(config.databases.primary),
    secondary: createFirestore(config.databases.secondary),
  };
  let publisher: PubSub | undefined;
  const pubsub = () => (publisher ??= new PubSub({ projectId: config.projectId }));

  const ledger = createLedger(wires.secondary, now);
  const standbys = createStandbys(databases.secondary);
  const operations = createOperations(databases.secondary, pubsub, now);
  const toFields = (state: { fields?: unknown }) => (state.fields ?? {}) as Fields;
  const recovery = { standbys, operations, now, readLedger: ledger.read, toFields };

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

  return {
    ...recovery,
    ...createSites(wires, ledger),
    config,
    authenticator: createAuthenticator(config.oidc),
    directory: createDirectory(databases[config.site]),
    secondaryDirectory: createDirectory(databases.secondary),
    requests: createRequests(databases.secondary, now),
    health: () => checkDatabase(databases[config.site]),
    roots: { primary: wires.primary.root, secondary: wires.secondary.root },
    apply: mirrored,
    readPair: pairs,
    operationStore: operations,
    equalBlocks: standbys.equalBlocks,
    saveEqualBlocks: standbys.saveEqualBlocks,
    tampered: (tenant, changes) => recordTampered(recovery, tenant, changes),
    deadLetters: async (event) => {
      await pubsub()
        .topic(topics.deadLetters)
        .publishMessage({ json: event, attributes: { function: event.function } });
    },
    beat: async () => {
      await databases.primary.doc(`tenants/${heartbeatTenant}/heartbeats/primary`).set({ at: now() });
    },
  };
}
