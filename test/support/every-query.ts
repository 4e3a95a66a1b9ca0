import type { App } from "../../functions/app.ts";
import type { EntryFilter, SiteBackups } from "../../shared/domain/backup/ports.ts";
import type { RunScope } from "../../shared/domain/backup/run-plan.ts";
import { retentions } from "../../shared/domain/retention.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";

const tenant = "acme";
const page = { pageSize: 10 };
const [since, until] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-02-01T00:00:00Z")];
const period = { since, until };
const scopes: RunScope[] = [{ all: true }, { office: "o" }, { callCenter: "c" }, { coachingTeam: "t" }];

/**
 * Every way in which the application asks a database for documents by anything but their names, with every choice of
 * filters; `apps` are the applications of both sites.
 */
export async function askEverything(apps: Record<Site, App>): Promise<void> {
  for (const site of sites) await askOwnDatabase(apps[site]);
  const app = apps.secondary;
  await askForOperations(app);
  await askForStandbys(app);
  await askForComparisons(app);
  for (const site of sites) {
    await askForTenantData(app, site);
    await askForLedger(app.backups[site]);
    await askForBackups(app, site);
    await askForInventory(app.backups[site]);
  }
}

/** What functions ask the database of the site that they run on. */
async function askOwnDatabase({ directory, outbox, expiredRecords }: App): Promise<void> {
  await directory.tenants(page);
  await directory.memberships("a@acme.example");
  await directory.administrators(tenant);
  await directory.administrators(tenant, "office");
  await directory.operators();
  await outbox.due(until, 10);
  for (const retention of retentions) await drain(expiredRecords.deleteBefore(retention, until));
}

async function askForOperations({ operations, deadLetterRecords, findings, platformAudit }: App): Promise<void> {
  for (const which of subsets({ type: "resync", open: true as const })) await operations.list(tenant, which, page);
  await operations.stranded(until);
  await deadLetterRecords.list({}, page);
  await deadLetterRecords.list({ function: "mirror-config" }, { ...page, pageToken: `${until.getTime()}.id` });
  await findings.list("operation", undefined, page);
  await findings.list("operation", "missing", page);
  await findings.trim("operation", 3);
  await platformAudit.list(page);
}

async function askForStandbys(app: App): Promise<void> {
  const { standbys, endpoints, reloads, softphones, checklists, records } = app;
  await endpoints.behind(since, until);
  await standbys.list(page);
  await standbys.edits(tenant);
  await standbys.audit(tenant, page);
  await standbys.unknownKinds(tenant);
  await standbys.countLarge(tenant);
  await standbys.lags(tenant, since);
  await reloads.list(tenant);
  for (const time of [undefined, since]) {
    await reloads.countChanged(tenant, "phones", time);
    await softphones.count(tenant, time);
  }
  await checklists.read(tenant, "activation");
  await checklists.open(tenant, "activation", []);
  await records.ofFailback(tenant, "operation");
  await records.list(tenant, page);
  await app.syncs.read(tenant);
}

async function askForComparisons(app: App): Promise<void> {
  for (const site of sites) {
    await app.countKinds(site, tenant);
    await drain(app.list(site, tenant));
  }
  await app.editNotes.clear(tenant, 0, async () => undefined);
  await app.primaryRules(tenant);
  await app.secondaryRules(tenant);
  await app.histories.count(tenant);
  await app.histories.list(tenant);
  await drain(app.histories.read(tenant, "callHistory"));
}

async function askForTenantData({ tenantData, scheduleRuns }: App, site: Site): Promise<void> {
  const data = tenantData[site];
  await scheduleRuns[site].all();
  await data.numbers(tenant);
  await data.numbersPage(tenant, page);
  await data.phonesPage(tenant, page);
  await data.findNumbers(tenant, ["+81312345678"]);
  await drain(data.everyPhone(tenant));
  await data.settings(tenant);
  await data.contactCentres(tenant);
  await data.twoFactor(tenant);
  await data.hasConnection(tenant, ["customerGateway"]);
}

async function askForLedger({ ledger }: SiteBackups): Promise<void> {
  await ledger.due(until, 10);
  await ledger.parked(tenant, "bucket", 10);
  await ledger.countOpenBelow(tenant, "gs://bucket/acme/");
  await ledger.oldestUntried();
  const unit = { type: "callCenter", id: "c" } as const;
  const choices = { offices: ["o", "p"], unit, run: "run", from: since } satisfies EntryFilter;
  for (const filter of [...subsets<EntryFilter>(choices), { office: "o", until }]) {
    await ledger.count(tenant, filter);
    await ledger.list(tenant, filter, page);
    await ledger.list(tenant, { ...filter, state: "failed" }, page);
  }
}

async function askForBackups(app: App, site: Site): Promise<void> {
  const { notices, destinations, settings } = app.backups[site];
  await notices.untold(until, 10);
  await notices.due(until, 10);
  await notices.hasStored(tenant, "office", since);
  await notices.waitsFor(tenant, "office", "notReady");
  await destinations.toAttend(until, { probed: 10, drained: 10 });
  await destinations.ofTenant(tenant);
  await destinations.countOutOfService();
  await settings.all(tenant);
  await settings.naming(tenant, "bucket");
  await settings.waiting(10);
  await settings.organisation(tenant);
  await settings.changeBucket(tenant, "bucket", () => ({ outcome: undefined }));
  await app.backupViews[site].freshness(tenant, since);
  await app.backupViews[site].freshness(tenant, since, ["office"]);
  const receipts = app.receipts[site];
  await receipts.buckets(tenant);
  await receipts.countClaims(tenant, "bucket");
  await receipts.claimsNamed(tenant, "bucket", ["a.mp3", "a.json"]);
  await drain(receipts.claims(tenant, "bucket"));
  await drain(receipts.claims(tenant, "bucket", "a.mp3"));
}

async function askForInventory({ inventory }: SiteBackups): Promise<void> {
  await inventory.countPending(tenant, "run");
  for (const scope of scopes) {
    await drain(inventory.past(tenant, { scope, ...period }));
    await drain(inventory.past(tenant, { scope, ...period }, { id: "r", at: since.getTime() * 1000 }));
    await inventory.countPast(tenant, { scope, ...period });
    await inventory.countStored(tenant, { scope, ...period });
    await inventory.countUndated(tenant, scope);
  }
}

async function drain(all: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of all);
}

/** Every choice of these properties. */
function subsets<T extends object>(all: T): Partial<T>[] {
  return Object.entries(all).reduce<Partial<T>[]>(
    (chosen, [name, value]) => chosen.concat(chosen.map((each) => ({ ...each, [name]: value }))),
    [{}],
  );
}
