import { describe, expect, test } from "vitest";
import { type FunctionName, type FunctionRow, manifest } from "../../functions/manifest.ts";
import { access, backupAccount, type Grant, type ReasonedGrant } from "../../infra/access.ts";
import { topics } from "../../shared/domain/sites.ts";

const rows = Object.entries(manifest) as [FunctionName, FunctionRow][];
const grants = rows.flatMap(([name]) => access[name].map((grant) => ({ name, grant })));

/** The sites whose database or bucket a function reaches by a grant, from one of its own sites. */
const reaches = (grant: Grant, own: "primary" | "secondary") =>
  "site" in grant ? (grant.site === "own" ? own : grant.site) : undefined;

const holders = (wanted: (grant: ReasonedGrant) => boolean) =>
  [...new Set(grants.filter(({ grant }) => wanted(grant)).map(({ name }) => name))].sort();

/** Functions on that site which may do so to the other site's things. */
const crossing = (own: "primary" | "secondary", wanted: (grant: ReasonedGrant) => boolean) =>
  holders((grant) => wanted(grant) && reaches(grant, own) !== undefined && reaches(grant, own) !== own).filter((name) =>
    (manifest[name] as FunctionRow).sites.includes(own),
  );

describe("the table of access", () => {
  test("has a row for every function and for no other (R46)", () => {
    expect(Object.keys(access).sort()).toStrictEqual(rows.map(([name]) => name).sort());
  });

  test("gives a reason for every grant", () => {
    const bare = [...grants.map(({ grant }) => grant), ...backupAccount].filter(({ why }) => why.trim().length < 10);
    expect(bare).toStrictEqual([]);
  });

  test.each(rows)(
    "grants %s nothing twice on any of its sites, and nothing that a broader grant has in it",
    (name, row) => {
      for (const site of row.sites) {
        const targets = access[name].map((grant) => {
          const { why: _why, ...rest } = grant;
          if (grant.on === "scheduler") return JSON.stringify(rest);
          return JSON.stringify({ ...rest, access: undefined, site: reaches(grant, site) });
        });
        expect(targets).toStrictEqual([...new Set(targets)]);
      }
    },
  );
});

describe("what runs in Tokyo", () => {
  test("writes the secondary's database by two functions only: the API and the sweep of backups (R10)", () => {
    expect(crossing("primary", ({ on }) => on === "database")).toStrictEqual(["admin", "sweep-backups"]);
  });

  test("reaches no bucket of the secondary", () => {
    expect(crossing("primary", ({ on }) => on === "bucket")).toStrictEqual([]);
  });
});

describe("what runs in Osaka", () => {
  test("writes the primary's database only to fail back, to back up, and for settings of those in charge there (R25)", () => {
    const written = crossing("secondary", (grant) => grant.on === "database" && grant.access === "write");
    expect(written).toStrictEqual(["admin", "run-operation", "sweep-backups"]);
  });

  test("reads it only to compare besides, and the primary's guidance to copy it (R8, R12, R13)", () => {
    const read = (on: Grant["on"]) =>
      crossing("secondary", (grant) => grant.on === on && "access" in grant && grant.access === "read");
    expect(read("database")).toStrictEqual(["failback", "reconcile", "run-activation", "sync-access-rules"]);
    expect(read("bucket")).toStrictEqual(["sync-guidance"]);
    expect(crossing("secondary", ({ on }) => on === "bucket")).toStrictEqual(["sync-guidance"]);
  });

  test.each([
    "activate",
    "announce-state",
    "guard-standby",
    "mirror-config",
    "purge",
    "record-reload-ack",
    "record-softphones",
    "record-dead-letter",
    "send-mail",
    "sweep-outbox",
    "sweep-operations",
    "reload-settings",
    "backup-recording",
    "store-recording",
  ] as const)("lets %s touch nothing of the primary (R18)", (name) => {
    expect(access[name].filter((grant) => reaches(grant, "secondary") === "primary")).toStrictEqual([]);
  });
});

describe("every function", () => {
  const isOwnDatabase = (grant: Grant, own: "primary" | "secondary") =>
    grant.on === "database" && grant.access === "write" && reaches(grant, own) === own;

  test("with a schedule can note its firings where it runs, with an API its answers on the secondary (R15)", () => {
    const lacking = rows.filter(([name, { sites, trigger }]) => {
      if (trigger.type === "schedule")
        return !sites.every((site) => access[name].some((grant) => isOwnDatabase(grant, site)));
      if (trigger.type !== "http") return false;
      return !access[name].some(
        (grant) =>
          grant.on === "database" && grant.access === "write" && reaches(grant, sites[0] ?? "primary") === "secondary",
      );
    });
    expect(lacking.map(([name]) => name)).toStrictEqual([]);
  });

  test("that events call puts aside what can never be handled, but for the one that keeps dead letters (R39)", () => {
    const called = rows.filter(([, { trigger }]) => trigger.type === "document" || trigger.type === "message");
    const keeping = called.map(([name]) => name).filter((name) => name !== "record-dead-letter");
    expect(holders((grant) => grant.on === "topic" && grant.topic === "deadLetters")).toStrictEqual(keeping.sort());
  });

  test("that people ask can send a dead letter again to each topic that functions take (R39)", () => {
    const taken = rows.flatMap(([, { trigger }]) => (trigger.type === "message" ? [trigger.topic] : []));
    const own = access.admin.flatMap((grant) => (grant.on === "topic" ? [grant.topic] : []));
    expect(own.sort()).toStrictEqual([...new Set(taken)].filter((name) => name !== "deadLetters").sort());
  });

  test("that publishes names a topic, and each topic of Hikae's own has somebody to publish it", () => {
    // The telephony publishes the others.
    const fromOutside = ["callEnded", "reloadAck", "softphoneReports"];
    const published = new Set(
      grants.flatMap(({ name, grant }) => (grant.on === "topic" && name !== "admin" ? [grant.topic] : [])),
    );
    const own = Object.keys(topics).filter((name) => !fromOutside.includes(name));
    expect([...published].sort()).toStrictEqual(own.sort());
  });
});

describe("secrets and accounts", () => {
  const holds = (secret: string) => holders((grant) => grant.on === "secret" && grant.secret === secret);
  const acts = (account: string) => holders((grant) => grant.on === "impersonate" && grant.account === account);

  test("are given to those that need them only (R46, R48)", () => {
    expect(holds("smtpUrl")).toStrictEqual(["send-mail", "sweep-outbox"]);
    expect(holds("oidcClientSecret")).toStrictEqual(["admin"]);
    expect(acts("self")).toStrictEqual(["purge"]);
  });

  test("let only what reaches customers' buckets act as the account that customers permit (R33)", () => {
    const reaching = ["admin", "backup-recording", "run-operation", "store-recording", "sweep-backups"];
    expect(acts("backup")).toStrictEqual(reaching);
  });

  test("let that account read both sites' recordings, and nothing else of the platform's (R33, R37)", () => {
    expect(backupAccount.map(({ why: _why, ...grant }) => grant)).toStrictEqual(
      (["primary", "secondary"] as const).map((site) => ({ on: "bucket", bucket: "recordings", site, access: "read" })),
    );
    const reading = holders(
      (grant) => grant.on === "bucket" && grant.bucket === "recordings" && grant.access === "read",
    );
    expect(reading).toStrictEqual([]);
  });
});
