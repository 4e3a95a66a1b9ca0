import { expect } from "vitest";
import type { SyncName, SyncRecord } from "../../shared/domain/syncs.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";

/** The record of a tenant's last sync. */
export async function syncRecord<N extends SyncName>(
  stack: TestStack,
  tenant: string,
  name: N,
): Promise<SyncRecord<N> | undefined> {
  const found = await stack.databases.secondary.doc(`standbys/${tenant}/syncs/${name}`).get();
  return found.exists ? fromStore<SyncRecord<N>>(found.data()) : undefined;
}

/** Fires the schedule until a sync of the tenant that begins from now on has ended. */
export function synced<N extends SyncName>(stack: TestStack, tenant: string, name: N): Promise<SyncRecord<N>> {
  const from = Date.now();
  return eventually(async () => {
    await stack.runSchedule("secondary", `sync-${name}`);
    const record = await syncRecord(stack, tenant, name);
    expect(record?.at.getTime()).toBeGreaterThanOrEqual(from);
    return record as SyncRecord<N>;
  });
}
