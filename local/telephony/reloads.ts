import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type EventOf, readEvent, reloadCauses } from "../../shared/domain/events.ts";
import { tenantId } from "../../shared/domain/tenant.ts";
import type { TelephonyPubsub } from "./pubsub.ts";

/** How the telephony takes reloads, of one tenant or of all, for one cause or for any; a tenant's own way comes first. */
export const reloadBehaviour = z.strictObject({
  tenant: tenantId.optional(),
  cause: z.enum(reloadCauses).optional(),
  /** `ignored`: it never answers. */
  outcome: z.enum(["reloaded", "failed", "ignored"]).default("reloaded"),
  /** How long a reload takes. */
  delayMs: z.number().min(0).max(600_000).default(0),
});
export type ReloadBehaviour = z.input<typeof reloadBehaviour>;

/** Reloads as the telephony received them, oldest first. */
export type Reloads = {
  received(tenant: string): EventOf<"reload">[];
  behave(behaviour: z.output<typeof reloadBehaviour>): void;
};

const remembered = 200;
const pauseAfterFailureMs = 500;

/** Takes reloads off the subscription for as long as the process lives, and acknowledges each to Hikae. */
export function playReloads(pubsub: TelephonyPubsub): Reloads {
  const received = new Map<string, EventOf<"reload">[]>();
  const behaviours: z.output<typeof reloadBehaviour>[] = [reloadBehaviour.parse({})];
  const behaviourFor = ({ tenantId: tenant, cause }: EventOf<"reload">) => {
    const fitting = behaviours.filter((behaviour) => (behaviour.cause ?? cause) === cause);
    const of = (owner: string | undefined) => fitting.findLast((behaviour) => behaviour.tenant === owner);
    return of(tenant) ?? of(undefined);
  };

  const answer = async (reload: EventOf<"reload">): Promise<void> => {
    const { tenantId: tenant, reloadId, kind, site } = reload;
    const { outcome, delayMs } = behaviourFor(reload) ?? reloadBehaviour.parse({});
    received.set(tenant, [...(received.get(tenant) ?? []), reload].slice(-remembered));
    if (outcome === "ignored") return;
    await pause(delayMs);
    const detail = outcome === "failed" ? { detail: "設定の検証に失敗しました" } : {};
    const ack = { version: 1, tenantId: tenant, reloadId, kind, site, outcome, ...detail, at: new Date() } as const;
    await pubsub.publish("reloadAck", ack);
  };
  const takeOnce = async (): Promise<void> => {
    const messages = await pubsub.pull();
    if (messages.length === 0) return;
    for (const { data } of messages) {
      // What the telephony cannot read, or cannot answer now, it drops: Hikae lives with a reload nobody acknowledges.
      void Promise.resolve()
        .then(() => answer(readEvent("reload", data)))
        .catch(() => undefined);
    }
    await pubsub.acknowledge(messages.map(({ ackId }) => ackId));
  };
  const take = async (): Promise<never> => {
    for (;;) await takeOnce().catch(() => pause(pauseAfterFailureMs));
  };
  void take();
  return {
    received: (tenant) => received.get(tenant) ?? [],
    behave: (behaviour) => void behaviours.push(behaviour),
  };
}
