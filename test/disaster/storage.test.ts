import { describe, expect, test } from "vitest";
import type { Stack } from "../../local/stack.ts";
import { onOwnStack } from "../support/own-stack.ts";

let stack: Stack;
onOwnStack((local) => {
  stack = local;
});

const bucketOf = (site: "primary" | "secondary") => stack.description.sites[site].guidanceBucket;
const write = async (site: "primary" | "secondary", name: string) => {
  const url = `${stack.description.storage}/upload/storage/v1/b/${bucketOf(site)}/o?uploadType=media&name=${name}`;
  return (await fetch(url, { method: "POST", body: name })).status;
};
const read = async (site: "primary" | "secondary", name: string) => {
  const answer = await fetch(`${stack.description.storage}/storage/v1/b/${bucketOf(site)}/o/${name}?alt=media`);
  return answer.ok ? await answer.text() : answer.status;
};

describe("Cloud Storage", () => {
  test("loses the primary's buckets with the primary, and has their objects again when it is back", async () => {
    expect([await write("primary", "x"), await write("secondary", "y")]).toStrictEqual([200, 200]);
    await stack.kill("primary");
    expect([await read("primary", "x"), await read("secondary", "y")]).toStrictEqual([503, "y"]);
    // What is lost stays lost when Cloud Storage itself is started again meanwhile.
    await stack.restartStandIn("storage");
    expect([await read("primary", "x"), await read("secondary", "y")]).toStrictEqual([503, "y"]);
    await stack.restart("primary");
    expect(await read("primary", "x")).toBe("x");
  });

  test("has every object that it acknowledged when it is killed while objects come", async () => {
    const acknowledged: string[] = [];
    const writing = Array.from({ length: 8 }, async (_, lane) => {
      for (let count = 0; ; count += 1) {
        const name = `killed-${lane}-${count}`;
        const status = await write("secondary", name).catch(() => 0);
        if (status !== 200) return;
        acknowledged.push(name);
        if (acknowledged.length === 200) await stack.killStandIn("storage");
      }
    });
    await Promise.all(writing);
    await stack.restartStandIn("storage");
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    for (const name of acknowledged) expect(await read("secondary", name)).toBe(name);
  });
});
