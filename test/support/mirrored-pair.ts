import {
  type ApplyOptions,
  type Change,
  type Gate,
  type LedgerEntry,
  type Outcome,
  planChanges,
} from "../../shared/domain/mirror.ts";
import { changeOf } from "../../shared/domain/mirror-change.ts";
import { type Fields, fingerprint, retarget } from "../../shared/domain/value.ts";
import { roots } from "./wire-values.ts";

export type Stored = { fields: Fields; updateTime: number };

/** A change of the primary as its event tells it; deletions carry the deleted document's time. */
export type Told = { path: string; version: number; fields?: Fields };

/** The primary of the random histories: documents, a clock, and the events of every write. */
export class PrimaryModel {
  readonly documents = new Map<string, Stored>();
  readonly events: Told[] = [];
  #clock = 1_000_000;

  write(path: string, fields: Fields | undefined): Told | undefined {
    const before = this.documents.get(path);
    if (!fields) {
      if (!before) return undefined;
      this.documents.delete(path);
      return this.#tell({ path, version: before.updateTime });
    }
    this.#clock += 7;
    this.documents.set(path, { fields, updateTime: this.#clock });
    return this.#tell({ path, version: this.#clock, fields });
  }

  #tell(event: Told): Told {
    this.events.push(event);
    return event;
  }

  /** What reconciliation reads: the documents that are there, and for others the time at which they were not. */
  states(paths: Iterable<string>): Told[] {
    this.#clock += 7;
    return [...paths].map((path) => {
      const found = this.documents.get(path);
      return found ? { path, version: found.updateTime, fields: found.fields } : { path, version: this.#clock };
    });
  }
}

/** The secondary of the random histories: applies plans as one transaction, with the preconditions of the plan. */
export class SecondaryModel {
  readonly documents = new Map<string, Stored>();
  readonly entries = new Map<string, LedgerEntry>();
  gate: Gate = { state: "syncing", fence: { number: 1, id: "first" } };
  #clock = 9_000_000;

  /** Everything that is stored, to compare before with after. */
  snapshot() {
    return structuredClone({ documents: this.documents, entries: this.entries });
  }

  /** A write by somebody else, which knows nothing of the ledger. */
  tamper(path: string, fields: Fields | undefined): void {
    if (fields) this.documents.set(path, { fields, updateTime: ++this.#clock });
    else this.documents.delete(path);
  }

  /** An export and import of the database: every document as it was, with another update time. */
  restore(): void {
    for (const [path, { fields }] of this.documents) this.tamper(path, fields);
  }

  apply(
    told: readonly Told[],
    options: ApplyOptions & { look?: boolean } = {},
    by: Change["by"] = "mirror",
  ): Outcome[] {
    const changes = told.map(({ path, version, fields }) =>
      changeOf(roots, { path, kind: "accounts" }, fields, version, by),
    );
    return this.#attempt(changes, options, options.look ?? false) ?? this.#attempt(changes, options, true) ?? [];
  }

  /** Undefined when a precondition does not hold: nothing was written then. */
  #attempt(changes: Change[], options: ApplyOptions, look: boolean): Outcome[] | undefined {
    const paths = [...new Set(changes.map((change) => change.path))];
    const { outcomes, writes } = planChanges({
      gate: this.gate,
      options,
      changes,
      entries: new Map([...this.entries].filter(([path]) => paths.includes(path))),
      ...(look ? { documents: new Map(paths.map((path) => [path, this.#found(path)])) } : {}),
    });
    const holds = writes.every(({ change, document, precondition }) => {
      const found = this.documents.get(change.path)?.updateTime ?? "absent";
      return document === "keep" || found === precondition;
    });
    if (!holds) return undefined;
    const commitTime = ++this.#clock;
    for (const { change, document, documentTime, large } of writes) {
      const { path, kind, rank, hash, fields } = change;
      if (document === "set") this.documents.set(path, { fields: fields ?? {}, updateTime: commitTime });
      if (document === "delete") this.documents.delete(path);
      const live = rank.deleted ? {} : { documentTime: documentTime ?? commitTime };
      this.entries.set(path, { path, kind, rank, hash, large, ...live });
    }
    return outcomes;
  }

  #found(path: string) {
    const found = this.documents.get(path);
    return found ? { updateTime: found.updateTime, hash: fingerprint(found.fields, roots.secondary).hash } : null;
  }

  /** Whether the document is what Hikae wrote last. */
  isOwn(path: string): boolean {
    const entry = this.entries.get(path);
    return (entry && !entry.rank.deleted ? entry.hash : undefined) === (this.#found(path)?.hash ?? undefined);
  }
}

/** The documents as the secondary must have them: those of the primary with their references led into the copy. */
export function contents(documents: ReadonlyMap<string, Stored>, from = roots.secondary): Record<string, string> {
  const written = (fields: Fields) =>
    JSON.stringify(retarget(fields, from, roots.secondary), (name, value) =>
      name === "valueType" ? undefined : value,
    );
  return Object.fromEntries([...documents].map(([path, { fields }]) => [path, written(fields)]));
}
