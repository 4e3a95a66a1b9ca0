import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cidrFault, judgeRules } from "../../shared/domain/access-rules.ts";
import type { Fields } from "../../shared/domain/value.ts";
import { SecondaryModel } from "../support/mirrored-pair.ts";

const rule = (cidr: unknown, enabled?: unknown): Fields => ({
  ...(typeof cidr === "string"
    ? { cidr: { stringValue: cidr } }
    : cidr === undefined
      ? {}
      : { cidr: { integerValue: 1 } }),
  ...(enabled === undefined
    ? {}
    : { enabled: typeof enabled === "boolean" ? { booleanValue: enabled } : { stringValue: "yes" } }),
});
const setOf = (...rules: Fields[]) => rules.map((fields, index) => [`ipAccessRules/rule-${index}`, fields] as const);

describe("cidrFault", () => {
  test.each([
    "203.0.113.0/24",
    "192.0.2.7/32",
    "198.51.100.16/28",
    "0.0.0.0/0",
    "128.0.0.0/1",
    "255.255.255.255/32",
    "2001:db8:1200::/40",
    "2001:DB8::1/128",
    "::/0",
    "::1/128",
    "::ffff:192.0.2.0/120",
    "1:2:3:4:5:6:7:8/128",
    "1:2:3:4:5:6:7::/112",
  ])("takes %s (R13)", (text) => {
    expect(cidrFault(text)).toBeUndefined();
  });

  test.each([
    ["", "address"],
    ["192.0.2.7", "address"],
    ["192.0.2.7/", "address"],
    ["192.0.2.0/024", "address"],
    ["192.0.2.0/+8", "address"],
    ["192.0.2.0/-1", "address"],
    ["192.0.2.0/8/8", "address"],
    ["192.0.2/24", "address"],
    ["192.0.2.256/32", "address"],
    ["192.0.02.0/24", "address"],
    [" 192.0.2.0/24", "address"],
    ["192.0.2.0/24\n", "address"],
    ["１９２.0.2.0/24", "address"],
    ["example.jp/24", "address"],
    ["fe80::1%eth0/128", "address"],
    ["2001:db8::1::/64", "address"],
    ["1:2:3:4:5:6:7:8:9/128", "address"],
    ["192.0.2.0/33", "prefix"],
    ["2001:db8::/129", "prefix"],
    ["192.0.2.0/999", "prefix"],
    ["192.0.2.7/24", "host"],
    ["128.0.0.0/0", "host"],
    ["2001:db8::1/64", "host"],
    ["::ffff:192.0.2.1/120", "host"],
    ["8000::/0", "host"],
  ])("finds in %j that its %s is wrong (R13)", (text, fault) => {
    expect(cidrFault(text)).toBe(fault);
  });

  const networks = [
    { family: "IPv4", width: 32, address: fc.ipV4() },
    { family: "IPv6", width: 128, address: fc.ipV6() },
  ] as const;
  test.each(networks)("takes of all $family addresses of a network only its first (R13)", ({ width, address }) => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: width }), (text, prefix) => {
        const bits = bitsOf(text);
        expect(bits).toHaveLength(width);
        expect(cidrFault(`${text}/${prefix}`)).toBe(/1/.test(bits.slice(prefix)) ? "host" : undefined);
      }),
    );
  });
});

/** An address bit by bit, by way of the URL parser, which writes every IPv6 address in one form. */
function bitsOf(text: string): string {
  if (!text.includes(":"))
    return text
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const [left, right] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}

describe("judgeRules", () => {
  const good = rule("203.0.113.0/24", true);

  test("takes a set with an enabled rule, whatever is disabled beside it (R13)", () => {
    expect(judgeRules(setOf(good), 0)).toBeUndefined();
    expect(judgeRules(setOf(rule("192.0.2.7/32", false), good), 3)).toBeUndefined();
    expect(judgeRules(setOf(rule("2001:db8::/32")), 3)).toBeUndefined();
  });

  test("takes no rules where there are none on either site (R13)", () => {
    expect(judgeRules([], 0)).toBeUndefined();
  });

  test.each([
    ["primaryEmpty", "a primary that has none while the secondary has", [], 1],
    ["admitsNobody", "a set without an enabled rule", [rule("192.0.2.7/32", false), rule("::1/128", false)], 0],
    ["invalid", "one invalid rule among good ones", [good, rule("192.0.2.0/33", true), good], 2],
    ["invalid", "an invalid rule that is disabled", [good, rule("nonsense", false)], 2],
    ["invalid", "a rule without an address", [good, rule(undefined, true)], 0],
    ["invalid", "an address that is no text", [good, rule(1, true)], 0],
    ["invalid", "an enabled that is no boolean", [good, rule("192.0.2.0/24", "yes")], 0],
  ] as const)("refuses as %s %s (R13)", (reason, _what, rules, present) => {
    expect(judgeRules(setOf(...rules), present)?.reason).toBe(reason);
  });

  test("names the rules at fault, and of many the first ones (R13)", () => {
    const { rules } = judgeRules(setOf(good, ...Array.from({ length: 14 }, () => rule("x/y"))), 0) ?? {};
    expect(rules).toContain('rule-1 ("x/y"), rule-2');
    expect(rules).toMatch(/\(\+4\)$/);
  });
});

describe("changes applied as a whole", () => {
  const told = (version: number, ...ids: string[]) =>
    ids.map((id) => ({ path: `ipAccessRules/${id}`, version, fields: { cidr: { stringValue: `${id} ${version}` } } }));

  test("are none of them written when one document was edited on the secondary, and all when it may be (R13)", () => {
    const secondary = new SecondaryModel();
    const as = { whole: true, look: true };
    expect(secondary.apply(told(1, "a", "b"), as)).toStrictEqual(["applied", "applied"]);
    secondary.tamper("ipAccessRules/b", { cidr: { stringValue: "edited" } });
    const before = secondary.snapshot();
    expect(secondary.apply(told(2, "a", "b", "c"), as)).toStrictEqual(["stale", "tampered", "stale"]);
    expect(secondary.snapshot()).toStrictEqual(before);
    expect(secondary.apply(told(2, "a", "b", "c"), { ...as, overwrite: "all" })).toStrictEqual(
      Array(3).fill("applied"),
    );
  });
});
