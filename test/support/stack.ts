import { randomBytes } from "node:crypto";
import { Firestore } from "@google-cloud/firestore";
import { inject } from "vitest";
import type { StackDescription } from "../../local/description.ts";
import type { TokenRequest } from "../../local/issuer.ts";
import { type Switches, switchesOf } from "../../local/switches.ts";
import type { Site } from "../../shared/domain/sites.ts";

/** A local cloud as tests use it: its switches, its databases and its issuer. */
export type TestStack = Switches & {
  description: StackDescription;
  /** Clients of both databases, one for each test file. */
  databases: Record<Site, Firestore>;
  /** An ID token of that address, for the API's own audience unless asked otherwise. */
  token(email: string, options?: Omit<TokenRequest, "email">): Promise<string>;
  /** A tenant id that no other test uses. */
  newTenant(): string;
  /** Ends the database clients. */
  close(): Promise<void>;
};

/** The local cloud that all tests of the project share. */
export function sharedStack(): TestStack {
  return testStackOf(inject("stack"));
}

/** A local cloud that the test started itself, in the same form. */
export function testStackOf(description: StackDescription): TestStack {
  const databases = { primary: client(description, "primary"), secondary: client(description, "secondary") };
  return {
    ...switchesOf(description),
    description,
    databases,
    newTenant: () => `t-${randomBytes(6).toString("hex")}`,
    async token(email, options = {}) {
      const request = { method: "POST", body: JSON.stringify({ email, ...options }) };
      const answer = await fetch(`${description.issuer}/token`, request);
      if (!answer.ok) throw new Error(`the issuer answered ${answer.status}: ${await answer.text()}`);
      return ((await answer.json()) as { token: string }).token;
    },
    async close() {
      await Promise.all(Object.values(databases).map((database) => database.terminate()));
    },
  };
}

function client({ project, sites }: StackDescription, site: Site): Firestore {
  const { firestore, database } = sites[site];
  return new Firestore({ projectId: project, databaseId: database, host: firestore, ssl: false });
}
