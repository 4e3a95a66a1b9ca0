import type { Draw } from "./draw.ts";
import { flat, type KindBuilder, type Outline, remark, stamps } from "./outline.ts";
import type { DemoDocument, Fields } from "./values.ts";

/** The shapes of Japanese numbers the platform has, and who carries them. */
const shapes = [
  { type: "geographic", prefix: "03", digits: 8, carriers: ["NTT東日本", "KDDI"] },
  { type: "geographic", prefix: "06", digits: 8, carriers: ["NTT西日本", "オプテージ"] },
  { type: "ip", prefix: "050", digits: 8, carriers: ["NTTコミュニケーションズ", "楽天コミュニケーションズ"] },
  { type: "tollFree", prefix: "0120", digits: 6, carriers: ["NTTコミュニケーションズ", "KDDI"] },
  { type: "tollFree", prefix: "0800", digits: 7, carriers: ["NTTコミュニケーションズ", "ソフトバンク"] },
  { type: "navi", prefix: "0570", digits: 6, carriers: ["NTTコミュニケーションズ"] },
] as const;
type Shape = (typeof shapes)[number];

/** The carrier whose toll-free numbers can be led to the secondary. */
const supportedCarrier = "NTTコミュニケーションズ";

/** The number of that index; no two indexes give the same. */
export function numberAt(index: number): { shape: Shape; number: string } {
  const shape = shapes[index % shapes.length] as Shape;
  const start = { "03": 3, "06": 6 }[shape.prefix as "03" | "06"] ?? 1;
  const rest = String(start * 10 ** (shape.digits - 1) + Math.floor(index / shapes.length) * 37 + 101);
  return { shape, number: `${shape.prefix}${rest}` };
}

const service = (draw: Draw, shape: Shape) =>
  shape.type === "tollFree" || shape.type === "navi" ? draw.pick(["intelligent", "basic"]) : null;

/** Telephone numbers: shape, carrier, what stands behind toll-free ones, and since when. */
export const numbers = flat((draw, index, outline) => {
  const { shape, number } = numberAt(index);
  const carrier = draw.chance(0.7) ? shape.carriers[0] : (shape.carriers[1] ?? shape.carriers[0]);
  const behind = shape.type === "tollFree" || shape.type === "navi";
  return {
    number,
    e164: `+81${number.slice(1)}`,
    type: shape.type,
    prefix: shape.prefix,
    carrier,
    carrierSupported: carrier === supportedCarrier,
    service: service(draw, shape),
    destination: behind
      ? outline.reference("numbers", index - (index % shapes.length) + (draw.chance(0.5) ? 1 : 2))
      : null,
    connection: draw.pick(["dedicated", "dedicated", "customerGateway", "homeLine"]),
    callFlow: outline.anyReference(draw, "callFlows"),
    office: outline.anyReference(draw, "offices"),
    monthlyFeeYen: draw.integer(500, 9000),
    contractedAt: draw.time(),
  };
});

/** One short number and whom it dials. */
function speedDial(outline: Outline, draw: Draw, index: number): Fields {
  return {
    code: String(index + 1).padStart(5, "0"),
    name: `${draw.pick(["株式会社", "有限会社", "（株）", "㈱"])}${draw.pick(["山﨑電機", "ヒカリ物産", "髙田商店", "ｻﾝﾗｲｽﾞ", "みどり運輸", "東西銀行"])}`,
    number: numberAt(index + 10_000).number,
    shared: draw.chance(0.7),
    owner: outline.anyReference(draw, "accounts"),
    department: draw.pick(["総務部", "営業１課", "経理部", null]),
    tags: draw.sample(["取引先", "官公庁", "緊急", "ＶＩＰ", "配送"], draw.integer(0, 3)),
    usedTimes: draw.integer(0, 5000),
    memo: remark(draw, draw.integer(1, 5)),
  };
}

/** Exactly so many speed dials. */
export function* speedDials(outline: Outline, count: number): Iterable<DemoDocument> {
  const draw = outline.draw("speedDials");
  for (let index = 0; index < count; index++) {
    const path = `tenants/${outline.tenant}/speedDials/dial-${String(index + 1).padStart(5, "0")}`;
    yield { path, data: { ...speedDial(outline, draw, index), ...stamps(draw) } };
  }
}

/** The plan for the worst day (R20): which number is shown instead of which, and where toll-free ones lead. */
export const switchoverPlans: KindBuilder = function* (outline) {
  const draw = outline.draw("switchoverPlans");
  const all = Array.from({ length: Math.min(120, outline.count("numbers")) }, (_, index) => ({
    index,
    ...numberAt(index),
  }));
  const usable = all.filter(({ shape }) => shape.prefix === "06" || shape.prefix === "050");
  const replacements = all
    .filter(({ shape }) => shape.prefix === "03")
    .map(({ number }, at) => [number, usable[at % usable.length]?.number ?? ""] as const);
  const destinations = all
    .filter(({ shape }) => shape.type === "tollFree" || shape.type === "navi")
    .map(({ number }, at) => [number, usable[at % usable.length]?.number ?? ""] as const);
  const data = {
    defaultCallerNumber: usable[0]?.number ?? "",
    callerNumbers: Object.fromEntries(replacements),
    destinations: Object.fromEntries(destinations),
    preparedBy: `company-admin@${outline.tenant}.example`,
    ...stamps(draw),
  };
  yield { path: `tenants/${outline.tenant}/switchoverPlans/current`, data };
};
