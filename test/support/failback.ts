import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { people } from "../../local/description.ts";
import { putInCharge } from "./activation.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";
import { enrol } from "./tenants.ts";

type Asked = { email?: string; method?: string; body?: unknown; accept?: string; key?: string };

/** An operation as the API shows it. */
export type Ended = { id: string; state: string; result: Record<string, unknown> };

/** A document of the diff as the API shows it. */
export type Row = {
  path: string;
  primary: string;
  secondary: string;
  conflict: boolean;
  promotable: boolean;
  whyNot?: string;
  edited?: { by: { id: string } };
  fields: { field: string; base?: string; primary?: string; secondary?: string }[];
};

/** What tests of a fail back do on one local cloud. */
export function failbackOn(stack: TestStack) {
  const { primary, secondary } = stack.databases;
  const here = (tenant: string, path: string) => secondary.doc(`tenants/${tenant}/${path}`);
  const there = (tenant: string, path: string) => primary.doc(`tenants/${tenant}/${path}`);

  /** A request to the secondary's API, an operator's unless said otherwise. */
  async function ask(path: string, { email = people.operator.email, method = "GET", body, accept, key }: Asked = {}) {
    return fetch(`${stack.description.sites.secondary.api}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await stack.token(email)}`,
        ...(accept === undefined ? {} : { accept }),
        ...(method === "POST" ? { "idempotency-key": key ?? randomUUID(), "content-type": "application/json" } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  const failBack = (tenant: string, body: object = {}, asked: Asked = {}) =>
    ask(`/tenants/${tenant}/dr/failback`, { method: "POST", body: { confirm: tenant, ...body }, ...asked });

  return {
    here,
    there,
    ask,
    failBack,

    /** Fails the tenant back, and gives the operation as it ended. */
    async failedBack(tenant: string, body: object = {}): Promise<Ended> {
      const answer = await failBack(tenant, body);
      if (answer.status !== 202) throw new Error(await answer.text());
      const { id } = (await answer.json()) as Ended;
      return eventually(async () => {
        const operation = (await (await ask(`/operations/${id}`)).json()) as Ended;
        expect(["succeeded", "failed"]).toContain(operation.state);
        return operation;
      });
    },

    async diffOf(tenant: string, query = ""): Promise<{ items: Row[]; nextPageToken?: string }> {
      const answer = await ask(`/tenants/${tenant}/dr/failback/diff${query}`);
      expect(answer.status).toBe(200);
      return (await answer.json()) as { items: Row[]; nextPageToken?: string };
    },

    /** A tenant whose secondary is in charge, with so many phones. */
    async inCharge(phones = 12, mode: "drill" | "disaster" = "drill"): Promise<string> {
      const tenant = await enrol(stack);
      const batch = primary.batch();
      for (let n = 0; n < phones; n++) {
        batch.set(there(tenant, `phones/${n}`), { n, name: `内線${n}`, at: { floor: 1 } });
      }
      batch.set(there(tenant, "callFlows/a/steps/1"), { step: 1 });
      await batch.commit();
      await stack.settled(tenant);
      await putInCharge(stack, tenant, mode);
      return tenant;
    },

    /** Lets the tenant's secondary be edited without the guard hearing of it. */
    async unnoted(tenant: string, change: () => Promise<unknown>): Promise<void> {
      await stack.faults("secondary", { tenant, drop: 1 });
      await change();
      await stack.settled(tenant);
      await stack.clearFaults("secondary", { tenant });
    },
  };
}
