import type { KindName } from "../../shared/catalogue.ts";
import { type Draw, drawFrom } from "./draw.ts";
import { type DemoDocument, DocumentPath, type Fields } from "./values.ts";

/** How many documents of each kind that others refer to a tenant has. */
type Counts = Partial<Record<KindName, number>>;

/** What stands where in a tenant, known before any document is made, so that each may refer to every other. */
export type Outline = {
  tenant: string;
  counts: Counts;
  /** How many top-level documents the kind has. */
  count(kind: KindName): number;
  /** The path of the document of that index; an index past the end starts over. */
  path(kind: KindName, index: number): string;
  reference(kind: KindName, index: number): DocumentPath;
  anyReference(draw: Draw, kind: KindName): DocumentPath;
  /** A source of values for one kind; kinds do not disturb one another's. */
  draw(kind: KindName): Draw;
};

/** The documents of one kind. */
export type KindBuilder = (outline: Outline, kind: KindName) => Iterable<DemoDocument>;

const atLeast = (least: number, value: number) => Math.max(least, Math.round(value));

/** A tenant's share of each kind at that size; the speed dials, which fill it up to the exact number, are not in it. */
function countsFor(documents: number): Counts {
  const offices = Math.min(20, atLeast(2, documents / 1000));
  const callFlows = atLeast(2, documents / 220);
  return {
    offices,
    accounts: atLeast(6, documents * 0.1),
    members: atLeast(4, documents * 0.02),
    phones: atLeast(6, documents * 0.1),
    parkGroups: offices * 2,
    pickupGroups: offices * 3,
    callCenters: atLeast(2, documents / 500),
    coachingTeams: atLeast(1, documents / 1000),
    queues: atLeast(3, documents / 250),
    callFlows,
    ivrMenus: callFlows,
    businessHours: offices + 1,
    voicemails: callFlows + offices,
    musicOnHold: atLeast(2, documents / 1000),
    numbers: atLeast(8, documents * 0.05),
  };
}

/** The id of the document of that index in a kind. */
const idOf = (kind: string, index: number) => `${kind.replace(/s$/, "")}-${String(index + 1).padStart(5, "0")}`;

/** The outline of a tenant at that size. */
export function outlineOf(tenant: string, documents: number): Outline {
  const counts = countsFor(documents);
  const count = (kind: KindName) => counts[kind] ?? 0;
  const path = (kind: KindName, index: number) =>
    `tenants/${tenant}/${kind}/${idOf(kind, index % Math.max(1, count(kind)))}`;
  return {
    tenant,
    counts,
    count,
    path,
    reference: (kind, index) => new DocumentPath(path(kind, index)),
    anyReference: (draw, kind) => new DocumentPath(path(kind, draw.integer(0, count(kind) - 1))),
    draw: (kind) => drawFrom(`${tenant}/${kind}`),
  };
}

/** A builder of a kind whose documents all have the same fields. */
export function flat(fieldsOf: (draw: Draw, index: number, outline: Outline) => Fields): KindBuilder {
  return function* (outline, kind) {
    const draw = outline.draw(kind);
    for (let index = 0; index < outline.count(kind); index++) {
      yield { path: outline.path(kind, index), data: { ...fieldsOf(draw, index, outline), ...stamps(draw) } };
    }
  };
}

/** The fields that the platform keeps on every document it shows in its own lists. */
export function stamps(draw: Draw): Fields {
  return {
    createdAt: draw.time(),
    updatedAt: draw.time(),
    revision: draw.integer(1, 40),
    note: remark(draw, draw.integer(2, 6)),
  };
}

const remarks = [
  "繁忙期（３月・１２月）は受付を３０分延長すること。",
  "担当者不在のときは総務部の代表へ転送します。",
  "ご契約者様の本人確認は生年月日とお電話番号でお願いします。",
  "設定の変更は情報システム部（内線8120）へ申請してください。",
  "BCP訓練は毎年９月１日に実施。手順書は共有フォルダの最新版を参照。",
  "夜間は宿直へ転送、つながらない場合はボイスメールで受け付ける。",
  "旧システムより移行。ﾃﾞｰﾀｺﾝﾊﾞｰﾄ済み、要確認。",
  "髙島様・﨑山様など、異体字のお名前は登録どおりに表記する。",
  "English-speaking callers go to the 2nd option; please keep the guidance bilingual.",
  "応答率９０％を下回ったら、応援チーム①へエスカレーション🙇",
] as const;

/** A note of so many sentences, as people write them. */
export function remark(draw: Draw, sentences: number): string {
  return Array.from({ length: sentences }, () => draw.pick(remarks)).join("");
}
