import type { Request } from "@google-cloud/functions-framework";
import { describe, expect, test } from "vitest";
import { callerAddress } from "../../shared/runtime/caller-address.ts";

const requestOf = (forwarded: string | undefined) => ({ get: () => forwarded }) as unknown as Request;

describe("callerAddress", () => {
  test.each([
    ["through Hosting", "198.51.100.7, 66.249.80.1", { from: "198.51.100.7", via: "66.249.80.1" }],
    ["through Hosting, forged", "203.0.113.9, 198.51.100.7, 66.249.80.1", { from: "198.51.100.7", via: "66.249.80.1" }],
    ["past Hosting", "198.51.100.7", { from: "198.51.100.7" }],
    ["past Hosting, forged", "203.0.113.9,198.51.100.7", { from: "203.0.113.9", via: "198.51.100.7" }],
    ["by IPv6", "2001:db8::7, 2001:db8::1", { from: "2001:db8::7", via: "2001:db8::1" }],
    ["with what is no address", "<script>, 198.51.100.7", { via: "198.51.100.7" }],
    ["with nothing", undefined, {}],
  ])("takes no address that the platform did not write for its own: %s (R30)", (_, forwarded, expected) => {
    expect(callerAddress(requestOf(forwarded))).toEqual(expected);
  });
});
