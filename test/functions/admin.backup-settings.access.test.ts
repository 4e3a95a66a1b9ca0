import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bucketCall, codeIn, enrolBackingUp, newCustomerBucket, settingsCall } from "../support/backup-settings.ts";
import { sharedStack } from "../support/stack.ts";
import { call, operator } from "../support/switch-over.ts";

const stack = sharedStack();
afterAll(() => stack.close());

const get = (tenant: string, path = "", member?: "office" | "viewer") =>
  settingsCall(stack, tenant, path, member ? { member } : {});
const put = (tenant: string, path: string, body: object, member?: "office" | "viewer") =>
  settingsCall(stack, tenant, path, { body, ...(member ? { member } : {}) });
let tenant: string;
beforeAll(async () => {
  ({ tenant } = await enrolBackingUp(stack));
});

describe("who may", () => {
  test("company settings are for its administrators alone, and for all to read (R32, R47)", async () => {
    for (const member of ["office", "viewer"] as const) {
      expect((await put(tenant, "", { enabled: true, bucket: null }, member)).status).toBe(403);
      expect((await get(tenant, "", member)).status).toBe(200);
      expect((await get(tenant, "/offices/o2", member)).status).toBe(200);
    }
    const options = { method: "PUT", body: { enabled: true, bucket: null } } as const;
    expect((await call(stack, tenant, operator, "/backup/settings", options)).status).toBe(403);
    expect((await call(stack, tenant, "x@else.example", "/backup/settings", options)).status).toBe(404);
  });

  test("an office administrator edits what is of the own office, and the bucket unless restricted (R32, R47)", async () => {
    const own = await enrolBackingUp(stack);
    const name = await newCustomerBucket(stack);
    expect((await put(own.tenant, "/offices/o1", { bucket: name }, "office")).status).toBe(200);
    expect((await put(own.tenant, "/call-centers/c1", { enabled: true, bucket: null }, "office")).status).toBe(200);
    for (const [path, body] of [
      ["/offices/o2", { bucket: null }],
      ["/call-centers/c2", { enabled: true, bucket: null }],
    ] as const) {
      expect((await put(own.tenant, path, body, "office")).status).toBe(403);
    }
    expect((await bucketCall(stack, own.tenant, own.bucket, "challenge", {}, "office")).status).toBe(403);
    const challenged = await bucketCall(stack, own.tenant, name, "challenge", {}, "office");
    const code = await codeIn(stack, challenged.body.challenge.object);
    expect((await bucketCall(stack, own.tenant, name, "prove", { code }, "office")).status).toBe(200);
    expect((await get(own.tenant, "/call-centers/c1")).body.effective).toEqual({
      bucket: name,
      from: { type: "office", id: "o1" },
    });

    await put(own.tenant, "", { enabled: true, bucket: own.bucket, restrict: true });
    const another = await newCustomerBucket(stack);
    expect(await put(own.tenant, "/call-centers/c1", { enabled: true, bucket: another }, "office")).toMatchObject({
      status: 412,
      body: { fields: [{ field: "body.bucket", problem: expect.stringMatching(/give null/) }] },
    });
    const restricted = await put(own.tenant, "/call-centers/c1", { enabled: true, bucket: null }, "office");
    expect(restricted.body).toMatchObject({
      restricted: true,
      effective: { bucket: own.bucket, from: { type: "company" } },
    });
  });

  test("each level and bucket says whether the caller may change or prove it (R32, R47)", async () => {
    const own = await enrolBackingUp(stack);
    const name = await newCustomerBucket(stack);
    await put(own.tenant, "/call-centers/c1", { enabled: true, bucket: name });
    const seenBy = async (member: "company" | "office" | "viewer") => {
      const { body } = await settingsCall(stack, own.tenant, "", { member });
      const levels: { level: { type: string; id?: string }; editable: boolean }[] = [body, ...body.levels.items];
      return {
        editable: levels.filter(({ editable }) => editable).map(({ level: { type, id } }) => id ?? type),
        provable: body.buckets.flatMap((each: { name: string; provable: boolean }) => (each.provable ? each.name : [])),
      };
    };
    expect(await seenBy("company")).toEqual({
      editable: expect.arrayContaining(["company", "o1", "o2", "c1", "c2", "t1"]),
      provable: expect.arrayContaining([own.bucket, name]),
    });
    const office = await seenBy("office");
    expect({ ...office, editable: office.editable.toSorted() }).toEqual({
      editable: ["c1", "o1", "t1"],
      provable: [name],
    });
    expect(await seenBy("viewer")).toEqual({ editable: [], provable: [] });
    const centre = await settingsCall(stack, own.tenant, "/call-centers/c1", { member: "office" });
    expect(centre.body).toMatchObject({ editable: true });
    expect(centre.body.buckets).toContainEqual(expect.objectContaining({ name, provable: true }));
    expect(centre.body.buckets).toContainEqual(expect.objectContaining({ name: own.bucket, provable: false }));
  });

  test.each([
    ["/offices/nowhere", { bucket: null }, /office nowhere/],
    ["/call-centers/nowhere", { enabled: true, bucket: null }, /contact centre nowhere/],
    ["/coaching-teams/nowhere", { enabled: true, bucket: null }, /coaching team nowhere/],
  ])("%s is not there, and is named (R32)", async (path, body, detail) => {
    expect(await put(tenant, path, body)).toMatchObject({
      status: 404,
      body: { detail: expect.stringMatching(detail) },
    });
    expect((await get(tenant, path)).status).toBe(404);
  });

  test.each([
    ["", { enabled: true, bucket: null, restricted: true }, "body.restricted"],
    ["", { enabled: true, bucket: null, restrict: true }, "body.restrict"],
    ["", { enabled: true }, "body.bucket"],
    ["/offices/o1", { enabled: false, bucket: null }, "body.enabled"],
    ["/call-centers/c1", { enabled: true, bucket: null, restrict: true }, "body.restrict"],
  ])("%s with %j is refused, the field named (R32)", async (path, body, field) => {
    expect(await put(tenant, path, body)).toMatchObject({ status: 400, body: { fields: [{ field }] } });
  });
});
