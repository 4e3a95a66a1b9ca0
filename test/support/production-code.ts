import { normalize } from "node:path";
import { filesIn, importsOf, textOf } from "./repository.ts";

const reached = new Map<string, string>();

/** The text of a deployed function's own file and of every file of the repository that it leads to. */
export function codeOf(name: string): string {
  const known = reached.get(name);
  if (known !== undefined) return known;
  const seen = new Set<string>();
  const waiting = [`functions/${name}.ts`];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    waiting.push(
      ...importsOf(file)
        .map(normalize)
        .filter((imported) => /^(functions|shared)\//.test(imported)),
    );
  }
  // What each handler reports is written down by the one shell.
  const text = [...seen, "shared/runtime/serve.ts", "shared/runtime/log.ts"].map(textOf).join("\n");
  reached.set(name, text);
  return text;
}

/** The text of everything that is deployed. */
export const allCode = () => [...filesIn("functions"), ...filesIn("shared")].map(textOf).join("\n");

/** Whether the code has that word as a string of its own, as an outcome is written. */
export const says = (code: string, word: string) =>
  code.includes(`"${word}"`) || new RegExp(`\\b${word}: \\{ (status|ended)`).test(code);

/** Whether the code has that name as a property. */
export const hasField = (code: string, field: string) => new RegExp(`\\b${field}\\b[?]?\\s*[:,}]`).test(code);
