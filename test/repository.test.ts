import { getFunction } from "@google-cloud/functions-framework/testing";
import { describe, expect, test, vi } from "vitest";
import { manifest } from "../functions/manifest.ts";
import { locations } from "../shared/domain/sites.ts";
import { siteEnvironment } from "./support/deployed.ts";
import { files, filesIn, importsOf, requirementsIn, textOf } from "./support/repository.ts";

const functionNames = Object.keys(manifest);

/** Files of `functions/` that are no function: the table, the composition root, and what it is made of. */
const framework = ["manifest", "index", "app"];

const namesIn = (folder: string, suffix: string) =>
  filesIn(folder, suffix)
    .map((file) => file.slice(folder.length + 1, -suffix.length))
    .filter((name) => !name.includes("/"))
    .sort();

describe("every function of the manifest", () => {
  const byName = [...functionNames].sort();

  test("is one file, and there is no other", () => {
    const found = namesIn("functions", ".ts").filter((name) => !framework.includes(name));
    expect(found).toStrictEqual(byName);
  });

  test("has tests under its name, and there are none of another", () => {
    const tested = namesIn("test/functions", ".test.ts").map((name) => name.split(".")[0]);
    expect([...new Set(tested)]).toStrictEqual(byName);
  });

  test("has one runbook, and there is no runbook of a function that is gone", () => {
    // The page to begin with is none.
    const found = namesIn("infra/runbooks", ".md").filter((name) => name !== "README");
    expect(found).toStrictEqual(byName);
  });

  test("is registered under its name by the composition root", async () => {
    const environment = siteEnvironment("secondary", "127.0.0.1:1");
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await import("../functions/index.ts");
    vi.unstubAllEnvs();
    expect(functionNames.filter((name) => getFunction(name) === undefined)).toStrictEqual([]);
  });

  test("is what Hosting leads to, in the region of its site", () => {
    const { hosting } = JSON.parse(textOf("firebase.json"));
    for (const { target, rewrites } of hosting as { target: keyof typeof locations; rewrites: Rewrite[] }[]) {
      for (const { function: called } of rewrites) {
        if (called === undefined) continue;
        expect(manifest).toHaveProperty(called.functionId);
        const regions = manifest[called.functionId].sites.map((site) => locations[site].region);
        expect(regions).toContain(called.region);
        // Nothing that Osaka serves may lead to Tokyo.
        if (target === "secondary") expect(called.region).toBe(locations.secondary.region);
      }
    }
  });
});
type Rewrite = { function?: { functionId: keyof typeof manifest; region: string } };

/** What each layer may import besides itself; packages and built-in modules by a pattern of their own. */
const layers: { folder: string; mayImport: RegExp }[] = [
  { folder: "shared/catalogue.ts", mayImport: /^$/ },
  { folder: "shared/domain", mayImport: /^(shared\/(domain\/|catalogue\.ts)|zod$|node:)/ },
  { folder: "shared/stores", mayImport: /^(shared\/(stores\/|domain\/|catalogue\.ts)|node:|@?[a-z][^.]*$)/ },
  { folder: "shared/runtime", mayImport: /^(shared\/|node:|@?[a-z][^.]*$)/ },
  { folder: "functions", mayImport: /^(functions\/|shared\/|node:|zod$|@google-cloud\/)/ },
  { folder: "infra", mayImport: /^(?!(local|test|console)\/)/ },
  { folder: "local", mayImport: /^(?!(test|console)\/)/ },
  { folder: "console/src", mayImport: /^(console\/|virtual:|@?[a-z][^.]*$)/ },
];

describe("imports", () => {
  test.each(layers)("of $folder point one way", ({ folder, mayImport }) => {
    const modules = files.filter((file) => file === folder || (file.startsWith(`${folder}/`) && /\.tsx?$/.test(file)));
    expect(modules).not.toStrictEqual([]);
    const wrong = modules.flatMap((file) =>
      importsOf(file)
        .filter((imported) => !mayImport.test(imported))
        .map((imported) => `${file} imports ${imported}`),
    );
    expect(wrong).toStrictEqual([]);
  });

  test("of production code never lead to what is for this machine only", () => {
    const production = [...filesIn("functions"), ...filesIn("shared")];
    const wrong = production.filter((file) =>
      importsOf(file).some((imported) => /^(infra|local|test|console)\//.test(imported)),
    );
    expect(wrong).toStrictEqual([]);
  });

  test("are of packages that the package names: production code's among its dependencies", () => {
    const { dependencies, devDependencies } = JSON.parse(textOf("package.json"));
    const undeclared = (folder: string, declared: object) =>
      filesIn(folder).flatMap((file) =>
        importsOf(file)
          .filter(
            (imported) =>
              !imported.startsWith("node:") && !/^(functions|shared|infra|local|test|console)\//.test(imported),
          )
          .filter((imported) => !Object.hasOwn(declared, imported))
          .map((imported) => `${file} imports ${imported}`),
      );
    expect([...undeclared("functions", dependencies), ...undeclared("shared", dependencies)]).toStrictEqual([]);
    const all = { ...dependencies, ...devDependencies };
    expect(["infra", "local", "test"].flatMap((folder) => undeclared(folder, all))).toStrictEqual([]);
  });
});

describe("requirements", () => {
  const marked = textOf("SPEC.md").matchAll(/^- \*\*(R\d+b?)\*\* (?:\*\*\+\*\* )?`(\w+)`/gm);
  const marks = new Map([...marked].map(([, number = "", mark = ""]) => [number, mark]));
  const namedIn = (folders: string[]) =>
    new Set(folders.flatMap((folder) => filesIn(folder).flatMap((file) => requirementsIn(textOf(file)))));

  test("that are built, wholly or in part, are named by a test", () => {
    expect(marks.size).toBeGreaterThan(40);
    const named = namedIn(["test"]);
    const built = [...marks].filter(([, mark]) => mark !== "planned").map(([number]) => number);
    expect(built.filter((number) => !named.has(number))).toStrictEqual([]);
  });

  test("that code, tests and documents name are in the specification", () => {
    const documents = files.filter((file) => file.endsWith(".md")).flatMap((file) => requirementsIn(textOf(file)));
    const named = [...namedIn(["functions", "shared", "local", "test"]), ...documents];
    expect(named.filter((number) => !marks.has(number))).toStrictEqual([]);
  });
});

describe("documents", () => {
  const markdown = files.filter((file) => file.endsWith(".md"));

  test("are there for whoever comes new", () => {
    expect(markdown).toEqual(
      expect.arrayContaining(["README.md", "ARCHITECTURE.md", "DECISIONS.md", "CONTRIBUTING.md"]),
    );
  });

  test("name commands that exist", () => {
    const { scripts } = JSON.parse(textOf("package.json"));
    const builtIn: Record<string, string | undefined> = { cit: "test", ci: undefined, install: undefined, t: "test" };
    const wrong = markdown.flatMap((file) =>
      [...textOf(file).matchAll(/(?:`|^\s*(?:\$ )?)npm (run )?([a-z][a-z:-]*)/gm)]
        .map(([, run, word = ""]) => (!run && word in builtIn ? builtIn[word] : word))
        .filter((script) => script !== undefined && !Object.hasOwn(scripts, script))
        .map((script) => `${file} names npm ${script}`),
    );
    expect(wrong).toStrictEqual([]);
  });

  test("lead to files that exist", () => {
    const wrong = markdown.flatMap((file) =>
      [...textOf(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, link = ""]) => new URL(link, `file:///${file}`).pathname.slice(1))
        .filter(
          (target) => !files.some((known) => known === target || known.startsWith(`${target.replace(/\/$/, "")}/`)),
        )
        .map((target) => `${file} leads to ${target}`),
    );
    expect(wrong).toStrictEqual([]);
  });

  test("and code name no path of a developer's machine", () => {
    const ofOneMachine = /(?<![\w.])(?:\/(?:home|Users|root|work)\/[\w.]|[A-Z]:\\Users\\)/;
    const named = files.filter(
      (file) => /\.(ts|md|json|ya?ml|tf|sh)$|^\./.test(file) && ofOneMachine.test(textOf(file)),
    );
    expect(named).toStrictEqual([]);
  });
});
