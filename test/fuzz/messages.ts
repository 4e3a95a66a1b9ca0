import fc from "fast-check";
import { z } from "zod";
import type { FunctionName } from "../../functions/manifest.ts";
import { events } from "../../shared/domain/events.ts";
import type { Site } from "../../shared/domain/sites.ts";
import { backupCall } from "../../shared/stores/backup-calls.ts";
import { hostileBody, hostileText, hostileValue, textOfBody } from "./hostile.ts";
import type { Schema } from "./schema.ts";
import { type Known, nearlyValid, valid } from "./values.ts";

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema;

const slice = schemaOf(z.object({ operationId: z.string().min(1) }));

/** The functions that take messages, with where the trial runs them and what their messages are. */
export const takers: Partial<Record<FunctionName, { site: Site; schema: Schema }>> = {
  "backup-recording": { site: "primary", schema: schemaOf(events.callEnded) },
  "store-recording": { site: "primary", schema: schemaOf(backupCall) },
  "record-reload-ack": { site: "secondary", schema: schemaOf(events.reloadAck) },
  "record-softphones": { site: "secondary", schema: schemaOf(events.softphoneReports) },
  "run-operation": { site: "secondary", schema: slice },
  "run-activation": { site: "secondary", schema: slice },
  "record-dead-letter": {
    site: "secondary",
    schema: schemaOf(z.object({ function: z.string(), id: z.string(), code: z.string(), body: z.string() })),
  },
};

/** A message as it is pushed. */
export type Pushed = { data?: string; attributes?: Record<string, string> };

/** Names that are no document's, though they may come where one is named. */
const oddIds = ["..", ".", "__x__", "a/b", "", "x".repeat(128), "\uD800", "a\u0000b"];

/** Messages for that function: right ones, such with one thing wrong, and any other. */
export function messages(schema: Schema, known: Known): fc.Arbitrary<Pushed> {
  const withOdd: Known = {
    ...known,
    ...Object.fromEntries(idFields.map((name) => [name, [...(known[name] ?? []), ...oddIds]])),
  };
  const json = fc.oneof(
    { weight: 2, arbitrary: valid(schema, known) },
    { weight: 3, arbitrary: valid(schema, withOdd) },
    { weight: 4, arbitrary: nearlyValid(schema, known) },
    hostileValue,
  );
  const text = fc.oneof(
    { weight: 4, arbitrary: json.map((value) => JSON.stringify(value) ?? "") },
    // Pub/Sub takes messages of up to 10 MB, but 2 MiB show the same.
    hostileBody.map(textOfBody),
  );
  const attributes = fc.dictionary(
    fc.oneof(fc.constantFrom("CloudPubSubDeadLetterSourceSubscription", "site"), hostileText),
    hostileText,
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  );
  return fc.oneof(
    { weight: 6, arbitrary: text.map((data): Pushed => ({ data: Buffer.from(data).toString("base64") })) },
    fc
      .tuple(text, attributes)
      .map(([data, given]) => ({ data: Buffer.from(data).toString("base64"), attributes: given })),
    attributes.map((given) => ({ attributes: given })),
    hostileText.map((data) => ({ data })),
  );
}

const idFields = ["officeId", "callCenterId", "callId", "recordingId", "softphoneId", "reloadId", "operationId"];
