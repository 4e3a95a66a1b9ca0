import { setTimeout as pause } from "node:timers/promises";
import type { Firestore } from "@google-cloud/firestore";
import { kindOf, kindsWith } from "../catalogue.ts";
import { AppError } from "../domain/errors.ts";
import type { SourceStores } from "../domain/export-source.ts";
import { inLanes } from "../domain/lanes.ts";
import { portionsOf } from "../domain/portions.ts";
import type { HistoryName } from "../domain/purge.ts";
import type { PurgeStores } from "../domain/purge-tenant.ts";
import { comparePaths } from "../domain/reconcile.ts";
import { type Fields, microseconds, wireTime } from "../domain/value.ts";
import { answered } from "./firestore-client.ts";
import { inHalves } from "./portions.ts";
import { descendants, type NameRange, type Wire, type WireDocument, type WireWrite } from "./wire.ts";

/** Some megabytes of names at most. */
const namesAtOnce = 64_000;
/** Whole documents in one query. */
const documentsAtOnce = 50_000;
/** Commits of so many deletions, and so many of them in flight. */
const commits = { deletions: 500, lanes: 4, attempts: 8 };

/** The histories of the tenants in one database. */
export function createHistories(
  wire: Wire,
  firestore: Firestore,
): PurgeStores["histories"] & SourceStores["histories"] {
  const nameOf = (tenant: string, path: string) => `${wire.root}tenants/${tenant}/${path}`;

  /** Deletes in one commit, or says by its error why not: then by and by. */
  async function removeTogether(tenant: string, names: HistoryName[], createdUntil: number): Promise<void> {
    let left = names;
    for (let tries = 1; left.length > 0; tries++) {
      try {
        await wire.commit(left.map((listed) => deletion(nameOf(tenant, listed.path), listed.updateTime)));
        return;
      } catch (error) {
        if (!(error instanceof AppError) || tries >= commits.attempts) throw asUnavailable(error);
        if (error.code === "precondition-failed") left = await stillDue(tenant, left, createdUntil);
        else if (error.code === "conflict") await pause(Math.random() * 20 * 2 ** tries);
        else throw error;
      }
    }
  }

  /** Those that are still there and not new, as they are now. */
  async function stillDue(tenant: string, names: HistoryName[], createdUntil: number): Promise<HistoryName[]> {
    const wanted = names.map(({ path }) => nameOf(tenant, path));
    const { documents } = await wire.batchGet(wanted, { fields: ["__name__"] });
    return names.flatMap(({ path }) => {
      const found = documents.get(nameOf(tenant, path));
      const now = found ? listedAs(path, found) : undefined;
      return now && now.createTime <= createdUntil ? [now] : [];
    });
  }

  return {
    root: wire.root,
    async *read(tenant, kind, after) {
      const parent = `${wire.root}tenants/${tenant}`;
      let next: NameRange | undefined =
        after === undefined ? { atLeast: `${parent}/${kind}/\0` } : { after: `${parent}/${after}` };
      while (next) {
        let [count, last] = [0, ""];
        // The stream goes at the reader's speed, so that few documents are in memory however many are asked for.
        const { select: _whole, ...query } = descendants(next, `${parent}/${kind}\0/\0`);
        for await (const { document } of wire.query(parent, { ...query, limit: { value: documentsAtOnce } })) {
          const { name, fields, createTime, updateTime } = document;
          last = name ?? "";
          count++;
          const path = last.slice(parent.length + 1);
          yield { path, fields: fields as Fields, createTime: createTime ?? {}, updateTime: updateTime ?? {} };
        }
        next = count === documentsAtOnce ? { after: last } : undefined;
      }
    },
    async list(tenant, after) {
      const parent = `${wire.root}tenants/${tenant}`;
      const names: HistoryName[] = [];
      let next = after === undefined ? nextHistory(parent, "") : { after: `${parent}/${after}` };
      while (next && names.length < namesAtOnce) next = await readNames(wire, parent, next, names);
      return { names, last: next === undefined };
    },
    async remove(tenant, names, createdUntil, beforeEach) {
      let removed = 0;
      await inLanes(portionsOf(names, commits.deletions), commits.lanes, async (together) => {
        if ((await beforeEach(removed)) === "stop") return "stop";
        await inHalves(together, (some) => removeTogether(tenant, some, createdUntil));
        removed += together.length;
        return undefined;
      });
    },
    count: (tenant) =>
      answered(async () => {
        const counts = kindsWith("history").map(async (kind) => {
          const found = await firestore.collection(`tenants/${tenant}/${kind}`).count().get();
          return [kind, found.data().count] as const;
        });
        return Object.fromEntries(await Promise.all(counts));
      }, countMilliseconds),
  };
}

/** Counting a million documents takes some seconds. */
const countMilliseconds = 40_000;

const sortedHistories = kindsWith("history").sort();

/** Reads the next names, up to a kind that is to be stepped over. Gives where to go on, unless there are no more. */
async function readNames(
  wire: Wire,
  parent: string,
  from: NameRange,
  names: HistoryName[],
): Promise<NameRange | undefined> {
  const most = namesAtOnce;
  let [count, last] = [0, ""];
  for await (const { document } of wire.query(parent, { ...descendants(from), limit: { value: most } })) {
    const path = (document.name ?? "").slice(parent.length + 1);
    const kind = path.slice(0, path.indexOf("/"));
    if (kindOf(kind)?.policy !== "history") return nextHistory(parent, kind);
    names.push(listedAs(path, document));
    count++;
    last = path;
  }
  return count === most ? { after: `${parent}/${last}` } : undefined;
}

/** Where the first history begins that comes after a kind. */
function nextHistory(parent: string, kind: string): NameRange | undefined {
  const history = sortedHistories.find((name) => comparePaths(name, kind) > 0);
  return history === undefined ? undefined : { atLeast: `${parent}/${history}/\0` };
}

function listedAs(path: string, { createTime, updateTime }: WireDocument): HistoryName {
  return { path, createTime: microseconds(createTime ?? {}), updateTime: microseconds(updateTime ?? {}) };
}

function deletion(name: string, updateTime: number): WireWrite {
  return { delete: name, currentDocument: { updateTime: wireTime(updateTime) } };
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code === "invalid") return error;
  return new AppError("unavailable", `histories could not be deleted: ${error.message}`, { cause: error });
}
