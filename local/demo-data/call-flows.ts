import { FieldValue } from "@google-cloud/firestore";
import type { KindName } from "../../shared/catalogue.ts";
import type { Draw } from "./draw.ts";
import { flat, type KindBuilder, type Outline, remark, stamps } from "./outline.ts";
import { type DemoDocument, DocumentPath, type Fields } from "./values.ts";

/** One step of a flow: what it is, what it uses, and where each way out of it leads. */
type Step = { type: string; uses?: KindName; exits: Record<string, string> };

/**
 * The graph every flow starts from: hours are checked behind the menu, those who wait too long and those who
 * press a wrong key come back to the menu, and who left a message may start again.
 */
const steps: Record<string, Step> = {
  start: { type: "start", uses: "numbers", exits: { next: "greeting" } },
  greeting: { type: "announce", uses: "musicOnHold", exits: { next: "menu" } },
  menu: { type: "ivr", uses: "ivrMenus", exits: { "1": "hours", "2": "support", "9": "menu", timeout: "greeting" } },
  hours: { type: "businessHours", uses: "businessHours", exits: { open: "orders", closed: "message" } },
  orders: { type: "queue", uses: "queues", exits: { answered: "survey", timeout: "menu", overflow: "support" } },
  support: { type: "queue", uses: "queues", exits: { answered: "survey", timeout: "message" } },
  message: { type: "voicemail", uses: "voicemails", exits: { recorded: "end", again: "start" } },
  survey: { type: "ivr", uses: "ivrMenus", exits: { done: "end", invalid: "survey" } },
  end: { type: "hangUp", exits: {} },
};
/** A step that only some flows have, put between the survey and its end. */
const forward: Step = { type: "forward", uses: "phones", exits: { answered: "end", busy: "orders" } };

function stepsOf(draw: Draw): Record<string, Step> {
  if (draw.chance(0.5)) return steps;
  return {
    ...steps,
    survey: { type: "ivr", uses: "ivrMenus", exits: { done: "forward", invalid: "survey" } },
    forward,
  };
}

/** Call flows as graphs: nodes below the flow, edges below their node, all joined by references. */
export const callFlows: KindBuilder = function* (outline, kind) {
  const draw = outline.draw(kind);
  for (let index = 0; index < outline.count(kind); index++) {
    const path = outline.path(kind, index);
    const graph = stepsOf(draw);
    yield { path, data: { ...flow(outline, draw, path, index), ...stamps(draw) } };
    for (const [place, [name, step]] of Object.entries(graph).entries()) {
      yield* nodeOf(outline, draw, `${path}/nodes`, { name, step, place });
    }
  }
};

function flow(outline: Outline, draw: Draw, path: string, index: number): Fields {
  return {
    name: `${draw.pick(["代表電話", "ご注文", "サポート", "採用", "緊急連絡"])}フロー${index + 1}`,
    entry: new DocumentPath(`${path}/nodes/start`),
    numbers: [outline.reference("numbers", index), outline.reference("numbers", index + 1)],
    office: outline.anyReference(draw, "offices"),
    published: draw.chance(0.9),
    publishedAt: draw.time(),
    limits: { concurrentCalls: draw.integer(4, 200), ringSeconds: 30 },
  };
}

type Placed = { name: string; step: Step; place: number };

function* nodeOf(outline: Outline, draw: Draw, nodes: string, { name, step, place }: Placed): Iterable<DemoDocument> {
  const path = `${nodes}/${name}`;
  const uses = step.uses === undefined ? null : outline.anyReference(draw, step.uses);
  const position = { x: 120.5 + 180 * (place % 4), y: 80.5 + 140 * Math.floor(place / 4) };
  const settings = {
    announcement: remark(draw, draw.integer(1, 6)),
    volumePercent: draw.integer(50, 100),
    language: "ja-JP",
  };
  yield { path, data: { type: step.type, name, uses, position, settings, ...stamps(draw) } };
  for (const [order, [condition, target]] of Object.entries(step.exits).entries()) {
    const to = new DocumentPath(`${nodes}/${target}`);
    const data = { to, condition, order, after: remark(draw, draw.integer(1, 4)), label: `${name}→${target}` };
    yield { path: `${path}/edges/edge-${order + 1}`, data: { ...data, ...stamps(draw) } };
  }
}

/** Menus: what each key does, as a map from the key to the flow that follows. */
export const ivrMenus = flat((draw, index, outline) => ({
  name: `メニュー${index + 1}`,
  prompt: `guidance/ivr/${index + 1}.wav`,
  keys: {
    "0": { action: "operator", flow: null },
    "1": { action: "flow", flow: outline.anyReference(draw, "callFlows") },
    "2": { action: "queue", queue: outline.anyReference(draw, "queues") },
    "#": { action: "repeat" },
    "*": { action: "back" },
  },
  timeoutSeconds: draw.integer(3, 15),
  attempts: 3,
}));

/** Boxes for messages, with a recognisable voice in the form that speech models compare. */
export const voicemails = flat((draw, index, outline) => ({
  name: `ボイスメール${index + 1}`,
  extension: String(8000 + index),
  owner: draw.chance(0.5) ? outline.anyReference(draw, "accounts") : null,
  mailTo: [`voicemail-${index + 1}@${outline.tenant}.example`],
  longestMessageSeconds: draw.pick([60, 120, 180.5]),
  voiceprint: FieldValue.vector(Array.from({ length: 32 }, () => draw.integer(-32_768, 32_767) / 32_768)),
  pinDigest: draw.bytes(32),
}));
