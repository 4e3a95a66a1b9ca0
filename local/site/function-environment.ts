import type { Site } from "../../shared/domain/sites.ts";
import type { Plan } from "../plan.ts";

/** What a deployed function finds in its environment. */
export function functionEnvironment(site: Site, plan: Plan, name: string): Record<string, string> {
  const { primary, secondary } = plan.sites;
  return {
    GOOGLE_CLOUD_PROJECT: plan.project,
    HIKAE_SITE: site,
    PRIMARY_DATABASE: primary.database,
    SECONDARY_DATABASE: secondary.database,
    PRIMARY_FIRESTORE_EMULATOR: primary.firestore,
    SECONDARY_FIRESTORE_EMULATOR: secondary.firestore,
    PRIMARY_HOST: new URL(primary.api).host,
    SECONDARY_HOST: new URL(secondary.api).host,
    OIDC_ISSUER: plan.issuer,
    OIDC_AUDIENCE: plan.audience,
    FUNCTION_TARGET: name,
    K_SERVICE: name,
    PUBSUB_EMULATOR_HOST: plan.pubsub,
    STORAGE_ENDPOINT: plan.storage,
    PRIMARY_GUIDANCE_BUCKET: primary.buckets.guidance,
    SECONDARY_GUIDANCE_BUCKET: secondary.buckets.guidance,
    RECORDINGS_BUCKET: plan.sites[site].buckets.recordings,
    EXPORTS_BUCKET: plan.sites[site].buckets.exports,
    RECORDING_SOURCES: new URL(plan.recordings).host,
    RECORDING_SOURCES_INSECURE: "true",
    BACKUP_SERVICE_ACCOUNT: "hikae-backup@hikae-local.iam.gserviceaccount.com",
    PLATFORM_BUCKETS: [primary, secondary].flatMap(({ buckets }) => Object.values(buckets)).join(","),
    SCHEDULER_EMULATOR: plan.scheduler,
    PRIMARY_URL: primary.api,
    SECONDARY_URL: secondary.api,
    SMTP_URL: `smtp://${plan.mail.smtp}`,
    MAIL_FROM: "Hikae <hikae@hikae.example>",
    METADATA_SERVER_DETECTION: "none",
    NODE_ENV: "production",
  };
}
