import { expect, test } from "vitest";
import { buildConsole } from "../../local/console-build.ts";

test("tells in one line why the console cannot be built", async () => {
  const fault = await buildConsole(new AbortController().signal, "no-such-script");
  expect(fault).toMatch(/^コンソールをビルドできませんでした .*no-such-script.*: .+$/);
  expect(fault?.split("\n")).toHaveLength(1);
});
