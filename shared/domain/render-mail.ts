import { AppError, type FieldFault } from "./errors.ts";
import { type Block, type Content, type Language, type PageLink, pagePath, type Template } from "./mail-template.ts";
import { mailTemplates } from "./mail-templates.ts";

/** A mail in one language, as it is sent. */
export type Rendered = { subject: string; text: string; html: string };

/** Whom a mail addresses: the tenant it is about, and whether its readers are the platform's operators. */
export type Addressee = { tenant: { id: string; name: string }; operators: boolean };

/** The template of that name; undefined for one that only a newer release knows. */
export function templateOf(name: string): Template | undefined {
  return Object.hasOwn(mailTemplates, name) ? (mailTemplates as unknown as Record<string, Template>)[name] : undefined;
}

/** What is wrong with what the template was told; nothing when it can be rendered. */
export function dataFaults(found: Template, data: unknown): FieldFault[] {
  const { error } = found.data.safeParse(data);
  return (error?.issues ?? []).map((issue) => ({
    field: ["data", ...issue.path.map(String)].join("."),
    problem: issue.message,
  }));
}

/**
 * The mail in that language, plain text and HTML from one source. Links lead to `consoleUrl`. No value can add a header,
 * a line or markup: control and direction characters become spaces, and HTML shows every character as it is.
 * @throws AppError `invalid` when there is no such template or its data is wrong.
 */
export function renderMail(
  name: string,
  data: unknown,
  language: Language,
  addressee: Addressee,
  consoleUrl: string,
): Rendered {
  const found = templateOf(name);
  if (!found) throw new AppError("invalid", `there is no mail template ${name}`);
  const fields = dataFaults(found, data);
  if (fields.length > 0) throw new AppError("invalid", `the data of the mail ${name} is wrong`, { fields });
  const content = found[language](found.data.parse(calm(data)));
  const linked: Linked = (link) => `${consoleUrl}${pagePath(addressee.tenant.id, link)}`;
  const body: Content["body"] = [greeting(language, addressee), ...content.body];
  const subject = `[Hikae] ${content.subject}${addressee.operators ? ` (${addressee.tenant.id})` : ""}`;
  return {
    subject,
    text: `${[...body.map((block) => textOf(block, linked)), `-- \n${footer[language]}`].join("\n\n")}\n`,
    html: page(language, subject, [...body.map((block) => htmlOf(block, linked)), foot(footer[language])].join("\n")),
  };
}

type Linked = (link: PageLink) => string;

const footer = {
  ja: "このメールは Hikae から自動的にお送りしています。このメールには返信できません。",
  en: "This mail was sent automatically by Hikae. Replies to it are not read.",
};

function greeting(language: Language, { tenant: { id, name }, operators }: Addressee): string {
  const named = plain(name);
  const ja = named === id ? id : `${named}（${id}）`;
  const en = named === id ? id : `${named} (${id})`;
  if (operators) return { ja: `運用ご担当者様\n対象のお客様：${ja}`, en: `To the operators\nTenant: ${en}` }[language];
  return { ja: `${ja}\n管理者様`, en: `To the administrators of ${en}` }[language];
}

/** What would break out of a line or turn the direction of the text, as a space. */
function plain(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu, " ").trim();
}

/** The data with every text on one line. */
function calm(value: unknown): unknown {
  if (typeof value === "string") return plain(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, calm(inner)]));
}

type Facts = readonly (readonly [string, string | undefined])[];

/** The facts that are known, each on one line. */
function known(facts: Facts): [string, string][] {
  return facts.flatMap(([label, value]) => (value ? [[label, value] as [string, string]] : []));
}

function textOf(block: Block, linked: Linked): string {
  if (typeof block === "string") return block;
  if ("notice" in block) return `*** ${block.notice} ***`;
  if ("facts" in block) {
    return known(block.facts)
      .map(([label, value]) => `${label}: ${value}`)
      .join("\n");
  }
  if ("steps" in block) return block.steps.map((step, index) => `${index + 1}. ${step}`).join("\n");
  return `${block.link}:\n${linked(block)}`;
}

function htmlOf(block: Block, linked: Linked): string {
  if (typeof block === "string") return `<p>${escaped(block).replaceAll("\n", "<br>")}</p>`;
  if ("notice" in block) return `<p style="${styles.notice}"><strong>${escaped(block.notice)}</strong></p>`;
  if ("facts" in block) {
    const rows = known(block.facts).map(
      ([label, value]) =>
        `<tr><th scope="row" style="${styles.label}">${escaped(label)}</th><td style="${styles.value}">${escaped(value)}</td></tr>`,
    );
    return `<table style="${styles.table}">${rows.join("")}</table>`;
  }
  if ("steps" in block) return `<ol>${block.steps.map((step) => `<li>${escaped(step)}</li>`).join("")}</ol>`;
  return `<p><a href="${escaped(linked(block))}" style="${styles.button}">${escaped(block.link)}</a></p>`;
}

function foot(text: string): string {
  return `<p style="${styles.foot}">${escaped(text)}</p>`;
}

function page(language: Language, subject: string, body: string): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>
<body style="${styles.body}"><div style="${styles.sheet}">
${body}
</div></body></html>
`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Mail programs know no style sheets. */
const styles = {
  body: "margin:0;padding:16px;background:#f4f6f8",
  sheet:
    "max-width:600px;margin:0 auto;padding:8px 24px;background:#fff;color:#1f2933;border-radius:8px;font:15px/1.7 'Hiragino Sans','Noto Sans JP',Meiryo,sans-serif",
  notice: "padding:8px 12px;background:#fff4d6;border-left:4px solid #b7791f",
  table: "border-collapse:collapse;width:100%",
  label:
    "padding:6px 12px 6px 0;text-align:left;vertical-align:top;color:#52606d;font-weight:normal;white-space:nowrap",
  value: "padding:6px 0;vertical-align:top;overflow-wrap:anywhere",
  button: "display:inline-block;padding:10px 20px;background:#1d4ed8;color:#fff;text-decoration:none;border-radius:6px",
  foot: "margin-top:24px;padding-top:12px;border-top:1px solid #d9e2ec;color:#52606d;font-size:13px",
};
