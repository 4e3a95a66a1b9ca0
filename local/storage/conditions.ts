import { NotModified, StorageError } from "./errors.ts";
import type { StoredObject } from "./state.ts";

/** What must hold of the live object for the request to be carried out; a missing object has generation 0. */
export type Conditions = {
  generation?: number | undefined;
  generationMatch?: number | undefined;
  generationNotMatch?: number | undefined;
  metagenerationMatch?: number | undefined;
  metagenerationNotMatch?: number | undefined;
};

/**
 * The conditions in the request's parameters: those of the object itself, or of a copy's source.
 * @throws StorageError when one is not a number.
 */
export function conditionsOf(query: URLSearchParams, of: "object" | "source" = "object"): Conditions {
  if (query.size === 0) return {};
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (!/^\d{1,18}$/.test(text)) throw new StorageError("invalid", `Invalid value for ${name}: ${text}`);
    return Number(text);
  };
  const part = of === "source" ? "Source" : "";
  return {
    generation: number(of === "source" ? "sourceGeneration" : "generation"),
    generationMatch: number(`if${part}GenerationMatch`),
    generationNotMatch: number(`if${part}GenerationNotMatch`),
    metagenerationMatch: number(`if${part}MetagenerationMatch`),
    metagenerationNotMatch: number(`if${part}MetagenerationNotMatch`),
  };
}

/** @throws StorageError (412) when a condition does not hold; NotModified when a read's "not match" does not. */
export function checkConditions(conditions: Conditions, live: StoredObject | undefined, reading = false): void {
  const generation = live?.generation ?? 0;
  const metageneration = live?.metageneration ?? 0;
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } = conditions;
  const wrong =
    (generationMatch !== undefined && generationMatch !== generation) ||
    (metagenerationMatch !== undefined && metagenerationMatch !== metageneration);
  const same = generationNotMatch === generation || metagenerationNotMatch === metageneration;
  if (same && reading && !wrong) throw new NotModified();
  if (wrong || same) {
    throw new StorageError("conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
  }
}
