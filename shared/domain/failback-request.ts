import { requireFailback } from "./failback.ts";
import { requirePrimary } from "./failback-diff.ts";
import type { Operation } from "./operation.ts";
import type { CompareApp } from "./reconcile.ts";
import type { RecoveryApp } from "./recovery.ts";
import type { Actor } from "./standby.ts";
import { type KindCounts, requireWholePrimary } from "./whole-primary.ts";

/** What a request to fail back needs. */
export type RequestFailbackApp = RecoveryApp &
  Pick<CompareApp, "primaryTenant"> & {
    /** How many documents each mirrored kind has on a site, those in sub-collections not counted. */
    countKinds(site: "primary" | "secondary", tenant: string): Promise<KindCounts>;
  };

type Asked = { tenant: string; actor: Actor; key: string; promote: string[]; override?: string };

/**
 * Starts to take a tenant back to the primary (R24), the chosen documents carried there first (R25). The same key
 * again is the same operation.
 * @throws AppError `not-found` without a stand-by; `conflict` unless the secondary is in charge; `precondition-failed`
 *   without notice and request, or where the primary has lost data, unless a reason overrides that; `unavailable` while
 *   the primary does not answer.
 */
export async function requestFailback(app: RequestFailbackApp, asked: Asked): Promise<Operation> {
  const { tenant, actor, key, promote, override } = asked;
  const input = { promote, ...(override === undefined ? {} : { override }) };
  const newOperation = { type: "failback", tenant, createdBy: actor, key, input };
  const [standby, known] = await Promise.all([app.standbys.read(tenant), app.operations.find(newOperation)]);
  if (known) return known;
  requireFailback(standby, override);
  await requireSound(app, tenant, override);
  return app.operations.start(newOperation);
}

/**
 * Proves that the primary has what is to overwrite the secondary; answers what a reason overrode.
 * @throws AppError `unavailable` or `precondition-failed`, with a text for the caller.
 */
export async function requireSound(
  app: RequestFailbackApp,
  tenant: string,
  override: string | undefined,
): Promise<string[]> {
  await requirePrimary(app, tenant);
  const [primary, secondary] = await Promise.all([
    app.countKinds("primary", tenant),
    app.countKinds("secondary", tenant),
  ]);
  return requireWholePrimary(primary, secondary, override);
}
