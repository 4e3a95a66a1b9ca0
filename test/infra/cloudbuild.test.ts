import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { locations } from "../../shared/domain/sites.ts";
import { parseBuild, readBuild } from "../support/cloud-build.ts";
import { files, filesIn, textOf } from "../support/repository.ts";

const paths = ["cloudbuild.yaml", "infra/apply.cloudbuild.yaml", "infra/rollback.cloudbuild.yaml"];
const builds = paths.map((path) => ({ path, build: readBuild(path) }));
const { scripts, devDependencies } = JSON.parse(textOf("package.json"));

/** The scripts of the pipeline that a text runs or reads, and those that they do. */
function scriptsIn(text: string): string[] {
  const named = text.match(/infra\/pipeline\/[a-z-]+\.sh/g) ?? [];
  return [...new Set(named)].filter((path) => !text.startsWith(`#!/bin/sh\n# ${path}`));
}

/** All shell that a build runs: its own, and that of the files it calls. */
function shellOf(path: string): string {
  const seen = new Map<string, string>();
  const read = (text: string) => {
    for (const script of scriptsIn(text)) {
      if (seen.has(script)) continue;
      seen.set(script, textOf(script));
      read(textOf(script));
    }
  };
  const own = readBuild(path).steps.map(({ script }) => script);
  for (const text of own) read(text);
  return [...own, ...seen.values()].join("\n").replaceAll(/^\s*#.*$/gm, "");
}

test("a build's file with a field that Cloud Build does not know is refused", () => {
  const text = textOf("cloudbuild.yaml");
  expect(() => parseBuild(text)).not.toThrow();
  expect(() => parseBuild(text.replace("waitFor:", "waitfor:"))).toThrow("waitfor");
  expect(() => parseBuild(text.replace("\ntimeout:", "\ntimeOut:"))).toThrow("timeOut");
});

describe.each(builds)("$path", ({ path, build }) => {
  const { steps, substitutions } = build;

  test("pins every image by its version", () => {
    expect(steps.map(({ name }) => name).filter((name) => !/:\d+\.\d+\.\d+(-[a-z]+)?$/.test(name))).toStrictEqual([]);
  });

  test("runs on no Node but the one that is tested", () => {
    const versions = steps.flatMap(({ name }) => /^node:(\d+\.\d+\.\d+)/.exec(name)?.[1] ?? []);
    expect(versions.filter((version) => version !== devDependencies.node)).toStrictEqual([]);
  });

  test("names each step once, and waits only for earlier ones", () => {
    const ids = steps.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const wrong = steps.flatMap(({ waitFor = [] }, index) =>
      waitFor.filter((id) => id !== "-" && !ids.slice(0, index).includes(id)),
    );
    expect(wrong).toStrictEqual([]);
  });

  test("gives every volume to two steps at least, as Cloud Build demands", () => {
    const volumes = steps.flatMap(({ volumes: mounted = [] }) => mounted.map(({ name }) => name));
    expect(volumes.filter((name) => volumes.indexOf(name) === volumes.lastIndexOf(name))).toStrictEqual([]);
  });

  test("runs npm scripts and files that exist", () => {
    const shell = shellOf(path);
    const named = [...shell.matchAll(/npm run (?:--\w+ )*([a-z:]+)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toStrictEqual([]);
    const called = shell.match(/infra\/[\w./-]+\.(sh|ts|yaml)/g) ?? [];
    expect(called.filter((file) => !files.includes(file))).toStrictEqual([]);
  });

  test("declares every substitution that it uses, and uses every one that it declares", () => {
    const used = new Set([...shellOf(path).matchAll(/\$\{?(_[A-Z0-9_]+)/g)].map(([, name = ""]) => name));
    expect([...used].filter((name) => !Object.hasOwn(substitutions, name))).toStrictEqual([]);
    // Where a build runs is for those who start it.
    const unused = Object.keys(substitutions).filter((name) => !used.has(name) && name !== "_REGION");
    expect(unused).toStrictEqual([]);
  });

  test("uses no variable that neither Cloud Build nor itself sets", () => {
    const shell = shellOf(path);
    const builtIn = ["PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "COMMIT_SHA", "PWD"];
    const own = [...shell.matchAll(/(?:^|\s|for )([A-Za-z_]+)(?:=| in )/gm)].map(([, name = ""]) => name);
    const used = [...shell.matchAll(/\$\{?([A-Za-z][A-Za-z_]*)/g)].map(([, name = ""]) => name);
    expect(used.filter((name) => !builtIn.includes(name) && !own.includes(name))).toStrictEqual([]);
  });

  test("runs in Osaka unless it is told otherwise: it must be possible without Tokyo", () => {
    expect(substitutions._REGION).toBe(locations.secondary.region);
  });
});

test("one version of each image is used throughout", () => {
  const names = builds.flatMap(({ build }) => build.steps.map(({ name }) => name));
  const versions = new Map<string, Set<string>>();
  for (const name of names) {
    const [image = "", tag = ""] = name.split(":");
    versions.set(image, (versions.get(image) ?? new Set()).add(tag.split("-")[0] ?? ""));
  }
  expect([...versions].filter(([, found]) => found.size > 1)).toStrictEqual([]);
});

test.each(filesIn("infra/pipeline", ".sh"))("%s is run by a build, and is shell", (path) => {
  execFileSync("sh", ["-n"], { input: textOf(path) });
  expect(paths.some((build) => shellOf(build).includes(path))).toBe(true);
});

test("a roll-out goes to Osaka first, and looks at it before it goes on", () => {
  const order = readBuild("infra/apply.cloudbuild.yaml").steps.map(({ id }) => id);
  const rollOut = [
    "foundation",
    "secondary",
    "smoke-secondary",
    "primary",
    "smoke-primary",
    "crossing",
    "dead-letters",
  ];
  const consoles = ["hosting-secondary", "smoke-console-secondary", "hosting-primary", "smoke-console-primary"];
  expect(order.filter((id) => [...rollOut, ...consoles].includes(id))).toStrictEqual([...rollOut, ...consoles]);
  expect(readBuild("infra/apply.cloudbuild.yaml").steps.filter(({ waitFor }) => waitFor)).toStrictEqual([]);
});

describe("what the pipeline takes from Terraform", () => {
  const declared = (root: string) =>
    filesIn(`infra/${root}`, ".tf").flatMap((file) =>
      [...textOf(file).matchAll(/^output "(\w+)"/gm)].map(([, name = ""]) => name),
    );
  const roots = readBuild("cloudbuild.yaml").substitutions._ROOTS?.split(" ") ?? [];

  test.each(roots)("%s is a root with a state of its own", (root) => {
    const text = filesIn(`infra/${root}`, ".tf").map(textOf).join("\n");
    expect(text).toMatch(new RegExp(`backend "gcs" \\{\\s*prefix\\s*=\\s*"${root}"`));
  });

  test.each([
    ["foundation", "hosting_sites"],
    ["foundation", "console_hosts"],
    ["secondary", "urls"],
    ["primary", "urls"],
    ["secondary", "eventarc_subscriptions"],
    ["primary", "eventarc_subscriptions"],
    ["crossing", "eventarc_subscriptions"],
  ])("%s tells its %s", (root, output) => {
    expect(declared(root)).toContain(output);
  });
});
