import { crc32c } from "@node-rs/crc32";
import { afterAll, describe, expect, test } from "vitest";
import { people } from "../../local/description.ts";
import { kindsWith } from "../../shared/catalogue.ts";
import type { Operation } from "../../shared/domain/operation.ts";
import { type Fields, fingerprint } from "../../shared/domain/value.ts";
import { type Cell, parseCsv, valueIn } from "../support/csv.ts";
import { eventually } from "../support/eventually.ts";
import { putOperation } from "../support/operations.ts";
import {
  bucketsOf,
  type Called,
  callPurge,
  fillHistories,
  fillRecordings,
  namesIn,
  partsOf,
} from "../support/purges.ts";
import { sharedStack } from "../support/stack.ts";
import { enrol, operationsOf, wiresOf, write } from "../support/tenants.ts";
import { array, double, int, map, reference, text } from "../support/wire-values.ts";

const stack = sharedStack();
const wires = wiresOf(stack.description);
const buckets = bucketsOf(stack);
const kinds = kindsWith("history");
afterAll(async () => {
  await stack.close();
  for (const wire of Object.values(wires)) wire.close();
});

function ended(tenant: string, id: string, state: Operation["state"] = "succeeded"): Promise<Operation> {
  return eventually(async () => {
    const operation = (await operationsOf(stack, tenant)).find((found) => found.id === id);
    expect(operation).toMatchObject({ state, open: false });
    return operation as Operation;
  }, 60_000);
}

type File = { kind: string; fileName: string; rows: number; bytes: number; crc32c: string; url: string };

/** Exports these kinds and gives the files by their kinds, with addresses. */
async function exported(tenant: string, body: object = {}): Promise<Map<string, File>> {
  const { body: operation } = await callPurge(stack, tenant, "export", body);
  await ended(tenant, operation.id);
  const { body: found } = await callPurge(stack, tenant, `exports/${operation.id}`);
  expect(await namesIn(buckets.exports, `${tenant}/${operation.id}/parts/`)).toStrictEqual([]);
  return new Map((found.files as File[]).map((file) => [file.kind, file]));
}

/** The content of a file, read from its address without a token, which is as long and has the checksum that was said. */
async function contentOf(file: File | undefined): Promise<string> {
  const answer = await fetch(file?.url ?? "");
  expect(answer.status).toBe(200);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32c(bytes));
  expect({ bytes: bytes.length, crc32c: checksum.toString("base64") }).toStrictEqual({
    bytes: file?.bytes,
    crc32c: file?.crc32c,
  });
  return bytes.toString("utf8");
}

/** The header of a file and its rows. */
async function tableOf(file: File | undefined): Promise<{ header: string[]; rows: Cell[][] }> {
  const content = await contentOf(file);
  expect(content.startsWith("\uFEFF")).toBe(true);
  const [header = [], ...rows] = parseCsv(content.slice(1));
  expect(rows).toHaveLength(file?.rows ?? -1);
  return { header: header.map((cell) => cell.text), rows };
}

const everyType = (root: string): Fields => ({
  none: { nullValue: 0 },
  answered: { booleanValue: true },
  seconds: int("9007199254740993"),
  share: double(0.1),
  lost: double(Number.NaN),
  at: { timestampValue: { seconds: 1_795_262_400, nanos: 123_456_000 } },
  summary: text('髙﨑様より、"至急"\r\n折り返し'),
  from: text("+81312345678"),
  digest: { bytesValue: Buffer.from([0, 255]) },
  account: reference(root, "tenants/acme/accounts/1"),
  place: { geoPointValue: { latitude: 35.5, longitude: 139.75 } },
  tags: array(text("a"), int(1), map({ deep: double(1) })),
  vector: map({ __type__: text("__vector__"), value: array(double(1), double(2)) }),
  empty: text(""),
});

describe("export", () => {
  test("writes every type of value so that it can be read back, byte for byte as documented (R27)", async () => {
    const tenant = await enrol(stack);
    const { root } = wires.secondary;
    const documents = { "smsHistory/1": everyType(root), "smsHistory/1/parts/電話": { "=1": text("=cmd") } };
    await write(wires.secondary, tenant, documents);
    // What happened on the primary is the primary's.
    await write(wires.primary, tenant, { "smsHistory/primary": { a: int(1) } });
    const file = (await exported(tenant, { kinds: ["smsHistory"] })).get("smsHistory");
    const { header, rows } = await tableOf(file);
    const fields = ["'=1", ...Object.keys(everyType(root)).sort()];
    expect(header).toStrictEqual(["__id__", "__path__", "__createTime__", "__updateTime__", ...fields]);
    const read = rows.map((cells) => {
      const found: Fields = {};
      for (const [index, name] of fields.entries()) {
        const value = valueIn(cells[index + 4] as Cell, root);
        if (value !== undefined) found[name.replace(/^'/, "")] = value;
      }
      return [cells[1]?.text, fingerprint(found, root).hash];
    });
    expect(read).toStrictEqual(Object.entries(documents).map(([path, found]) => [path, fingerprint(found, root).hash]));
    const [, line] = (await contentOf(file)).split('\r\n"1"');
    const times = /^,"smsHistory\/1",\S+Z,\S+Z,,/.exec(line ?? "")?.[0] ?? "";
    expect(
      (line ?? "").slice(times.length).startsWith('"{""$reference"":""tenants/acme/accounts/1""}",true,2026-'),
    ).toBe(true);
  });

  test("writes one file for each history and the list of recordings, in any state (R27)", async () => {
    const tenant = await enrol(stack);
    await fillHistories(wires.secondary, tenant, 4);
    await fillRecordings(buckets.recordings, tenant, 9);
    await stack.databases.secondary.doc(`standbys/${tenant}`).update({ state: "active" });
    const files = await exported(tenant);
    expect([...files.keys()].sort()).toStrictEqual([...kinds, "recordingObjects"].sort());
    for (const kind of kinds) expect(files.get(kind)?.rows).toBe(4 + partsOf(4));
    const { rows } = await tableOf(files.get("callHistory"));
    expect(rows.map((cells) => cells[1]?.text)).toContain("callHistory/missing/parts/1");
    const list = await tableOf(files.get("recordingObjects"));
    expect(list.header).toStrictEqual(["object", "bytes", "createdAt", "generation", "contentType", "crc32c"]);
    const names = list.rows.map((cells) => cells[0]?.text);
    expect(names).toStrictEqual(await namesIn(buckets.recordings, `${tenant}/`));
    expect(list.rows[0]?.[4]?.text).toBe("audio/wav");
  });

  test("has a header alone for a history that is empty (R27)", async () => {
    const tenant = await enrol(stack);
    const files = await exported(tenant, { kinds: ["smsHistory", "recordingObjects"] });
    expect([...files.keys()]).toStrictEqual(["smsHistory", "recordingObjects"]);
    expect((await tableOf(files.get("smsHistory"))).header).toHaveLength(4);
    expect((await tableOf(files.get("recordingObjects"))).rows).toStrictEqual([]);
  });

  test("has a column for a field that only the last of many documents has (R27)", async () => {
    const tenant = await enrol(stack);
    const count = 2400;
    const long = text("通話の要約です。".repeat(250));
    const idOf = (index: number) => `smsHistory/${String(index).padStart(5, "0")}`;
    for (let from = 0; from < count; from += 400) {
      const batch = Array.from({ length: 400 }, (_, index) => [idOf(from + index), { long }] as const);
      await write(wires.secondary, tenant, Object.fromEntries(batch));
    }
    await write(wires.secondary, tenant, { [idOf(count)]: { later: int(1) } });
    const { header, rows } = await tableOf((await exported(tenant, { kinds: ["smsHistory"] })).get("smsHistory"));
    expect(header.slice(4)).toStrictEqual(["later", "long"]);
    expect(rows.map((cells) => `smsHistory/${cells[0]?.text}`)).toStrictEqual(
      Array.from({ length: count + 1 }, (_, index) => idOf(index)),
    );
    expect(rows.every((cells) => cells.length === 6)).toBe(true);
    expect(
      rows
        .at(-1)
        ?.slice(4)
        .map((cell) => cell.text),
    ).toStrictEqual(["1", ""]);
  }, 90_000);

  test("names no file that is gone by now (R27)", async () => {
    const tenant = await enrol(stack);
    const files = await exported(tenant, { kinds: ["smsHistory", "callHistory"] });
    expect([...files.keys()].sort()).toStrictEqual(["callHistory", "smsHistory"]);
    const [operation] = (await operationsOf(stack, tenant)).filter(({ type }) => type === "export");
    const [gone] = (await namesIn(buckets.exports, `${tenant}/`)).filter((name) => name.includes("smsHistory"));
    await buckets.exports.file(gone ?? "").delete();
    const { body } = await callPurge(stack, tenant, `exports/${operation?.id}`);
    expect(body.files.map(({ kind }: File) => kind)).toStrictEqual(["callHistory"]);
  });

  test("gives addresses for a quarter of an hour that lead to that file alone (R27)", async () => {
    const tenant = await enrol(stack);
    const file = (await exported(tenant, { kinds: ["smsHistory", "callHistory"] })).get("smsHistory") as File;
    const answer = await fetch(file.url);
    expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="${tenant}-smsHistory.csv"`);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const query = new URL(file.url).searchParams;
    expect(query.get("X-Goog-Algorithm")).toBe("GOOG4-RSA-SHA256");
    expect(Number(query.get("X-Goog-Expires"))).toBeGreaterThan(890);
    expect(Number(query.get("X-Goog-Expires"))).toBeLessThanOrEqual(900);
    expect((await fetch(file.url.replace("smsHistory", "callHistory"))).status).toBe(403);
  });

  test("holds up a purge of the same histories while it is open, and the purge an export (R27, R26)", async () => {
    const [exporting, purging] = await Promise.all([enrol(stack), enrol(stack)]);
    const open = { state: "paused", input: { kinds: ["smsHistory"] } } as const;
    const id = await putOperation(stack, exporting, { ...open, type: "export" });
    const purge = await callPurge(stack, exporting, "purge", { confirm: exporting });
    expect(purge).toMatchObject({ status: 409, body: { detail: expect.stringContaining(id) } });
    expect(purge.body.fields[0].label.ja).toContain("書き出し");
    await putOperation(stack, purging, { ...open, type: "purge", input: {} });
    expect(await callPurge(stack, purging, "export", {})).toMatchObject({ status: 409 });
  });

  test("has a purge that was asked for in the same moment give way, and nothing is deleted (R27)", async () => {
    const tenant = await enrol(stack);
    await fillHistories(wires.secondary, tenant, 1);
    await putOperation(stack, tenant, { type: "export", state: "paused", input: { kinds: ["smsHistory"] } });
    const idle = new Date(Date.now() - 60_000);
    const id = await putOperation(stack, tenant, { type: "purge", updatedAt: idle });
    await stack.runSchedule("secondary", "sweep-operations");
    expect(await ended(tenant, id, "failed")).toMatchObject({ error: { code: "conflict" } });
    const left = await stack.databases.secondary.collection(`tenants/${tenant}/smsHistory`).get();
    expect(left.size).toBe(1);
  });

  test("shows an export to its own tenant only, without files until it is done (R27, R47)", async () => {
    const [tenant, other] = await Promise.all([enrol(stack), enrol(stack)]);
    const { body } = await callPurge(stack, tenant, "export", { kinds: ["smsHistory"] });
    const early: Called = await callPurge(stack, tenant, `exports/${body.id}`);
    expect(early).toMatchObject({ status: 200, body: { operation: { id: body.id, type: "export" } } });
    await ended(tenant, body.id);
    expect((await callPurge(stack, other, `exports/${body.id}`)).status).toBe(404);
    const { body: reconcile } = await callPurge(stack, tenant, "reconcile", {}, { email: people.operator.email });
    expect((await callPurge(stack, tenant, `exports/${reconcile.id}`)).status).toBe(404);
  });

  test("refuses a kind that is no history (R27)", async () => {
    const tenant = await enrol(stack);
    for (const body of [{ kinds: ["accounts"] }, { kinds: [] }, { all: true }]) {
      expect(await callPurge(stack, tenant, "export", body)).toMatchObject({ status: 400, body: { code: "invalid" } });
    }
  });

  test("leaves nothing behind when it is cancelled (R27)", async () => {
    const tenant = await enrol(stack);
    await fillHistories(wires.secondary, tenant, 3);
    await stack.storage.fault({ operation: "objects.insert", prefix: `${tenant}/`, delayMs: 400 });
    const { body } = await callPurge(stack, tenant, "export", {});
    await eventually(async () => expect(await namesIn(buckets.exports, `${tenant}/`)).not.toStrictEqual([]));
    const { api } = stack.description.sites.secondary;
    const answer = await fetch(`${api}/v1/operations/${body.id}/cancel`, {
      method: "POST",
      headers: { authorization: `Bearer ${await stack.token(people.operator.email)}`, "idempotency-key": body.id },
    });
    expect(answer.status).toBe(200);
    await ended(tenant, body.id, "cancelled");
    await stack.storage.clearFaults({ operation: "objects.insert", prefix: `${tenant}/` });
    expect(await namesIn(buckets.exports, `${tenant}/`)).toStrictEqual([]);
  });
});
