import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { demoTenants } from "../../local/demo-data.ts";
import { people } from "../../local/description.ts";
import { type Stack, startStack } from "../../local/stack.ts";

const dataDirectory = mkdtempSync(join(tmpdir(), "hikae-start-"));
let local: Stack | undefined;
afterAll(async () => {
  await local?.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
});

test("the local cloud comes up with its demo data on both sites", async () => {
  local = await startStack({ empty: false, portBase: 0, dataDirectory });
  const { sites, tokens } = local.description;
  expect(Object.keys(tokens)).toEqual(Object.keys(people));
  for (const { id } of demoTenants()) {
    const answer = await fetch(`${sites.secondary.api}/v1/tenants/${id}/dr`, {
      headers: { authorization: `Bearer ${tokens.operator}` },
    });
    expect(await answer.json()).toMatchObject({ syncStatus: "syncing", standby: { state: "syncing" } });
  }
}, 180_000);
