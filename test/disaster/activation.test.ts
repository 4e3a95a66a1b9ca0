import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openBlackHoles } from "../../local/black-holes.ts";
import { people } from "../../local/description.ts";
import type { Stack } from "../../local/stack.ts";
import { eventually } from "../support/eventually.ts";
import { onOwnStack } from "../support/own-stack.ts";
import type { TestStack } from "../support/stack.ts";
import { enrol, inState, standbyOf } from "../support/tenants.ts";

let local: Stack;
let stack: TestStack;

onOwnStack((ownLocal, ownStack) => {
  [local, stack] = [ownLocal, ownStack];
});

async function post(path: string, body: object): Promise<Response> {
  return fetch(`${local.description.sites.secondary.api}/v1${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await stack.token(people.operator.email)}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify(body),
  });
}

const activate = (tenant: string, more: object = {}) =>
  post(`/tenants/${tenant}/dr/activate`, { confirm: tenant, mode: "disaster", ...more });

const overridden = { override: true, reason: "東京リージョンの障害" };

async function activated(tenant: string, milliseconds = 20_000) {
  return eventually(async () => {
    const standby = await standbyOf(stack, tenant);
    expect(standby?.state).toBe("active");
    return standby;
  }, milliseconds);
}

describe("the worker of all other operations stands still", () => {
  /** As when comparisons of every tenant wait for a primary that does not answer. */
  test("and activations, of one and of many, are carried out all the same (R18, R19)", async () => {
    const [one, ...many] = await Promise.all(Array.from({ length: 4 }, () => enrol(stack)));
    const pids = await local.pidsOfFunction("secondary", "run-operation");
    expect(pids).toHaveLength(1);
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    try {
      expect((await activate(one ?? "", overridden)).status).toBe(202);
      await activated(one ?? "");
      const bulk = { tenants: many, confirm: `${many.length}`, ...overridden };
      expect((await post("/dr/activate", bulk)).status).toBe(202);
      for (const tenant of many) await activated(tenant);
    } finally {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    }
  });
});

describe("the worker dies in the middle of activations", () => {
  /** Kills the worker again and again, at moments made by chance, while so many activations are under way. */
  test("each of thirty is activated, once, and none is left in between (R18)", async () => {
    const tenants = await Promise.all(Array.from({ length: 30 }, () => enrol(stack)));
    const asked = new Map<string, string>();
    for (let from = 0; from < tenants.length; from += 6) {
      const together = tenants.slice(from, from + 6).map(async (tenant) => {
        const answer = await activate(tenant, overridden);
        expect(answer.status).toBe(202);
        asked.set(tenant, ((await answer.json()) as { id: string }).id);
      });
      for (let kills = 0; kills < 6; kills++) {
        await pause(Math.random() * 80);
        await local.killFunction("secondary", "run-activation");
      }
      await Promise.all(together);
    }
    for (const tenant of tenants) {
      const standby = await activated(tenant, 90_000);
      expect(standby?.activation?.operation).toBe(asked.get(tenant));
      await eventually(async () => {
        expect((await standbyOf(stack, tenant))?.activation?.steps).toHaveLength(3);
      }, 90_000);
      const audit = await stack.databases.secondary.collection(`standbys/${tenant}/audit`).get();
      const acts = audit.docs.map((entry) => entry.get("act"));
      expect(acts.filter((act) => act === "activate")).toHaveLength(1);
      expect(acts.filter((act) => act === "active")).toHaveLength(1);
    }
  }, 180_000);
});

describe("the mail server is down", () => {
  test("an activation does not wait for it, and the mail comes when it is back, once (R18, R48)", async () => {
    const tenant = await enrol(stack);
    const email = `company@${tenant}.example`;
    const member = stack.databases.primary.doc(`tenants/${tenant}/members/${email}`);
    await member.set({ email, name: "全社管理者", role: "companyAdmin", offices: [] });
    await stack.settled(tenant);
    await local.killStandIn("mail");
    expect((await activate(tenant, overridden)).status).toBe(202);
    await activated(tenant);
    await local.restartStandIn("mail");
    const mails = await eventually(async () => {
      await stack.runSchedule("secondary", "sweep-outbox");
      const found = await stack.mails({ to: email });
      expect(found.length).toBeGreaterThan(0);
      return found;
    }, 90_000);
    expect(mails).toHaveLength(1);
    expect(mails[0]?.subject).toMatch(/切り替え/);
  }, 120_000);
});

describe("Tokyo is lost", () => {
  test("activation needs nothing of it: its ports are closed (R18)", async () => {
    const [tenant, other] = [await enrol(stack), await enrol(stack)];
    // A sign of life just before, so that only its closed ports tell that Tokyo is gone.
    await stack.runSchedule("primary", "heartbeat");
    await local.kill("primary");
    expect((await activate(tenant)).status).toBe(202);
    await activated(tenant);

    const holes = await openBlackHoles(local.description);
    // Whoever overrides is not kept waiting for a word from Tokyo, though connections to it hang.
    expect((await activate(other, overridden)).status).toBe(202);
    await activated(other);
    expect(holes.calls()).toBe(0);
    await holes.close();
  }, 120_000);

  test("a planned move or a drill needs it, and says so", async () => {
    await local.restart("primary");
    const tenant = await enrol(stack);
    await local.kill("primary");
    for (const mode of ["planned", "drill"]) {
      const answer = await activate(tenant, { mode });
      expect(answer.status).toBe(412);
      expect(await answer.text()).toMatch(/does not answer/);
    }
    await inState(stack, tenant, "syncing");
  });
});
