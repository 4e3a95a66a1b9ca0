import { describe, expect, test } from "vitest";
import { files, textOf } from "../support/repository.ts";

const documents = ["SECURITY.md", "SECURITY.ja.md"];

type Shown = { file: string; title: string };

/** The tests that a document names: a link to the file, then the title as it stands in the source. */
function testsIn(document: string): Shown[] {
  const named = textOf(document).matchAll(/\[`(test\/[\w./-]+\.test\.ts)`\]\(\1\): "([^"]+)"/g);
  return [...named].map(([, file = "", title = ""]) => ({ file, title }));
}

/** Whether the file has a test of that title: as the first argument of `test`, or of what `test.each` gives. */
function hasTest({ file, title }: Shown): boolean {
  if (!files.includes(file)) return false;
  const quoted = title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const direct = new RegExp(`\\btest\\(\\s*"${quoted}"`);
  const ofEach = new RegExp(`\\)\\(\\s*"${quoted}"`);
  return direct.test(textOf(file)) || ofEach.test(textOf(file));
}

/** The rows of the threats' tables, cell by cell. */
function rowsOf(document: string): string[][] {
  const rows = textOf(document)
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes("](test/"));
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

describe.each(documents)("%s", (document) => {
  test("names tests that there are, by file and title", () => {
    const named = testsIn(document);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((shown) => !hasTest(shown))).toStrictEqual([]);
  });

  test("gives each threat what holds, where that is, and a test that shows it", () => {
    const rows = rowsOf(document);
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) {
      expect(row).toHaveLength(4);
      expect(row.every((cell) => cell.trim() !== "")).toBe(true);
    }
  });
});

test("both languages tell of the same threats, by the same places and tests", () => {
  const [english, japanese] = documents.map((document) =>
    rowsOf(document).map(([, , where, shown]) => ({ where, shown })),
  );
  expect(japanese).toStrictEqual(english);
  const [sections, others] = documents.map((document) => textOf(document).match(/^##+ /gm)?.length);
  expect(others).toBe(sections);
});

test("a title that is not there is found missing", () => {
  const file = "test/infra/security.test.ts";
  expect(hasTest({ file, title: "names tests that there are, by file and title" })).toBe(true);
  expect(hasTest({ file, title: "is the title of no test" })).toBe(false);
  expect(hasTest({ file: "test/infra/no-such.test.ts", title: "names tests" })).toBe(false);
});
