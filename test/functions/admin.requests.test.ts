import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { perform } from "../../shared/domain/api/perform.ts";
import type { Answer, ApiApp, Claim, Requests, Route } from "../../shared/domain/api/route.ts";
import { routes } from "../../shared/domain/api/routes.ts";
import { AppError } from "../../shared/domain/errors.ts";
import type { AuditEntry } from "../../shared/domain/standby.ts";
import { createDirectory } from "../../shared/stores/directory.ts";
import { fromStore } from "../../shared/stores/firestore-client.ts";
import { createOperations } from "../../shared/stores/operations.ts";
import { createPlatformAudit } from "../../shared/stores/platform-audit.ts";
import { createRequests } from "../../shared/stores/requests.ts";
import { createStandbys } from "../../shared/stores/standbys.ts";
import { eventually } from "../support/eventually.ts";
import { patiently } from "../support/patiently.ts";
import { sharedStack } from "../support/stack.ts";
import { call, operator } from "../support/switch-over.ts";
import { enrol, operationsOf } from "../support/tenants.ts";

const stack = sharedStack();
const { secondary } = stack.databases;
afterAll(() => stack.close());

const answer: Answer = { status: 200, body: { done: true } };
const takenOver = (found: Awaited<ReturnType<Requests["claim"]>>) => found as Claim;

describe("a request's key", () => {
  let clock: number;
  const requests = createRequests(secondary, () => new Date(clock));

  test("is claimed by one at a time, and answered the same to all (R18)", async () => {
    clock = Date.now();
    const key = randomUUID();
    const together = await Promise.allSettled([1, 2, 3].map(() => requests.claim(key, {})));
    const [claim, ...more] = together.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(more).toStrictEqual([]);
    for (const each of together.filter(({ status }) => status === "rejected")) {
      expect(each).toMatchObject({ reason: { code: "unavailable", forCaller: true } });
    }
    await takenOver(claim as Claim).settle(answer);
    expect(await requests.claim(key, {})).toEqual({ answer });
    await expect(requests.claim(key, { other: true })).rejects.toMatchObject({ code: "conflict" });
  });

  test("is taken over from a process that gives no sign of life, with the time of the first claim (R18, R30)", async () => {
    clock = Date.now();
    const key = randomUUID();
    const dead = takenOver(await requests.claim(key, {}));
    clock += 2900;
    await expect(requests.claim(key, {})).rejects.toMatchObject({ code: "unavailable" });
    clock += 100;
    const next = takenOver(await requests.claim(key, {}));
    expect(next.at).toEqual(dead.at);
    // It was not dead after all: what it gives back is not its own any more.
    await dead.release().catch(() => undefined);
    await expect(requests.claim(key, {})).rejects.toMatchObject({ code: "unavailable" });
    await next.release();
    await takenOver(await requests.claim(key, {})).settle(answer);
  });

  test("is kept by a process that works on it for long (R18)", async () => {
    clock = Date.now();
    const key = randomUUID();
    const claim = takenOver(await requests.claim(key, {}));
    for (let seconds = 0; seconds < 4; seconds += 2) {
      clock += 2000;
      await eventually(async () => {
        const since = fromStore<Date>((await secondary.doc(`requests/${key}`).get()).get("since"));
        expect(since.getTime()).toBe(clock);
      });
    }
    clock += 2000;
    await expect(requests.claim(key, {})).rejects.toMatchObject({ code: "unavailable" });
    await claim.settle(answer);
  });
});

/** Stores of the API as a function has them, but that nobody is called to carry an operation on. */
const now = () => new Date();
const stores = {
  standbys: createStandbys(secondary),
  operations: createOperations(secondary, () => Promise.reject(new Error("no Pub/Sub here")), now),
  requests: createRequests(secondary, now),
  platformAudit: createPlatformAudit(secondary),
  directory: createDirectory(secondary),
  primaryAnswers: async () => false,
  now,
};
type Faults = Partial<typeof stores> & Record<string, unknown>;

type Asked = { params?: Record<string, string>; body?: unknown; key: string };

/** A request past HTTP, to an API some of whose parts fail. */
function ask(operationId: string, { params = {}, body = {}, key }: Asked, faults: Faults = {}): Promise<Answer> {
  const route = routes.find((each) => each.operationId === operationId) as Route;
  return perform(route, { ...stores, ...faults } as unknown as ApiApp, {
    ...{ params, query: {}, idempotencyKey: key, accept: "", from: "198.51.100.7" },
    body: async () => body,
    authenticate: async () => ({ email: operator }),
  });
}

const killed = () => {
  throw new AppError("internal", "killed");
};
/** Dies when the act is done, before its answer is kept. */
const deadBeforeSettling: Faults = {
  requests: {
    async claim(key, input) {
      const claim = await stores.requests.claim(key, input);
      return "answer" in claim ? claim : { ...claim, settle: async () => killed() };
    },
  },
};
/** Dies when the operation's record is written, and before anything else is. */
const deadAfterStarting: Faults = {
  operations: {
    ...stores.operations,
    start: async (...asked) => {
      await stores.operations.start(...asked);
      return killed();
    },
  },
};

async function entriesOf(log: string, act: string): Promise<AuditEntry[]> {
  const found = await secondary.collection(log).where("act", "==", act).get();
  return found.docs.map((entry) => fromStore<AuditEntry>(entry.data()));
}

describe("the audit log", () => {
  let tenant: string;
  beforeAll(async () => {
    tenant = await enrol(stack);
  });

  test("tells of an operation that was started, though whoever started it died, and of its repetition nothing (R30)", async () => {
    const asked = { params: { tenant }, key: randomUUID() };
    const requested = () => entriesOf(`standbys/${tenant}/audit`, "request-reconcile");
    await expect(ask("reconcileTenant", asked, deadAfterStarting)).rejects.toThrow("killed");
    const [entry, ...more] = await requested();
    expect(more).toStrictEqual([]);
    expect(entry).toMatchObject({ by: { id: operator }, from: "198.51.100.7" });
    await expect(ask("reconcileTenant", asked, deadBeforeSettling)).rejects.toThrow("killed");
    const { body } = await ask("reconcileTenant", asked);
    expect(entry?.after).toEqual({ operation: (body as { id: string }).id });
    expect(await requested()).toHaveLength(1);
  });

  test("tells once of a bulk activation, in the platform's log, and asks the primary once (R19, R30)", async () => {
    const list = [stack.newTenant()];
    const body = { tenants: list, confirm: "1", reason: `拠点停止 ${list}` };
    const asked = { body, key: randomUUID() };
    await expect(ask("activateTenants", asked, deadAfterStarting)).rejects.toThrow("killed");
    // The primary is back meanwhile: the very same request is the same operation all the same.
    const { status } = await ask("activateTenants", asked, { primaryAnswers: async () => true });
    expect(status).toBe(202);
    const entries = await entriesOf("audit", "request-activation");
    expect(entries.filter(({ after }) => after?.reason === body.reason)).toHaveLength(1);
    const refused = ask("activateTenants", { body, key: randomUUID() }, { primaryAnswers: async () => true });
    await expect(refused).rejects.toMatchObject({ code: "precondition-failed" });
  });

  test("tells once of an act that is entered before it is done, however often it fails (R30)", async () => {
    const name = `s-${randomUUID()}`;
    const asked = { params: { name }, key: randomUUID() };
    let fails = 2;
    const run = async () => {
      if (fails-- > 0) throw new AppError("unavailable", "Cloud Scheduler does not answer");
    };
    const faults = { scheduleRows: [{ name, site: "secondary" }], scheduler: { run }, site: "secondary" };
    for (let times = 0; times < 2; times++) {
      await expect(ask("runSchedule", asked, faults)).rejects.toMatchObject({ code: "unavailable" });
    }
    expect((await ask("runSchedule", asked, faults)).status).toBe(200);
    const entries = await entriesOf("audit", "run-schedule");
    expect(entries.filter(({ after }) => after?.schedule === name)).toHaveLength(1);
  });

  test("tells of an operation's control only what it changed, in the commit that did (R30)", async () => {
    const { body } = await ask("reconcileTenant", { params: { tenant }, key: randomUUID() });
    const { id } = body as { id: string };
    const dying: Faults = {
      operations: {
        ...stores.operations,
        control: async (...asked) => {
          await stores.operations.control(...asked);
          return killed();
        },
      },
    };
    const asked = { params: { id }, key: randomUUID() };
    await expect(ask("pauseOperation", asked, dying)).rejects.toThrow("killed");
    await ask("pauseOperation", asked);
    await ask("pauseOperation", { params: { id }, key: randomUUID() });
    const paused = await entriesOf(`standbys/${tenant}/audit`, "pause-operation");
    expect(paused.filter(({ after }) => after?.operation === id)).toMatchObject([{ after: { type: "reconcile" } }]);
    await ask("cancelOperation", { params: { id }, key: randomUUID() });
  });

  test("tells once of a request that came five times at once, which acted once (R18, R30)", async () => {
    const own = await enrol(stack);
    const key = randomUUID();
    const reconcile = () => patiently(() => call(stack, own, operator, "/dr/reconcile", { method: "POST", key }));
    const answers = await Promise.all([1, 2, 3, 4, 5].map(reconcile));
    const [id, ...others] = new Set(answers.map(({ status, body }) => `${status} ${body.id}`));
    expect([id?.slice(0, 3), others]).toEqual(["202", []]);
    expect((await operationsOf(stack, own)).filter(({ createdBy }) => createdBy.id === operator)).toHaveLength(1);
    expect(await entriesOf(`standbys/${own}/audit`, "request-reconcile")).toHaveLength(1);
  });

  test("of a tenant without a stand-by is the platform's (R30)", async () => {
    const none = stack.newTenant();
    const asked = {
      type: "verify-backups",
      tenant: none,
      input: {},
      createdBy: { type: "user", id: operator },
    } as const;
    const entry = { at: now(), act: "verify-backups", by: asked.createdBy, after: { operation: "o" } };
    const { id } = await stores.operations.start({ ...asked, key: randomUUID() }, () => entry);
    await stores.operations.control(id, "cancel");
    const entries = await entriesOf("audit", "verify-backups");
    expect(entries.filter(({ after }) => after?.tenant === none)).toMatchObject([{ after: { operation: "o" } }]);
  });
});
