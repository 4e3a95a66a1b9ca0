/** What one unit costs in US dollars, before discounts and free allowances, where it stands, and as of when that was seen. */
export type Price = { dollars: number; per: number; unit: string; source: string; seen: string };

const firestore = "cloud.google.com/firestore/pricing, asia-northeast1";
const run = "cloud.google.com/run/pricing, tier 1 (asia-northeast1 and asia-northeast2), request-based billing";

/**
 * List prices. They are inputs: check them against the price list of your billing account before you rely on a result;
 * this is the one place to change them. Osaka is taken to cost what Tokyo costs.
 */
export const prices = {
  documentRead: { dollars: 0.038, per: 100_000, unit: "read", source: firestore, seen: "2025-07-09" },
  documentWrite: { dollars: 0.115, per: 100_000, unit: "write", source: firestore, seen: "2025-07-09" },
  documentDelete: { dollars: 0.013, per: 100_000, unit: "delete", source: firestore, seen: "2025-07-09" },
  databaseStorage: { dollars: 0.115, per: 1, unit: "GiB-month", source: firestore, seen: "2025-07-09" },
  pointInTimeRecovery: { dollars: 0.115, per: 1, unit: "GiB-month", source: firestore, seen: "2025-07-09" },
  processor: { dollars: 0.000024, per: 1, unit: "vCPU-second", source: run, seen: "undated copy" },
  memory: { dollars: 0.0000025, per: 1, unit: "GiB-second", source: run, seen: "undated copy" },
  idleProcessor: {
    dollars: 0.0000025,
    per: 1,
    unit: "vCPU-second of an idle minimum instance",
    source: run,
    seen: "undated copy",
  },
  request: { dollars: 0.4, per: 1_000_000, unit: "request", source: run, seen: "undated copy" },
  messageVolume: {
    dollars: 40,
    per: 2 ** 40,
    unit: "byte published or delivered, Eventarc's included",
    source: "cloud.google.com/pubsub/pricing; events of Google's own sources cost no more than that",
    seen: "2026-09-20",
  },
  listing: {
    dollars: 0.005,
    per: 1000,
    unit: "class A operation",
    source: "cloud.google.com/storage/pricing, regional Standard",
    seen: "undated copy",
  },
  crossing: {
    dollars: 0.08,
    per: 2 ** 30,
    unit: "byte between Tokyo and Osaka",
    source: "cloud.google.com/vpc/network-pricing, between regions within Asia",
    seen: "not confirmed",
  },
  schedulerJob: {
    dollars: 0.1,
    per: 1,
    unit: "job-month",
    source: "cloud.google.com/scheduler/pricing",
    seen: "not confirmed",
  },
  logVolume: {
    dollars: 0.5,
    per: 2 ** 30,
    unit: "byte of logs",
    source: "cloud.google.com/stackdriver/pricing",
    seen: "not confirmed",
  },
  secretVersion: {
    dollars: 0.06,
    per: 1,
    unit: "secret version and location, per month",
    source: "cloud.google.com/secret-manager/pricing",
    seen: "not confirmed",
  },
} as const satisfies Record<string, Price>;
export type PriceName = keyof typeof prices;

/** What so many units cost. */
export function dollarsFor(name: PriceName, units: number): number {
  const { dollars, per } = prices[name];
  return (units / per) * dollars;
}
