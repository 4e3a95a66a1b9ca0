import type { Cloud } from "./cloud.ts";
import type { Random } from "./random.ts";
import type { TenantModel, World } from "./world.ts";

/** What a step has at hand. */
export type Scene = { cloud: Cloud; world: World; tenant: TenantModel; random: Random; faults: Faults };

/** Faults that befall the cloud while other steps are performed. */
export type Faults = {
  /** Lets something happen by itself; `ended` waits for it. */
  begin(what: () => Promise<void>): void;
  /** Resolves when all that was begun has happened. @throws what one of it threw. */
  ended(): Promise<void>;
};
