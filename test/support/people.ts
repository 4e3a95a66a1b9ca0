import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import type { Role } from "../../shared/domain/ports.ts";
import { eventually } from "./eventually.ts";
import type { TestStack } from "./stack.ts";

/** A mail address that no other test uses and nobody is registered under. */
export function newEmail(name: string): string {
  return `${name.toLowerCase()}-${randomBytes(4).toString("hex")}@people.example`;
}

/** Registers somebody new with that role in a tenant that is in sync; resolves to the address when both sites know it. */
export async function addMember(
  stack: TestStack,
  tenant: string,
  role: Role,
  offices: readonly string[] = [],
): Promise<string> {
  const email = newEmail(role);
  const path = `tenants/${tenant}/members/${email}`;
  await stack.databases.primary.doc(path).set({ email, role, offices, language: "ja" });
  await eventually(async () => expect((await stack.databases.secondary.doc(path).get()).exists).toBe(true));
  return email;
}

/** Registers somebody new of the platform's staff on both sites; resolves to the address. */
export async function addOperator(stack: TestStack): Promise<string> {
  const email = newEmail("operator");
  const operator = { email, name: "監視係", language: "ja" };
  await Promise.all(Object.values(stack.databases).map((database) => database.doc(`operators/${email}`).set(operator)));
  return email;
}
