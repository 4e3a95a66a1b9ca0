import { describe, expect, test } from "vitest";
import {
  documentIdPlace,
  documentPathPlace,
  operationPath,
  pageQueryOf,
  recordIdPlace,
} from "../../shared/domain/api/schemas.ts";

const isTaken = (place: RegExp, ended: string) =>
  pageQueryOf(place).safeParse({ pageToken: Buffer.from(ended).toString("base64url") }).success;

describe("pageQueryOf", () => {
  test.each([
    ["1001", true],
    ["電話 1", true],
    ["..a", true],
    ["__a", true],
    [".", false],
    ["..", false],
    ["__x__", false],
    ["a/b", false],
    ["", false],
  ])("goes on after the document %j: %s (R22)", (ended, taken) => {
    expect(isTaken(documentIdPlace, ended)).toBe(taken);
  });

  test.each([
    ["ab_C-9", true],
    ["__a", true],
    ["a__", true],
    ["__", true],
    ["____", false],
    ["__x__", false],
    ["a/b", false],
    ["", false],
  ])("goes on after the record %j, and asks for it: %s (R18)", (id, taken) => {
    expect(isTaken(recordIdPlace, id)).toBe(taken);
    expect(operationPath.safeParse({ id }).success).toBe(taken);
  });

  test.each([
    ["phones/1001", true],
    ["callFlows/1/parts/電話", true],
    ["phones/..a", true],
    ["phones", false],
    ["phones/1/parts", false],
    ["phones//1", false],
    ["phones/..", false],
    ["../phones", false],
    ["phones/__x__", false],
    ["callFlows/__x__/parts/1", false],
    ["phones/", false],
  ])("goes on after the path %j: %s (R25)", (ended, taken) => {
    expect(isTaken(documentPathPlace, ended)).toBe(taken);
  });
});
