import type { PubSub } from "@google-cloud/pubsub";
import { z } from "zod";
import type { CallForBackups } from "../domain/backup/ports.ts";
import { AppError } from "../domain/errors.ts";
import { documentId } from "../domain/events.ts";
import { type Site, sites, topics } from "../domain/sites.ts";
import { tenantId } from "../domain/tenant.ts";
import { answered } from "./firestore-client.ts";

/** The message on the topic `backups`: one entry of one site's ledger is to be tried. */
export const backupCall = z.object({ site: z.enum(sites), tenant: tenantId, recordingId: documentId });

const patience = 10_000;

export function createBackupCalls(pubsub: () => Promise<PubSub>): CallForBackups {
  return async (site: Site, keys) => {
    if (keys.length === 0) return;
    const topic = (await pubsub()).topic(topics.backups, { batching: { maxMessages: 100, maxMilliseconds: 5 } });
    try {
      await answered(
        () => Promise.all(keys.map((key) => topic.publishMessage({ json: { site, ...key }, attributes: { site } }))),
        patience,
      );
    } catch (error) {
      throw new AppError("unavailable", "Pub/Sub does not take the message", { cause: error });
    }
  };
}
