import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every file that belongs to the repository: tracked, or new and not ignored. Paths are relative to its root. */
export const files: readonly string[] = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
  { cwd: root, encoding: "utf8" },
)
  .split("\0")
  .filter((file) => file !== "" && existsSync(join(root, file)));

export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The files below a folder whose names end so. */
export function filesIn(folder: string, suffix = ".ts"): string[] {
  return files.filter((file) => file.startsWith(`${folder}/`) && file.endsWith(suffix));
}

/** What a module imports: other files by their path, built-in modules as `node:…`, packages by their name. */
export function importsOf(file: string): string[] {
  const specifiers = textOf(file).matchAll(/(?:^|\n|;)\s*(?:import|export)\s(?:[^;"']*?\sfrom\s)?["']([^"']+)["']/g);
  const dynamic = textOf(file).matchAll(/\b(?:import|require)\(\s*["']([^"']+)["']/g);
  return [...specifiers, ...dynamic].map(([, specifier = ""]) => {
    if (specifier.startsWith(".")) return normalize(join(dirname(file), specifier));
    if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`;
    const [scope, name] = specifier.split("/");
    return specifier.startsWith("@") ? `${scope}/${name}` : (scope ?? "");
  });
}

/** The requirements that a text names, such as R10b. */
export function requirementsIn(text: string): string[] {
  return text.match(/(?<![A-Za-z0-9_])R\d+b?(?![A-Za-z0-9_])/g) ?? [];
}
