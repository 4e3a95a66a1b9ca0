import { type AccessRulesApp, syncAccessRules } from "../shared/domain/access-rules.ts";
import { type SyncApp, syncTenants } from "../shared/domain/syncs.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Well within the function's time-out; what is not done by then is the next run's. */
const limits = { milliseconds: 200_000, tenantsAtOnce: 8 };

/** Makes every syncing tenant's access rules on the secondary those of the primary (R13); safe to repeat. */
export const syncRules: Handler<SyncApp & AccessRulesApp> = {
  type: "schedule",
  run: (app) =>
    syncTenants(app, "access-rules", limits, ({ tenant, fence }) => syncAccessRules(app, tenant, { fence })),
};
