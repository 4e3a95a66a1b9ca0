import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { zipSync } from "fflate";
import { type LockFile, lockedFor } from "./lock-file.ts";
import { withoutPackages } from "./source-map.ts";

/** What every function is deployed from: its files by name, the same packed, and the SHA-256 of that in hexadecimal. */
export type Artefact = { files: Record<string, Uint8Array>; zip: Uint8Array; hash: string };

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * What a bundle cannot hold: the framework, which finds our functions in a registry that it must share with the program
 * that starts them, and native code.
 */
const external = ["@google-cloud/functions-framework", "@node-rs/crc32"];

/** What packages in CommonJS expect to find around them. */
const banner = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { dirname as __dirnameOf } from "node:path";',
  'import { fileURLToPath as __pathOf } from "node:url";',
  "const require = __createRequire(import.meta.url);",
  "const __filename = __pathOf(import.meta.url);",
  "const __dirname = __dirnameOf(__filename);",
].join("");

/** Any will do, as long as it is always the same; made of its parts, for a zip holds local time. */
const packedAt = new Date(2000, 0, 1);

/** Makes the artefact. The same sources, lock file and tools give the same bytes, wherever and whenever. */
export async function makeArtefact(): Promise<Artefact> {
  const files = { ...(await bundled()), ...manifests() };
  const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
  const zip = zipSync(sorted, { level: 9, mtime: packedAt });
  return { files: sorted, zip, hash: createHash("sha256").update(zip).digest("hex") };
}

/** Writes the artefact's files, and `hikae-{hash}.zip` beside them, into a folder that holds nothing else afterwards. */
export function writeArtefact({ files, zip, hash }: Artefact, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, `hikae-${hash}.zip`), zip);
}

/**
 * Writes the bundle alone into that folder, for functions that run from it on this machine: the artefact's, but that its
 * source map finds the sources from there. Safe to repeat.
 */
export async function writeBundle(folder: string): Promise<void> {
  const outfile = join(folder, "index.js");
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(await bundled(outfile))) writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "main": "index.js" }\n');
  const packages = join(folder, "node_modules");
  rmSync(packages, { force: true });
  symlinkSync(join(root, "node_modules"), packages);
}

async function bundled(outfile = "dist/index.js"): Promise<Record<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["functions/index.ts"],
    outfile,
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "esm",
    external,
    banner: { js: banner },
    // Names are kept, for traces and for messages; shorter ones start no sooner.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
  });
  return Object.fromEntries(
    outputFiles.map(({ path, contents, text }) =>
      path.endsWith(".map") ? [basename(path), Buffer.from(withoutPackages(text))] : [basename(path), contents],
    ),
  );
}

/** The artefact's own package and lock file: nothing is installed but what is not in the bundle, as it was tested. */
function manifests(): Record<string, Uint8Array> {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  const locked = lockedFor(lock, external);
  const dependencies = Object.fromEntries(external.map((each) => [each, locked[`node_modules/${each}`]?.version]));
  const own = { name, version, dependencies, engines: { node: "24" } };
  const packageFile = { ...own, private: true, type: "module", main: "index.js" };
  const lockFile = { name, version, lockfileVersion: 3, requires: true, packages: { "": own, ...locked } };
  const text = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  return { "package.json": text(packageFile), "package-lock.json": text(lockFile) };
}

if (import.meta.main) {
  const artefact = await makeArtefact();
  writeArtefact(artefact, join(root, "dist"));
  process.stdout.write(`${artefact.hash}\n`);
}
