import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse as parseHcl } from "@cdktf/hcl2json";
import { type Expression, expressionIn } from "./hcl.ts";
import { filesIn, textOf } from "./repository.ts";

export type Body = Record<string, unknown>;

/** A folder of Terraform files as it is written; a block's body has its nested blocks as lists. */
export type Module = {
  folder: string;
  /** `resource google_x y`, `local x`, `variable x`, `module x`, `output x`, `data google_x y`: address to body. */
  blocks: Map<string, unknown>;
};

/** The root of the repository. */
export const base = fileURLToPath(new URL("../../", import.meta.url));
/** Every expression that was read, by its text. */
export const expressions = new Map<string, Expression>();

/** Changes what a file says before it is read, for tests of tests. */
export type Edit = (file: string, text: string) => string;
export const asWritten: Edit = (_, text) => text;

/** Reads the files of a folder. @throws Error for what is no HCL, and for a block that is there twice. */
export async function readModule(folder: string, edit = asWritten): Promise<Module> {
  const own = filesIn(folder, ".tf").filter((file) => !file.slice(folder.length + 1).includes("/"));
  const blocks = new Map<string, unknown>();
  for (const file of own) {
    const parsed = (await parseHcl(file, edit(file, textOf(file)))) as Record<string, Body>;
    for (const [address, body] of Object.entries(parsed).flatMap(([kind, all]) => blocksOf(kind, all))) {
      if (blocks.has(address)) throw new Error(`${folder} has ${address} twice`);
      blocks.set(address, body);
      await readExpressions(body);
    }
  }
  return { folder, blocks };
}

function blocksOf(kind: string, all: unknown): [string, unknown][] {
  if (kind === "locals") {
    return (all as Body[]).flatMap((body) =>
      Object.entries(body).map(([name, value]) => [`local.${name}`, value] as [string, unknown]),
    );
  }
  if (kind === "terraform" || kind === "provider") return [];
  const prefix = { resource: "", data: "data.", variable: "var.", output: "output.", module: "module." }[kind];
  if (prefix === undefined) throw new Error(`what is ${kind}?`);
  const nested = kind === "resource" || kind === "data";
  return Object.entries(all as Body).flatMap(([first, body]) =>
    nested
      ? Object.entries(body as Body).map(
          ([second, inner]) => [`${prefix}${first}.${second}`, (inner as unknown[])[0]] as [string, unknown],
        )
      : [[`${prefix}${first}`, (body as unknown[])[0]] as [string, unknown]],
  );
}

async function readExpressions(value: unknown): Promise<void> {
  for (const text of textsIn(value)) {
    const expression = expressions.has(text) ? undefined : await expressionIn(text);
    if (expression) expressions.set(text, expression);
  }
}

/** Every string below a value, keys included. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
}

/** The expressions below a value. */
export const expressionsIn = (value: unknown): Expression[] =>
  textsIn(value).flatMap((text) => expressions.get(text) ?? []);

/** The operator's settings as the example gives them. */
export async function exampleSettings(): Promise<Body> {
  const file = "infra/settings.tfvars.example";
  return (await parseHcl(file, readFileSync(join(base, file), "utf8"))) as Body;
}
