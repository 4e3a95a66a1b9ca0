import { getExpressionAst } from "@cdktf/hcl2json";

/** One expression of HCL as its own parser reads it; what it was written as is sliced from `source`. */
export type Expression = { type: string; meta: Meta; children: Expression[]; source: string };
type Meta = Record<string, unknown> & { traversal?: { segment: string }[] };

type Raw = { type: string; meta?: Meta; range: Range; children?: (Raw | null)[] };
type Range = { start: { byte: number }; end: { byte: number } };

/** What expressions are made of that the program that runs them gives: variables, resources and so on, by their first name. */
export type Scope = (name: string, path: readonly string[]) => { value: unknown; taken: number };

/** The result of an attribute that only a real cloud knows; remembers where it comes from. */
export class Unknown {
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  toString(): string {
    return `<${this.address}>`;
  }
}

/** An object that knows more attributes than it was given: those are `Unknown` under its address. */
export class Opened {
  readonly address: string;
  readonly value: unknown;

  constructor(address: string, value: unknown) {
    this.address = address;
    this.value = value;
  }
}

const parsed = new Map<string, Promise<Expression>>();

/** Reads a string of a parsed file as what it stands for: `undefined` for plain text. Texts are read once. */
export async function expressionIn(text: string): Promise<Expression | undefined> {
  if (!/[$%]\{/.test(text)) return undefined;
  const whole = /^\$\{([\s\S]*)\}$/.exec(text)?.[1];
  if (whole !== undefined && isBalanced(whole)) return await parse(whole);
  // As a heredoc, where quotes need no escape; the line end that it adds is cut off again.
  const template = await parse(`<<END\n${text}\nEND\n`);
  const last = template.children.at(-1);
  if (last?.type === "literalValue") last.meta.value = String(last.meta.value).replace(/\n$/, "");
  return template;
}

/** Whether the braces of `${a}-${b}`, with the first and the last one gone, still belong together. */
function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** @throws Error where it is no expression of HCL. */
export function parse(source: string): Promise<Expression> {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const expression = getExpressionAst("expression.tf", source).then((ast) => {
    const bytes = Buffer.from(source);
    const from = (raw: Raw): Expression => ({
      type: raw.type,
      meta: raw.meta ?? {},
      children: (raw.children ?? []).flatMap((child) => (child ? [from(child)] : [])),
      source: bytes.subarray(raw.range.start.byte, raw.range.end.byte).toString(),
    });
    return from(ast as unknown as Raw);
  });
  parsed.set(source, expression);
  return expression;
}

/** Every name that an expression begins a path with, and the path: `local.a.b` is `["local", "a", "b"]`. */
export function pathsIn(expression: Expression): string[][] {
  const own = expression.type === "scopeTraversal" ? [segmentsOf(expression)] : [];
  return [...own, ...expression.children.flatMap(pathsIn)];
}

export const segmentsOf = ({ meta }: Expression): string[] =>
  (meta.traversal ?? []).map(({ segment }) => segment.replace(/^"(.*)"$/, "$1"));
