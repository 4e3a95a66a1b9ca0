import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { SoftphoneReport } from "../../shared/domain/events.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { tenantId } from "../../shared/domain/tenant.ts";
import type { Plan } from "../plan.ts";
import { askEndpoint, type Endpoint } from "./endpoints.ts";
import type { TelephonyPubsub } from "./pubsub.ts";

/** Which softphones of a tenant are switched on: so many, or these; none switches all of them off. */
export const softphonesRequest = z.strictObject({
  tenant: tenantId,
  count: z.int().min(0).max(2000).optional(),
  ids: z.array(z.string().min(1)).max(2000).optional(),
});
export type SoftphonesRequest = z.input<typeof softphonesRequest>;

/** A tenant's softphones; `site` is absent until the softphone has found one. */
export type SoftphonesView = { endpoint?: Endpoint; softphones: { id: string; site?: Site }[] };

export type Softphones = {
  switchOn(request: z.output<typeof softphonesRequest>): void;
  view(tenant: string): SoftphonesView;
  /** What the tenant's softphones believe; undefined where it has none. */
  known(tenant: string): Endpoint | undefined;
};

type Softphone = { id: string; site?: Site; unreported?: SoftphoneReport };
type Fleet = { endpoint?: Endpoint | undefined; softphones: Softphone[] };

const pollMs = 1000;
const reportsAtOnce = 500;

/**
 * Softphones that look each second which site is in charge, move there, and are reported by the telephony. They
 * keep what they know while nobody answers, and are reported later while Pub/Sub does not.
 */
export function playSoftphones(plan: Plan, pubsub: TelephonyPubsub): Softphones {
  const fleets = new Map<string, Fleet>();
  const poll = async (): Promise<never> => {
    for (;;) {
      await Promise.all([...fleets].map(([tenant, fleet]) => lookAround(plan, pubsub, tenant, fleet)));
      await pause(pollMs);
    }
  };
  void poll();
  return {
    switchOn({ tenant, count = 0, ids = numbered(count) }) {
      const earlier = fleets.get(tenant);
      const softphones = ids.map((id) => earlier?.softphones.find((known) => known.id === id) ?? { id });
      if (softphones.length === 0) fleets.delete(tenant);
      else fleets.set(tenant, { endpoint: earlier?.endpoint, softphones });
    },
    view(tenant) {
      const { endpoint, softphones = [] } = fleets.get(tenant) ?? {};
      const shown = softphones.map(({ id, site }) => ({ id, ...(site ? { site } : {}) }));
      return { ...(endpoint ? { endpoint } : {}), softphones: shown };
    },
    known: (tenant) => fleets.get(tenant)?.endpoint,
  };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `softphone-${String(index + 1).padStart(4, "0")}`);
}

/** All softphones of a tenant look at the same moment, so that one question to each site serves them all. */
async function lookAround(plan: Plan, pubsub: TelephonyPubsub, tenant: string, fleet: Fleet): Promise<void> {
  fleet.endpoint = await askEndpoint(plan, tenant, fleet.endpoint);
  if (!fleet.endpoint) return;
  const { site } = fleet.endpoint;
  const at = new Date();
  for (const softphone of fleet.softphones) {
    if (softphone.site === site) continue;
    softphone.site = site;
    softphone.unreported = { softphoneId: softphone.id, site, at };
  }
  await report(pubsub, tenant, site, fleet).catch(() => undefined);
}

async function report(pubsub: TelephonyPubsub, tenant: string, site: Site, { softphones }: Fleet): Promise<void> {
  const waiting = softphones.filter(({ unreported }) => unreported);
  for (let from = 0; from < waiting.length; from += reportsAtOnce) {
    const portion = waiting.slice(from, from + reportsAtOnce);
    const reports = portion.flatMap(({ unreported }) => unreported ?? []);
    await pubsub.publish("softphoneReports", { version: 1, tenantId: tenant, site, reports });
    for (const softphone of portion) delete softphone.unreported;
  }
}
