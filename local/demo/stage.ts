import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Firestore } from "@google-cloud/firestore";
import type { Site } from "../../shared/domain/sites.ts";
import type { Stack } from "../stack.ts";
import { createWitness, type Witness } from "./equality.ts";

/** One scene: what it is about, and what it plays and measures. Its figures become a key of the last line. */
export type Scene = {
  figures: string;
  title: { ja: string; en: string };
  play(stage: Stage): Promise<Record<string, unknown>>;
};

/** What a scene plays on: a running local cloud, and the means of its administrators. */
export type Stage = {
  stack: Stack;
  databases: Record<Site, Firestore>;
  witness: Witness;
  /** Calls a site's API as that person; the answer's JSON. Fails on any status but the expected. */
  call(site: Site, email: string, request: ApiRequest): Promise<ApiAnswer>;
  /** Tells the audience what happens, in Japanese and in English. */
  say(ja: string, en: string): void;
  /** Fails the demo unless it holds. */
  check(what: string, holds: boolean): void;
  close(): Promise<void>;
};

type ApiRequest = { method?: "GET" | "POST" | "PUT"; path: string; body?: unknown; expect?: number };
// biome-ignore lint/suspicious/noExplicitAny: the answers' shapes are the API's own, checked there
export type ApiAnswer = any;

export const operator = "operator@hikae.example";

export function openStage(stack: Stack, write: (line: string) => void): Stage {
  const { project, sites } = stack.description;
  const open = (site: Site) =>
    new Firestore({ projectId: project, databaseId: sites[site].database, host: sites[site].firestore, ssl: false });
  const databases = { primary: open("primary"), secondary: open("secondary") };
  const witness = createWitness(stack.description);
  return {
    stack,
    databases,
    witness,
    async call(site, email, { method = "GET", path, body, expect }) {
      const expected = expect ?? (method === "GET" ? 200 : 202);
      const answer = await fetch(`${sites[site].api}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await stack.mint({ email })}`,
          ...(method === "GET" ? {} : { "content-type": "application/json", "idempotency-key": randomUUID() }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status !== expected) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return JSON.parse(text);
    },
    say: (ja, en) => write(`   ${ja}\n   ${en}`),
    check(what, holds) {
      if (!holds) throw new Error(`not so: ${what}`);
      write(`   ✓ ${what}`);
    },
    async close() {
      witness.close();
      await Promise.all(Object.values(databases).map((database) => database.terminate()));
    },
  };
}

const longestAnswer = 2000;

/** The first answer that satisfies; fails when none does in time. */
export async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, seconds = 30): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(`not in ${seconds} s: ${JSON.stringify(answer).slice(0, longestAnswer)}`);
    await pause(25);
  }
}

/** The operation when it has ended; fails unless it succeeded. */
export async function succeeded(stage: Stage, operation: { id: string }, seconds = 60): Promise<ApiAnswer> {
  const ended = await until(
    () => stage.call("secondary", operator, { path: `/v1/operations/${operation.id}` }),
    ({ finishedAt }) => finishedAt !== undefined,
    seconds,
  );
  if (ended.state !== "succeeded") throw new Error(`the operation ${ended.state}: ${JSON.stringify(ended.error)}`);
  return ended;
}

export function statusOf(stage: Stage, tenant: string, site: Site = "secondary"): Promise<ApiAnswer> {
  return stage.call(site, operator, { path: `/v1/tenants/${tenant}/dr` });
}

/** Runs a schedule as an operator does, and waits until it has succeeded. */
export async function runSchedule(stage: Stage, name: string): Promise<void> {
  const { requestedAt } = await stage.call("secondary", operator, {
    method: "POST",
    path: `/v1/schedules/${name}/run`,
    body: {},
    expect: 200,
  });
  await until(
    () => stage.call("secondary", operator, { path: "/v1/schedules" }),
    ({ items }) =>
      items.some(
        ({ name: found, lastRun }: ApiAnswer) =>
          found === name && lastRun?.startedAt >= requestedAt && lastRun.result === "succeeded",
      ),
    60,
  );
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
