import type { Label } from "../../shared/catalogue.ts";
import { assumptions, type Size } from "./assumptions.ts";
import { type Month, monthOf, type Part, parts } from "./cost.ts";
import { activateAllSeconds, comparisonSeconds, drainSeconds, limits, reconcileSeconds } from "./limits.ts";
import { prices } from "./prices.ts";
import { type Run, work } from "./work.ts";

export type Language = keyof Label;

export const grid: readonly Size[] = [100, 10_000, 1_000_000].flatMap((documents) =>
  [10, 100, 1000, 10_000].map((tenants) => ({ documents, tenants })),
);

/** The documents that show the grid, each in its language, beside the script. */
export const documents = [
  { language: "en", file: "./load-model.md" },
  { language: "ja", file: "./load-model.ja.md" },
] as const satisfies readonly { language: Language; file: string }[];

const [begin, end] = ["<!-- figures -->", "<!-- end of figures -->"];

/** The document with the figures of now between its marks. */
export function withFigures(text: string, language: Language): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`a document lacks ${begin} or ${end}`);
  return `${before}${begin}\n\n${printed(language)}\n${end}${after}`;
}

const partLabels: Record<Part, Label> = {
  mirror: { ja: "反映", en: "mirror" },
  reconcile: { ja: "突き合わせ", en: "reconcile" },
  schedules: { ja: "定時の処理", en: "schedules" },
  recordings: { ja: "録音", en: "recordings" },
  console: { ja: "コンソール", en: "console" },
  storage: { ja: "保存", en: "storage" },
  fixed: { ja: "固定", en: "fixed" },
};

const words = {
  cost: { ja: "1か月の費用(米ドル)", en: "Dollars a month" },
  used: { ja: "制限の使用率", en: "How far each limit is used" },
  first: { ja: "最初に当たる制限", en: "Which limit is met first" },
  times: { ja: "かかる時間", en: "How long it takes" },
  work: { ja: "処理1回あたり", en: "One piece of work" },
  prices: { ja: "単価(入力)", en: "Unit prices (inputs)" },
  assumptions: { ja: "前提(入力)", en: "Assumptions (inputs)" },
  documents: { ja: "文書/テナント", en: "documents each" },
  tenants: { ja: "テナント", en: "tenants" },
  total: { ja: "合計", en: "total" },
  each: { ja: "1テナント", en: "per tenant" },
  limit: { ja: "制限", en: "limit" },
  remedy: { ja: "そのときの対策", en: "what to change then" },
  firstAt: { ja: "最初の制限と使用率", en: "first limit, and how far it is used" },
  nextAt: { ja: "次の制限", en: "the next" },
  comparison: { ja: "1テナントの突き合わせ", en: "one tenant's comparison" },
  all: { ja: "全テナントの突き合わせ", en: "all tenants' comparison" },
  activate: { ja: "全テナントの切り替え", en: "activation of all" },
  drain: { ja: "1時間の停止後の録音の再開", en: "calling for an hour's recordings" },
  source: { ja: "出典", en: "source" },
  value: { ja: "値", en: "value" },
  seen: { ja: "確認した版", en: "as seen" },
} as const satisfies Record<string, Label>;

/** The whole document's figures as Markdown: what `load-model.md` holds between its marks. */
export function printed(language: Language, sizes: readonly Size[] = grid): string {
  const say = (word: keyof typeof words) => words[word][language];
  const sections: [keyof typeof words, string[]][] = [
    ["cost", costTable(language, sizes.map(monthOf))],
    ["first", firstTable(language, sizes)],
    ["used", usedTable(language, sizes)],
    ["times", timesTable(language, sizes)],
    ["work", workTable(language)],
    ["prices", pricesTable(say)],
    ["assumptions", assumptionsTable(language)],
  ];
  return `${sections.map(([title, table]) => `### ${say(title)}\n\n${table.join("\n")}`).join("\n\n")}\n`;
}

function costTable(language: Language, months: readonly Month[]): string[] {
  const head = [words.documents, words.tenants].map((label) => label[language]);
  const columns = [...parts.map((part) => partLabels[part][language]), words.total[language], words.each[language]];
  const rows = months.map(({ documents, tenants, dollars, total, perTenant }) => [
    ...[documents, tenants].map(whole),
    ...[...parts.map((part) => dollars[part]), total, perTenant].map(amount),
  ]);
  return table([...head, ...columns], rows);
}

function firstTable(language: Language, sizes: readonly Size[]): string[] {
  const head = [words.documents, words.tenants, words.firstAt, words.nextAt, words.remedy];
  const rows = sizes.map((size) => {
    const [first, next] = limits.map((limit) => ({ limit, used: limit.used(size) })).sort((a, b) => b.used - a.used);
    const told = (one: typeof first) => (one ? `${one.limit.label[language]}: ${percent(one.used)}` : "");
    return [whole(size.documents), whole(size.tenants), told(first), told(next), first?.limit.remedy[language] ?? ""];
  });
  return table(
    head.map((label) => label[language]),
    rows,
  );
}

function usedTable(language: Language, sizes: readonly Size[]): string[] {
  const head = [
    words.limit[language],
    ...sizes.map(({ documents, tenants }) => `${short(documents)} × ${short(tenants)}`),
  ];
  const rows = limits.map((limit) => [limit.label[language], ...sizes.map((size) => percent(limit.used(size)))]);
  const sources = limits.map(({ label, source }) => `- ${label[language]}: ${source}`);
  return [...table([...head], rows), "", ...sources];
}

function timesTable(language: Language, sizes: readonly Size[]): string[] {
  const head = [words.documents, words.tenants, words.comparison, words.all, words.activate, words.drain];
  const rows = sizes.map((size) => [
    ...[size.documents, size.tenants].map(whole),
    ...[comparisonSeconds(size.documents), reconcileSeconds(size), activateAllSeconds(size), drainSeconds(size)].map(
      time,
    ),
  ]);
  return table(
    head.map((label) => label[language]),
    rows,
  );
}

function workTable(language: Language): string[] {
  const rows = Object.values(work).map((one) => [
    one.label[language],
    ...[one.reads, one.writes, one.deletes, one.listings, one.messageBytes, one.crossingBytes].map(whole),
    (Object.entries(one.runs) as [string, Run][]).map(runText).join(", "),
    one.from.map((file) => `\`${file}\``).join(" "),
  ]);
  const heads = {
    ja: "処理,読み取り,書き込み,削除,一覧(クラスA),メッセージのバイト,東京・大阪間のバイト,関数の時間,元のコード",
    en: "work,reads,writes,deletes,listings (class A),message bytes,bytes between the sites,time of functions,its code",
  };
  return table(heads[language].split(","), rows);
}

const runText = ([name, { times, seconds }]: [string, Run]) =>
  `${name} ${times > 1 ? `${times} × ` : ""}${seconds >= 0.01 ? `${Number(seconds.toFixed(3))} s` : `${Number((seconds * 1000).toFixed(1))} ms`}`;

function pricesTable(say: (word: keyof typeof words) => string): string[] {
  const rows = Object.values(prices).map(({ dollars, per, unit, source, seen }) => [
    `$${dollars}`,
    per === 1 ? unit : per === 2 ** 30 ? `GiB: ${unit}` : per === 2 ** 40 ? `TiB: ${unit}` : `${whole(per)} × ${unit}`,
    source,
    seen,
  ]);
  return table(["USD", say("value"), say("source"), say("seen")], rows);
}

function assumptionsTable(language: Language): string[] {
  const rows = Object.values(assumptions).map(({ value, unit, label }) => [label[language], `${value} ${unit}`]);
  return table([words.assumptions[language], words.value[language]], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

const whole = (number: number) => Math.round(number).toLocaleString("en-US");
const short = (number: number) =>
  number >= 1e6 ? `${number / 1e6}M` : number >= 1000 ? `${number / 1000}k` : `${number}`;
const amount = (dollars: number) =>
  dollars >= 100
    ? whole(dollars)
    : dollars.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = (used: number) => {
  const text = used >= 0.1 ? `${whole(used * 100)}%` : used >= 0.0005 ? `${(used * 100).toFixed(1)}%` : "0%";
  return used >= 1 ? `**${text}**` : text;
};
const time = (seconds: number) =>
  seconds < 1
    ? "< 1 s"
    : seconds < 120
      ? `${whole(seconds)} s`
      : seconds < 7200
        ? `${whole(seconds / 60)} min`
        : `${whole(seconds / 3600)} h`;
