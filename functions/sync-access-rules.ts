import { type AccessRulesApp, syncAccessRules } from "../shared/domain/access-rules.ts";
import { type SyncApp, syncTenants } from "../shared/domain/syncs.ts";
import type { Handler } from "../shared/runtime/triggers.ts";

/** Makes every syncing tenant's access rules on the secondary those of the primary (R13); safe to repeat. */
export const syncRules: Handler<SyncApp & AccessRulesApp> = {
  type: "schedule",
  run: (app) => syncTenants(app, "access-rules", ({ tenant, fence }) => syncAccessRules(app, tenant, { fence })),
};
