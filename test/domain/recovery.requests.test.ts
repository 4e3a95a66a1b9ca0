import { describe, expect, test } from "vitest";
import type { Operation } from "../../shared/domain/operation.ts";
import { type RecoveryApp, requestReconcile } from "../../shared/domain/recovery.ts";

const asked = { tenant: "acme", actor: { type: "user", id: "operator@hikae.example" }, key: "k" } as const;

/** A tenant that is being failed back by now, and the operation that was asked for before that, if any. */
const appWith = (known: Pick<Operation, "id"> | undefined) =>
  ({
    standbys: { read: async () => ({ tenant: "acme", state: "resyncing" }) },
    operations: { find: async () => known },
  }) as unknown as RecoveryApp;

describe("requestReconcile", () => {
  test("answers the same key with the same operation, whatever the tenant's state is by then (R8)", async () => {
    await expect(requestReconcile(appWith({ id: "known" }), asked)).resolves.toEqual({ id: "known" });
  });

  test("reconciles no tenant that is not syncing (R8)", async () => {
    await expect(requestReconcile(appWith(undefined), asked)).rejects.toMatchObject({ code: "conflict" });
  });
});
