import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "../../shared/domain/errors.ts";
import { type EventOf, reloadedKinds } from "../../shared/domain/events.ts";
import {
  applyAck,
  planReload,
  type Reload,
  type ReloadApp,
  type ReloadRequest,
  requestReload,
} from "../../shared/domain/reload.ts";

const time = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 10, minutes));
const schedule = (minutes: number): ReloadRequest => ({ cause: "schedule", id: time(minutes).toISOString() });
const asked = (request: ReloadRequest, minutes: number, changed: number | null = 3) => ({
  ...request,
  tenant: "acme",
  kind: "phones" as const,
  changed,
  now: time(minutes),
});
function requested(current: Reload | undefined, request: ReloadRequest, minutes: number): Reload {
  const { outcome, reload } = planReload(current, asked(request, minutes));
  expect(outcome).toBe("requested");
  return reload as Reload;
}
const acked = (reload: Reload, outcome: "reloaded" | "failed"): Reload => ({
  ...reload,
  ack: { at: reload.requestedAt, outcome },
});

describe("planReload", () => {
  const first = requested(undefined, schedule(0), 1);

  test("counts from the beginning at first, and then from the reload before (R14)", () => {
    expect(first).toStrictEqual({
      reloadId: expect.stringMatching(/^[\w-]{22}$/),
      kind: "phones",
      cause: "schedule",
      requestedAt: time(1),
      changed: 3,
    });
    expect(requested(first, schedule(60), 61)).toMatchObject({ since: time(1), requestedAt: time(61) });
  });

  test("counts again what a failed reload did not bring (R14)", () => {
    const second = requested(first, schedule(60), 61);
    expect(requested(acked(second, "failed"), schedule(120), 121).since).toStrictEqual(time(1));
    expect(requested(acked(second, "reloaded"), schedule(120), 121).since).toStrictEqual(time(61));
  });

  test("is the same reload for the same cause, told again until it is acknowledged", () => {
    const again = planReload(first, asked(schedule(0), 2, 9));
    expect(again).toStrictEqual({ outcome: "repeated", reload: first });
    expect(planReload(acked(first, "failed"), asked(schedule(0), 2)).outcome).toBe("repeated");
    expect(planReload(acked(first, "reloaded"), asked(schedule(0), 2))).toStrictEqual({ outcome: "acknowledged" });
  });

  test("is another reload for another tenant, kind, cause or id", () => {
    const ids = [
      asked(schedule(0), 1),
      { ...asked(schedule(0), 1), tenant: "other" },
      { ...asked(schedule(0), 1), kind: "accounts" as const },
      asked(schedule(1), 1),
      asked({ cause: "activation", id: schedule(0).id }, 1),
      asked({ cause: "drill", id: schedule(0).id }, 1),
    ].map((request) => planReload(undefined, request).reload?.reloadId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("does not tell again what was asked after a late firing was due", () => {
    const activation = requested(first, { cause: "activation", id: "operation" }, 30);
    expect(planReload(activation, asked(schedule(20), 40))).toStrictEqual({ outcome: "superseded" });
    expect(planReload(activation, asked(schedule(31), 40)).outcome).toBe("requested");
    expect(planReload(activation, asked({ cause: "failback", id: "operation" }, 30)).outcome).toBe("requested");
  });
});

describe("applyAck", () => {
  const current = requested(undefined, schedule(0), 1);
  const ack = (more: Partial<EventOf<"reloadAck">> = {}): EventOf<"reloadAck"> => ({
    version: 1,
    reloadId: current.reloadId,
    tenantId: "acme",
    kind: "phones",
    site: "secondary",
    outcome: "reloaded",
    at: time(2),
    ...more,
  });

  test("records what the telephony says, with its words (R14)", () => {
    const { next, outcome } = applyAck(current, ack({ outcome: "failed", detail: "busy" }));
    expect(outcome).toBe("recorded");
    expect(next).toStrictEqual({ ...current, ack: { outcome: "failed", at: time(2), detail: "busy" } });
  });

  test("leaves alone what is of another reload, or of none", () => {
    expect(applyAck(current, ack({ reloadId: "older" }))).toStrictEqual({ outcome: "otherReload" });
    expect(applyAck(undefined, ack())).toStrictEqual({ outcome: "otherReload" });
  });

  test("ends in one record, in whatever order and however often acknowledgements come (R14)", () => {
    const arrived = fc.record({
      outcome: fc.constantFrom("reloaded" as const, "failed" as const),
      at: fc.integer({ min: 2, max: 6 }).map(time),
      detail: fc.constantFrom("a", "b", "c"),
      reloadId: fc.constantFrom(current.reloadId, current.reloadId, current.reloadId, "older"),
    });
    const replayed = (acks: Partial<EventOf<"reloadAck">>[]) =>
      acks.reduce((record, one) => applyAck(record, ack(one)).next ?? record, current);
    const disordered = fc
      .array(arrived, { maxLength: 8 })
      .chain((acks) =>
        fc.tuple(fc.constant(acks), fc.shuffledSubarray([...acks, ...acks], { minLength: acks.length * 2 })),
      );
    fc.assert(
      fc.property(disordered, ([acks, shuffled]) => {
        const end = replayed(acks);
        expect(replayed(shuffled)).toStrictEqual(end);
        const own = acks.filter(({ reloadId }) => reloadId === current.reloadId);
        expect(end.ack?.outcome).toBe(
          own.length === 0 ? undefined : own.some(({ outcome }) => outcome === "reloaded") ? "reloaded" : "failed",
        );
      }),
    );
  });
});

describe("requestReload", () => {
  type Told = EventOf<"reload">;
  /** A telephony that refuses one kind, beside records in memory: what is told is decided outside of both. */
  function appRefusing(refusedKind?: string): { app: ReloadApp; told: Told[] } {
    const told: Told[] = [];
    let records: Reload[] = [];
    const app: ReloadApp = {
      reloads: {
        list: async () => records,
        async change(_tenant, kinds, decide) {
          const known = records.filter(({ kind }) => kinds.includes(kind));
          const { next, outcome } = decide(new Map(known.map((reload) => [reload.kind, reload])));
          records = [...records.filter(({ kind }) => !next.some((reload) => reload.kind === kind)), ...next];
          return outcome;
        },
        countChanged: async () => {
          throw new AppError("unavailable", "counting takes too long");
        },
      },
      async publish(_topic, event) {
        if ((event as Told).kind === refusedKind) throw new AppError("unavailable", "Pub/Sub is away");
        told.push(event as Told);
      },
    };
    return { app, told };
  }
  const activation: ReloadRequest = { cause: "activation", id: "operation" };

  test("counts nothing at an activation, whose time must not grow with the tenant's size (R18)", async () => {
    const { app, told } = appRefusing();
    const outcomes = await requestReload(app, "acme", activation, time(1));
    expect(Object.values(outcomes)).toStrictEqual(reloadedKinds.map(() => "requested"));
    expect(told.map(({ kind }) => kind)).toStrictEqual(reloadedKinds);
    expect(
      told.every(({ changed, cause, site }) => changed === null && cause === "activation" && site === "secondary"),
    ).toBe(true);
    await expect(requestReload(app, "acme", schedule(60), time(60))).rejects.toMatchObject({ code: "unavailable" });
  });

  test("tells the other kinds when one cannot be told, and the same reloads once more when asked again (R18)", async () => {
    const refusing = appRefusing("phones");
    const outcomes = await requestReload(refusing.app, "acme", activation, time(1));
    expect(outcomes).toMatchObject({ phones: "failed", accounts: "requested", musicOnHold: "requested" });
    expect(refusing.told).toHaveLength(reloadedKinds.length - 1);
    const { publish } = appRefusing().app;
    const told: Told[] = [];
    const healed: ReloadApp = {
      ...refusing.app,
      publish: async (topic, event) => {
        await publish(topic, event);
        told.push(event as Told);
      },
    };
    const again = await requestReload(healed, "acme", activation, time(2));
    expect(Object.values(again)).toStrictEqual(reloadedKinds.map(() => "repeated"));
    expect(told.filter(({ kind }) => kind !== "phones")).toStrictEqual(refusing.told);
    expect(told.find(({ kind }) => kind === "phones")?.requestedAt).toStrictEqual(time(1));
  });
});
