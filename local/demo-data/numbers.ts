import type { Draw } from "./draw.ts";
import { flat, type KindBuilder, type Outline, remark, stamps } from "./outline.ts";
import type { DemoDocument, Fields } from "./values.ts";

/** The carrier whose toll-free numbers can be led to the secondary. */
const supportedCarrier = "NTTコミュニケーションズ";

/** The shapes of Japanese numbers the platform has, and who carries them. */
const shapes = {
  tokyo: { type: "geographic", prefix: "03", start: 3, digits: 8, carriers: ["NTT東日本", "KDDI"] },
  osaka: { type: "geographic", prefix: "06", start: 6, digits: 8, carriers: ["NTT西日本", "オプテージ"] },
  ip: { type: "ip", prefix: "050", start: 1, digits: 8, carriers: [supportedCarrier, "楽天コミュニケーションズ"] },
  free: { type: "tollFree", prefix: "0120", start: 1, digits: 6, carriers: [supportedCarrier, "KDDI"] },
  free2: { type: "tollFree", prefix: "0800", start: 1, digits: 7, carriers: [supportedCarrier, "ソフトバンク"] },
  navi: { type: "navi", prefix: "0570", start: 1, digits: 6, carriers: [supportedCarrier] },
} as const;
type Shape = (typeof shapes)[keyof typeof shapes];

/** Numbers come by the half-dozen: one of Tokyo, one of Osaka and one of 050, and now and then toll-free ones. */
const perRound = 6;
const usual = [shapes.tokyo, shapes.osaka, shapes.ip] as const;
const tollFree = [shapes.free, shapes.free2, shapes.navi] as const;
const roundsPerTollFree = 28;
const roundOf = (index: number) => Math.floor(index / perRound);

/** The number of that index; no two indexes give the same. */
export function numberAt(index: number): { shape: Shape; number: string } {
  const place = index % perRound;
  const special = place >= usual.length && roundOf(index) % roundsPerTollFree === 0;
  const shape = (special ? tollFree : usual)[place % usual.length] as Shape;
  const rest = shape.start * 10 ** (shape.digits - 1) + Math.floor(index / usual.length) * 37 + 101;
  return { shape, number: `${shape.prefix}${rest}` };
}

/** What the plan for the worst day turns on, the same for every tenant: how the number is connected, and by whom. */
function lineAt(index: number) {
  const { shape, number } = numberAt(index);
  const toll = shape.type === "tollFree" || shape.type === "navi";
  const second = toll ? Math.floor(roundOf(index) / roundsPerTollFree) % 3 === 2 : index % 10 >= 7;
  const carrier = (second ? shape.carriers[1] : undefined) ?? shape.carriers[0];
  const elsewhere = { 7: "customerGateway", 13: "homeLine" }[roundOf(index) % 20];
  return { number, shape, toll, carrier, connection: toll ? "dedicated" : (elsewhere ?? "dedicated") };
}

const e164Of = (number: string) => `+81${number.slice(1)}`;

/** Telephone numbers: shape, carrier, what stands behind toll-free ones, which centre answers, and since when. */
export const numbers = flat((draw, index, outline) => {
  const { shape, number, toll, carrier, connection } = lineAt(index);
  const centre = roundOf(index);
  return {
    number,
    e164: e164Of(number),
    type: shape.type,
    prefix: shape.prefix,
    carrier,
    carrierSupported: carrier === supportedCarrier,
    service: toll ? draw.pick(["intelligent", "basic"]) : null,
    destination: toll ? outline.reference("numbers", centre * perRound + (draw.chance(0.5) ? 1 : 2)) : null,
    connection,
    callCenter: centre < outline.count("callCenters") ? outline.reference("callCenters", centre) : null,
    callFlow: outline.anyReference(draw, "callFlows"),
    office: outline.anyReference(draw, "offices"),
    monthlyFeeYen: draw.integer(500, 9000),
    contractedAt: draw.time(),
  };
});

/** The numbers of a contact centre: those of the round that has its index. */
export const inboundNumbersOf = (outline: Outline, centre: number) => {
  const first = centre * perRound;
  const last = Math.min(first + perRound, outline.count("numbers"));
  return Array.from({ length: last - first }, (_, place) => outline.reference("numbers", first + place));
};

/** Which number a phone shows to those it calls: of Tokyo, of Osaka and of 050 in turn. */
export function callerIndexOf(outline: Outline, phone: number): number {
  const rounds = Math.max(1, Math.floor(outline.count("numbers") / perRound));
  return ((phone * 7) % rounds) * perRound + (phone % usual.length);
}

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

/** A phone that somebody has added since the plan was made. */
const unplanned = 97;

/** The plan for the worst day (R20): the default caller number, phones' own, and where toll-free numbers lead. */
export const switchoverPlans: KindBuilder = function* (outline) {
  const draw = outline.draw("switchoverPlans");
  const lines = Array.from({ length: outline.count("numbers") }, (_, index) => lineAt(index));
  const dedicated = lines.filter(({ connection }) => connection === "dedicated");
  const osaka = dedicated.filter(({ shape }) => shape === shapes.osaka).map(({ number }) => e164Of(number));
  const replacement = (at: number) => osaka[at % osaka.length] as string;
  const staysBehind = (phone: number) => {
    const line = lines[callerIndexOf(outline, phone)];
    return line?.connection !== "dedicated" || line.shape === shapes.tokyo;
  };
  const phones = Array.from({ length: outline.count("phones") }, (_, phone) => phone)
    .filter((phone) => staysBehind(phone) && phone % unplanned !== unplanned - 1)
    .map((phone) => [outline.path("phones", phone).split("/").at(-1) ?? "", replacement(phone)] as const);
  const ledOver = lines
    .filter(({ toll, carrier }) => toll && carrier === supportedCarrier)
    .map(({ number }, at) => [e164Of(number), replacement(at)] as const);
  const data = {
    defaultCallerNumber: replacement(0),
    phones: Object.fromEntries(phones),
    tollFree: Object.fromEntries(ledOver),
    updatedBy: `company-admin@${outline.tenant}.example`,
    ...stamps(draw),
  };
  yield { path: `tenants/${outline.tenant}/switchoverPlans/plan`, data };
};
