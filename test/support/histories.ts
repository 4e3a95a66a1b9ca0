import fc from "fast-check";
import type { Fields } from "../../shared/domain/value.ts";
import type { PrimaryModel, Told } from "./mirrored-pair.ts";
import { int, reference, roots } from "./wire-values.ts";

export const paths = ["accounts/a", "accounts/b", "accounts/a/devices/x", "phones/日本語😀", "callFlows/`a.b`"];
export const path = fc.constantFrom(...paths);

/** Few different contents, so that documents often come back to an earlier one. */
export const content = fc.integer({ min: 0, max: 3 }).map(
  (seed): Fields => ({
    n: int(seed),
    ref: reference(roots.primary, `tenants/t/accounts/${seed}`),
    across: reference(roots.secondary, "operators/x"),
  }),
);

/** One write of the primary, and how its event is delivered: when, how often, and whether a batch ends after it. */
const step = fc.record({
  path,
  fields: fc.option(content, { nil: undefined }),
  deliveries: fc.array(fc.record({ when: fc.nat(1000), endsBatch: fc.boolean(), look: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  }),
});
export const history = fc.array(step, { minLength: 1, maxLength: 30 });
export type Step = Parameters<Parameters<typeof history.map>[0]>[0][number];

type Batch = { look: boolean; events: Told[] };

/** The events of a history in the order and the batches of their delivery. */
export function deliveriesOf(steps: readonly Step[], primary: PrimaryModel): Batch[] {
  const deliveries = steps.flatMap(({ path, fields, deliveries }) => {
    const event = primary.write(path, fields);
    return event ? deliveries.map((delivery) => ({ ...delivery, event })) : [];
  });
  const batches: Batch[] = [];
  let open: Batch | undefined;
  for (const { event, endsBatch, look } of deliveries.sort((a, b) => a.when - b.when)) {
    open ??= { look, events: [] };
    if (open.events.push(event) === 1) batches.push(open);
    if (endsBatch) open = undefined;
  }
  return batches;
}
