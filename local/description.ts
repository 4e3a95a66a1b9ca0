import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { type Site, topics } from "../shared/domain/sites.ts";
import type { Issuer } from "./issuer.ts";
import type { Plan } from "./plan.ts";

/** One running site; `pids` are the processes to kill to lose it. */
type SiteDescription = {
  api: string;
  firestore: string;
  database: string;
  guidanceBucket: string;
  recordingsBucket: string;
  pids: number[];
};

/** A running local cloud, the content of `stack.json`. */
export type StackDescription = {
  project: string;
  sites: Record<Site, SiteDescription>;
  pubsub: string;
  topics: { callEnded: string; reload: string; reloadAck: string };
  storage: string;
  scheduler: string;
  mail: { smtp: string; inbox: string };
  telephony: string;
  /** Serves recordings, at `/{tenant}/{recordingId}.mp3`. */
  recordings: string;
  issuer: string;
  /** ID tokens by role and tenant, valid for a week. */
  tokens: Record<string, string>;
  /** Each site's inner server: deliveries and faults. */
  controls: Record<Site, string>;
  schedulerSwitches: string;
};

/** Whose tokens lie ready, by role and tenant. */
export const people = {
  operator: { email: "operator@hikae.example", name: "運用担当", nameEn: "Operator" },
  "companyAdmin:acme": { email: "company-admin@acme.example", name: "全社管理者", nameEn: "Company administrator" },
  "officeAdmin:acme": { email: "office-admin@acme.example", name: "拠点管理者", nameEn: "Office administrator" },
  "viewer:acme": { email: "viewer@acme.example", name: "閲覧者", nameEn: "Viewer" },
} as const;

const tokenSeconds = 7 * 24 * 3600;

/** Describes the running local cloud. */
export async function describeStack(
  plan: Plan,
  issuer: Issuer,
  pidsOf: (site: Site) => number[],
): Promise<StackDescription> {
  const tokens: Record<string, string> = {};
  for (const [role, { email }] of Object.entries(people)) {
    tokens[role] = await issuer.mint({ email, expiresInSeconds: tokenSeconds });
  }
  const site = (name: Site): SiteDescription => {
    const { api, firestore, database, buckets } = plan.sites[name];
    const { guidance: guidanceBucket, recordings: recordingsBucket } = buckets;
    return { api, firestore, database, guidanceBucket, recordingsBucket, pids: pidsOf(name) };
  };
  return {
    project: plan.project,
    sites: { primary: site("primary"), secondary: site("secondary") },
    pubsub: plan.pubsub,
    topics: { callEnded: topics.callEnded, reload: topics.reload, reloadAck: topics.reloadAck },
    storage: plan.storage,
    scheduler: plan.scheduler,
    mail: plan.mail,
    telephony: plan.telephony,
    recordings: plan.recordings,
    issuer: plan.issuer,
    tokens,
    schedulerSwitches: plan.schedulerSwitches,
    controls: { primary: plan.sites.primary.control, secondary: plan.sites.secondary.control },
  };
}

export function writeDescription(file: string, description: StackDescription): void {
  writeFileSync(file, `${JSON.stringify(description, null, 2)}\n`);
}

/** Removes the file unless another local cloud has written it since. */
export function removeDescription(file: string, issuer: string): void {
  try {
    const written = JSON.parse(readFileSync(file, "utf8")) as Partial<StackDescription>;
    if (written.issuer !== issuer) return;
  } catch {
    // Missing or broken: nothing to keep.
  }
  rmSync(file, { force: true });
}
