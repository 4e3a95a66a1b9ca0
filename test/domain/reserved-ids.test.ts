import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { routes } from "../../shared/domain/api/routes.ts";
import { pageTokenOf } from "../../shared/domain/api/schemas.ts";

/** As long as the ids that have one length. */
const reserved = "__xxxxxxxxxxxxxxxxxx__";

const fieldsOf = (schema: z.ZodType) => (schema as { shape?: Record<string, z.ZodType> }).shape ?? {};
const takes = (schema: z.ZodType, field: string, value: string) => fieldsOf(schema)[field]?.safeParse(value).success;

describe("no route asks the database for what it reserves for itself, and would refuse for ever (R18)", () => {
  const named = routes.flatMap((route) => Object.keys(fieldsOf(route.params)).map((field) => ({ ...route, field })));
  test.each(named)("$method $path: $field", ({ params, field }) => {
    expect(takes(params, field, reserved)).toBe(false);
  });

  const paged = routes.filter(({ query }) => fieldsOf(query).pageToken);
  test.each(paged)("$method $path, after it", ({ query, operationId }) => {
    const timed = operationId === "listDeadLetters" ? [`1.${reserved}`] : [];
    for (const place of [reserved, `phones/${reserved}`, ...timed]) {
      expect(takes(query, "pageToken", pageTokenOf(place)), place).toBe(false);
    }
  });

  test("yet there are such routes, and they ask for others", () => {
    expect([named.length > 40, paged.length > 9]).toStrictEqual([true, true]);
    const lists = paged.filter(({ query }) => takes(query, "pageToken", pageTokenOf("xx__")));
    expect(lists.length).toBeGreaterThan(6);
  });
});
