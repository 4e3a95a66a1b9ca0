import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { people } from "../../local/description.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";
import { enrol } from "./tenants.ts";

/** The numbers that a tenant of these tests has, by the id of their document. */
export const e164 = {
  osaka: "+81661234567",
  osaka2: "+81667654321",
  ip: "+815012345678",
  tokyo: "+81312345678",
  home: "+81669999999",
  free: "+81120123456",
} as const;

export const members = { company: "companyAdmin", office: "officeAdmin", viewer: "viewer" } as const;
export const operator: string = people.operator.email;
export const emailOf = (tenant: string, member: keyof typeof members) => `${member}@${tenant}.example`;

/** A syncing tenant with members of each role, numbers, phones, one contact centre and settings, on both sites. */
export async function enrolWithNumbers(stack: TestStack): Promise<string> {
  const tenant = await enrol(stack);
  const { primary } = stack.databases;
  const at = (path: string) => primary.doc(`tenants/${tenant}/${path}`);
  const batch = primary.batch();
  for (const [member, role] of Object.entries(members)) {
    const email = emailOf(tenant, member as keyof typeof members);
    batch.set(at(`members/${email}`), { email, role, offices: [] });
  }
  for (const [id, number] of Object.entries(e164)) {
    batch.set(at(`numbers/${id}`), {
      e164: number,
      carrierSupported: true,
      service: "basic",
      connection: id === "home" ? "homeLine" : "dedicated",
      destination: id === "free" ? at("numbers/tokyo") : null,
      callCenter: id === "osaka" ? at("callCenters/reachable") : null,
    });
  }
  for (const id of ["p1", "p2"]) batch.set(at(`phones/${id}`), { callerNumber: at("numbers/tokyo") });
  batch.set(at("phones/p3"), { callerNumber: null });
  batch.set(at("callCenters/reachable"), { name: "予約センター" });
  batch.set(at("systemSettings/telephony"), { defaultCallerNumber: at("numbers/tokyo"), other: true });
  batch.set(at("systemSettings/options"), { fax: true, vpn: false });
  batch.set(at("systemSettings/openCti"), { enabled: true });
  batch.set(at("accounts/a1"), { enabled: true });
  batch.set(at("accounts/a2"), { enabled: true });
  batch.set(at("twoFactorSettings/policy"), { required: true });
  await batch.commit();
  await stack.settled(tenant);
  await eventually(async () => {
    const last = await stack.databases.secondary.doc(`tenants/${tenant}/twoFactorSettings/policy`).get();
    expect(last.exists).toBe(true);
  });
  return tenant;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came over the wire, whose fields the tests assert
export type Called = { status: number; body: any };

/** A request for a tenant to a site's API in somebody's name. */
export async function call(
  stack: TestStack,
  tenant: string,
  email: string,
  path: string,
  options: { site?: Site; method?: "GET" | "PUT" | "POST"; body?: unknown; key?: string } = {},
): Promise<Called> {
  const { site = "secondary", body, key = randomUUID(), method = body === undefined ? "GET" : "POST" } = options;
  const answer = await fetch(`${stack.description.sites[site].api}/v1/tenants/${tenant}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await stack.token(email)}`,
      "content-type": "application/json",
      ...(method === "POST" ? { "idempotency-key": key } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}
