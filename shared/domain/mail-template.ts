import { z } from "zod";
import { activationModes } from "./standby.ts";

/** The languages that people are written to in; Japanese unless they chose another. */
export const languages = ["ja", "en"] as const;
export type Language = (typeof languages)[number];

/** Pages of the console that mails lead to; it is the console of the site that sends them. */
const pages = {
  status: "dr",
  edits: "dr/edits",
  checklist: "dr/checklist",
  failback: "dr/failback",
  drills: "dr/drills",
  operations: "operations",
  audit: "audit",
  backup: "backup/recordings",
} as const;

/** A link to a page of the console, with what it is to show there. */
export type PageLink = { link: string; page: keyof typeof pages; show?: Readonly<Record<string, string>> };

/** The path of a tenant's page, to be put after the console's address. */
export function pagePath(tenant: string, { page, show }: Pick<PageLink, "page" | "show">): string {
  const query = show ? `?${new URLSearchParams(show)}` : "";
  return `/tenants/${encodeURIComponent(tenant)}/${pages[page]}${query}`;
}

/**
 * One part of a mail, for its plain text and its HTML alike. A bare string is a paragraph; a notice stands out; a fact
 * without a value is left out; `link` leads to a page of the console. All text may hold anything: it is made safe when
 * it is rendered.
 */
export type Block =
  | string
  | { notice: string }
  | { facts: readonly (readonly [label: string, value: string | undefined])[] }
  | { steps: readonly string[] }
  | PageLink;

/** What a mail says in one language. */
export type Content = { subject: string; body: readonly Block[] };

/** One kind of mail: what it must be told, and what it says. */
export type Template<S extends z.ZodObject = z.ZodObject> = {
  data: S;
} & Record<Language, (data: z.output<S>) => Content>;

/** Declares a template; its schema types what it is told. */
export function template<S extends z.ZodObject>(declared: Template<S>): Template<S> {
  return declared;
}

/** The fields that templates are told; schemas stay open, so that a newer release may tell more (unknown fields are ignored). */
export const text = z.string();
export const count = z.int().min(0);
export const seconds = z.number().min(0);
export const time = z.iso.datetime({ offset: true });
export const mode = z.enum(activationModes);
/** What is said to readers of either language in the same words, or in their own. */
export const said = z.union([z.string(), z.object({ ja: z.string(), en: z.string() })]);

const clocks = {
  ja: new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", dateStyle: "long", timeStyle: "medium" }),
  en: new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", dateStyle: "long", timeStyle: "medium" }),
};
const japanTime = { ja: "（日本時間）", en: " (JST)" };

/** A time as people in Japan read it. */
export function clock(language: Language, at: string): string {
  return `${clocks[language].format(new Date(at))}${japanTime[language]}`;
}

const units = {
  ja: { hours: "時間", minutes: "分", seconds: "秒", gap: "" },
  en: { hours: " h", minutes: " min", seconds: " s", gap: " " },
};

/** So many seconds as people say them, such as 1分30秒; to a tenth of a second below ten. */
export function duration(language: Language, wanted: number): string {
  const unit = units[language];
  if (wanted < 10) return `${Math.round(wanted * 10) / 10}${unit.seconds}`;
  const whole = Math.round(wanted);
  const parts: (readonly [number, string])[] = [
    [Math.floor(whole / 3600), unit.hours],
    [Math.floor(whole / 60) % 60, unit.minutes],
    [whole % 60, unit.seconds],
  ];
  return parts
    .filter(([value]) => value > 0)
    .map(([value, name]) => `${value}${name}`)
    .join(unit.gap);
}

type Said = z.output<typeof said>;
/** What is said in that language, if anything is. */
export function inLanguage(language: Language, text: Said): string;
export function inLanguage(language: Language, text: Said | undefined): string | undefined;
export function inLanguage(language: Language, text: Said | undefined): string | undefined {
  return typeof text === "object" ? text[language] : text;
}

/** Who did it; an actor that nobody can name is said to be unknown. */
export function person(language: Language, id: string): string {
  if (id === "unknown") return { ja: "不明", en: "unknown" }[language];
  return id === "hikae" ? { ja: "Hikae（自動）", en: "Hikae (automatic)" }[language] : id;
}

/** The modes of an activation by name. */
export const modeNames = {
  ja: { disaster: "災害時の切り替え", planned: "計画的な移行", drill: "訓練" },
  en: { disaster: "Disaster", planned: "Planned move", drill: "Drill" },
} as const satisfies Record<Language, Record<(typeof activationModes)[number], string>>;

const drillMarks = {
  ja: { subject: "【訓練】", notice: "これは訓練です。実際の障害による切り替えではありません。" },
  en: { subject: "[Drill] ", notice: "This is a drill: nothing has really failed." },
};

/** The same content, marked in its subject and at its beginning where it is about a drill (R28). */
export function markedDrill(language: Language, isDrill: boolean, { subject, body }: Content): Content {
  if (!isDrill) return { subject, body };
  const mark = drillMarks[language];
  return { subject: `${mark.subject}${subject}`, body: [{ notice: mark.notice }, ...body] };
}
