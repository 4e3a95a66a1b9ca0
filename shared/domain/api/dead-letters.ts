import { z } from "zod";
import { whyNotReplayed } from "../dead-letter-remedies.ts";
import { type DeadLetterSummary, replayDeadLetter } from "../dead-letters.ts";
import { topics } from "../sites.ts";
import { route } from "./route.ts";
import { label, nothing, opaquePage, pageOf, pageQueryOf, time } from "./schemas.ts";

const deadLetterView = z
  .object({
    id: z.string(),
    function: z.string().meta({ description: "which could not handle it; unknown where nothing says so" }),
    topic: z.enum(Object.values(topics) as [string, ...string[]]).optional(),
    code: z
      .string()
      .meta({ description: "the error, or undeliverable for what was refused or not answered too often" }),
    tenant: z.string().optional(),
    document: z.string().optional().meta({ description: "the document whose change it tells of" }),
    bytes: z.int(),
    receivedAt: time,
    expireAt: time.meta({ description: "when it is deleted" }),
    replayable: z.boolean(),
    whyNot: label.optional().meta({ description: "and what to do instead" }),
    replays: z.array(z.object({ at: time, by: z.string() })),
  })
  .meta({ id: "DeadLetter" });

function viewOf(letter: DeadLetterSummary): z.input<typeof deadLetterView> {
  const { topic, ...rest } = letter;
  const whyNot = whyNotReplayed(letter);
  return {
    ...rest,
    ...(topic ? { topic: topics[topic] } : {}),
    replayable: whyNot === undefined,
    ...(whyNot ? { whyNot } : {}),
  };
}

/** What could not be handled (R39): seen, and sent again; what it says may hold secrets and is not shown. */
export const deadLetterRoutes = [
  route({
    operationId: "listDeadLetters",
    method: "GET",
    path: "/v1/dead-letters",
    summary: { ja: "処理できなかったメッセージ(新しい順)", en: "What could not be handled, newest first" },
    access: { operator: "readDeadLetters" },
    params: nothing,
    query: pageQueryOf(/^\d{1,14}\.(?!__.*__$)[\w-]{22}$/).extend({
      function: z
        .string()
        .regex(/^[a-z][a-z0-9-]{0,62}$/)
        .optional(),
    }),
    body: nothing,
    response: pageOf(deadLetterView),
    async run({ app }, { query: { pageSize, pageToken, function: name } }) {
      const page = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      const found = await app.deadLetterRecords.list(name === undefined ? {} : { function: name }, page);
      return opaquePage({ ...found, items: found.items.map(viewOf) });
    },
  }),
  route({
    operationId: "replayDeadLetter",
    method: "POST",
    path: "/v1/dead-letters/{id}/replay",
    summary: { ja: "処理できなかったメッセージを送り直す", en: "Sends what could not be handled to its topic again" },
    access: { operator: "replayDeadLetter" },
    params: z.strictObject({ id: z.string().regex(/^(?!__.*__$)[\w-]{22}$/) }),
    query: nothing,
    body: nothing,
    acts: true,
    response: deadLetterView,
    async run({ app, caller, auditPlatform }, { params: { id } }) {
      // Before the act, so that nothing is ever sent of which the log knows nothing.
      await auditPlatform("replay-dead-letter", { deadLetter: id });
      return viewOf(await replayDeadLetter(app, id, caller.email));
    },
  }),
];
