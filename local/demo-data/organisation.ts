import { FieldValue, GeoPoint } from "@google-cloud/firestore";
import type { Draw } from "./draw.ts";
import { inboundNumbersOf } from "./numbers.ts";
import { flat, type KindBuilder, type Outline, stamps } from "./outline.ts";
import type { DocumentPath, Value } from "./values.ts";

const cities = [
  { name: "東京本社", place: new GeoPoint(35.681236, 139.767125), address: "東京都千代田区丸の内１丁目９−１" },
  { name: "大阪支社", place: new GeoPoint(34.702485, 135.495951), address: "大阪府大阪市北区梅田３丁目１−１" },
  { name: "札幌センター", place: new GeoPoint(43.068661, 141.350755), address: "北海道札幌市北区北６条西４丁目" },
  { name: "福岡センター", place: new GeoPoint(33.589728, 130.420727), address: "福岡県福岡市博多区博多駅中央街１−１" },
  { name: "名古屋営業所", place: new GeoPoint(35.170915, 136.881537), address: "愛知県名古屋市中村区名駅１丁目１−４" },
  { name: "那覇センター", place: new GeoPoint(26.212401, 127.680932), address: "沖縄県那覇市旭町１" },
] as const;

/** So many references into a kind, no two alike. */
function references(
  outline: Outline,
  draw: Draw,
  kind: "accounts" | "phones" | "queues",
  most: number,
): DocumentPath[] {
  const count = Math.min(most, outline.count(kind));
  const first = draw.integer(0, outline.count(kind) - 1);
  return Array.from({ length: count }, (_, index) => outline.reference(kind, first + index));
}

/** Places where people work; a time zone and a position each. */
export const offices = flat((draw, index) => {
  const city = cities[index % cities.length] ?? cities[0];
  return {
    name: index < cities.length ? city.name : `${city.name} 第${Math.floor(index / cities.length) + 1}`,
    address: city.address,
    place: city.place,
    timeZone: "Asia/Tokyo",
    emergencyNumbers: ["110", "119", "118"],
    headcount: draw.integer(5, 400),
    closedFrom: null,
    mayChooseBackupBucket: index % 2 === 0,
  };
});

/** Groups of operators who answer for one product or customer. */
export const callCenters = flat((draw, index, outline) => ({
  name: `${draw.pick(["ご注文受付", "カスタマーサポート", "解約窓口", "予約センター", "テクニカルサポート"])} ${index + 1}`,
  office: outline.anyReference(draw, "offices"),
  operators: references(outline, draw, "accounts", draw.integer(2, 12)),
  queues: references(outline, draw, "queues", draw.integer(1, 3)),
  inboundNumbers: inboundNumbersOf(outline, index),
  targets: { answeredShare: 0.9, answeredWithinSeconds: 20, abandonedShare: draw.integer(1, 9) / 100 },
  topicEmbedding: FieldValue.vector(Array.from({ length: 16 }, () => draw.integer(-1000, 1000) / 1024)),
}));

/** Teams in which a coach listens to and speaks with operators. */
export const coachingTeams = flat((draw, index, outline) => ({
  name: `育成チーム${String.fromCodePoint(0x2460 + (index % 20))}`,
  office: outline.anyReference(draw, "offices"),
  coach: outline.anyReference(draw, "accounts"),
  trainees: references(outline, draw, "accounts", draw.integer(2, 10)),
  mayWhisper: draw.chance(0.8),
}));

/** Where callers wait: weights, and a longest wait that may be without end. */
export const queues = flat((draw, index, outline) => ({
  name: `${draw.pick(["一般", "優先", "法人", "英語", "折り返し"])}キュー${index + 1}`,
  office: outline.anyReference(draw, "offices"),
  strategy: draw.pick(["longestIdle", "roundRobin", "skills", "ringAll"]),
  agents: references(outline, draw, "accounts", draw.integer(3, 14)).map((account) => ({
    account,
    weight: draw.integer(1, 19) / 2,
  })),
  longestWaitSeconds: draw.chance(0.2) ? Number.POSITIVE_INFINITY : draw.integer(30, 900),
  lowestPriority: draw.chance(0.1) ? Number.NEGATIVE_INFINITY : draw.integer(-9, 9),
  musicOnHold: outline.anyReference(draw, "musicOnHold"),
}));

/** Slots in which a held call is parked. */
export const parkGroups = flat((draw, index, outline) => ({
  name: `パーク${index + 1}`,
  office: outline.anyReference(draw, "offices"),
  slots: Array.from({ length: draw.integer(2, 10) }, (_, slot) => String(700 + slot)),
  returnAfterSeconds: draw.pick([60, 120, 300]),
  returnTo: outline.anyReference(draw, "phones"),
}));

/** Telephones that may take one another's calls. */
export const pickupGroups = flat((draw, index, outline) => ({
  name: `代理応答${index + 1}`,
  office: outline.anyReference(draw, "offices"),
  phones: references(outline, draw, "phones", draw.integer(2, 12)),
  prefix: `*${draw.digits(2)}`,
}));

/** Tunes and announcements for those on hold, with the outline that the console draws. */
export const musicOnHold = flat((draw, index) => ({
  name: draw.pick(["エリーゼのために", "グリーンスリーブス", "混雑案内（日本語）", "混雑案内（英語）"]),
  object: `guidance/moh/${index + 1}.wav`,
  bytes: 4_294_967_296n + BigInt(draw.integer(0, 1_000_000)),
  loop: true,
  gainDecibels: draw.integer(-12, 6) + 0.5,
  waveform: draw.bytes(256),
}));

const week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Opening hours by day of the week, and the days that differ below them. */
export const businessHours: KindBuilder = function* (outline, kind) {
  const draw = outline.draw(kind);
  for (let index = 0; index < outline.count(kind); index++) {
    const path = outline.path(kind, index);
    const days = Object.fromEntries(
      week.map((day, at): [string, Value] => [
        day,
        at < 5 || draw.chance(0.3)
          ? [
              { from: "09:00", to: "12:00" },
              { from: "13:00", to: "18:00" },
            ]
          : [],
      ]),
    );
    const data = { name: index === 0 ? "全社共通" : `営業時間${index}`, timeZone: "Asia/Tokyo", days, ...stamps(draw) };
    yield { path, data };
    for (const [date, name] of [
      ["2026-01-01", "元日"],
      ["2026-05-05", "こどもの日"],
      ["2026-08-13", "夏季休業"],
    ] as const) {
      yield {
        path: `${path}/exceptions/${date}`,
        data: { date, name, open: draw.chance(0.2), hours: [], ...stamps(draw) },
      };
    }
  }
};
