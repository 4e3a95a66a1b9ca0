import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatNumber,
  readNumber,
  type TenantNumber,
  toE164,
  typeOfNumber,
  usableOnSecondary,
  writtenNumber,
} from "../../shared/domain/numbers.ts";

const digits = (count: number) => fc.stringMatching(new RegExp(`^\\d{${count}}$`));
const after = (prefix: string, count: number) => digits(count).map((rest) => prefix + rest);
const within = (prefix: string, count: number) =>
  fc.tuple(fc.integer({ min: 1, max: 9 }), digits(count - 1)).map(([first, rest]) => `${prefix}${first}${rest}`);

const national = {
  osaka: within("06", 8),
  ip: within("050", 8),
  tollFree: fc.oneof(after("0120", 6), after("0800", 7), after("0570", 6)),
  mobile: fc.oneof(within("070", 8), within("080", 8), within("090", 8)),
  geographic: fc.oneof(within("03", 8), within("011", 7), within("0155", 6)),
};
const anyNational = fc.oneof(...Object.values(national));

const number = (e164: string, more: Partial<TenantNumber> = {}): TenantNumber => ({
  path: `numbers/${e164}`,
  e164,
  carrierSupported: true,
  service: null,
  connection: "dedicated",
  ...more,
});
const osaka = number("+81661234567");
const ip = number("+815012345678");
const tokyo = number("+81312345678");
const free = number("+81120123456", { service: "basic" });

describe("toE164", () => {
  test("reads what formatNumber writes, and any other usual form (R22)", () => {
    fc.assert(
      fc.property(anyNational, (written) => {
        const e164 = `+81${written.slice(1)}`;
        const fullWidth = written.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
        for (const form of [
          written,
          e164,
          formatNumber(e164),
          fullWidth,
          ` ${written} `,
          e164.replace("+81", "+81 (0)"),
        ])
          expect(toE164(form)).toBe(e164);
      }),
    );
  });

  test.each([
    "",
    "110",
    "0120",
    "06123",
    "+1 212 555 0100",
    "０６ー１２３４",
    "06-1234-567a",
    "0012345678",
    "+8161234",
  ])("refuses %j", (written) => {
    expect(toE164(written)).toBeUndefined();
    expect(writtenNumber.safeParse(written).success).toBe(false);
  });
});

describe("typeOfNumber", () => {
  test.each(Object.entries(national))("tells that a number is %s", (type, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (written) => {
        expect(typeOfNumber(toE164(written) as string)).toBe(type);
      }),
    );
  });

  test("refuses what is not E.164", () => {
    expect(() => typeOfNumber("0612345678")).toThrow(RangeError);
  });
});

describe("formatNumber", () => {
  test.each([
    ["+81661234567", "06-6123-4567"],
    ["+81312345678", "03-1234-5678"],
    ["+815012345678", "050-1234-5678"],
    ["+81120123456", "0120-123-456"],
    ["+818001234567", "0800-123-4567"],
    ["+81570123456", "0570-123-456"],
    ["+819012345678", "090-1234-5678"],
    ["+81112345678", "011-234-5678"],
    ["+81155123456", "0155123456"],
  ])("writes %s as %s", (e164, shown) => {
    expect(formatNumber(e164)).toBe(shown);
  });

  test("keeps every digit", () => {
    fc.assert(
      fc.property(anyNational, (written) => {
        expect(formatNumber(`+81${written.slice(1)}`).replaceAll("-", "")).toBe(written);
      }),
    );
  });
});

describe("usableOnSecondary", () => {
  test.each([
    ["a dedicated 06", osaka, undefined, "osaka", true],
    ["a dedicated 050", ip, undefined, "ip", true],
    ["03", tokyo, undefined, "primaryOnly", false],
    ["a mobile number", number("+819012345678"), undefined, "primaryOnly", false],
    ["06 on a customer's gateway", { ...osaka, connection: "customerGateway" }, undefined, "customerGateway", false],
    ["050 on a home line", { ...ip, connection: "homeLine" }, undefined, "homeLine", false],
    ["0120 of another carrier", { ...free, carrierSupported: false }, osaka, "otherCarrier", false],
    ["0120 with nothing behind", free, undefined, "nothingBehind", false],
    ["0120 before 06", free, osaka, "leadsToOsaka", true],
    ["0570 before 06", number("+81570123456"), osaka, "leadsToOsaka", true],
    ["0800 before 06", number("+818001234567"), osaka, "leadsToOsaka", true],
    ["0120 before 050", free, ip, "needsIntelligentService", false],
    ["0120 with the intelligent service before 050", { ...free, service: "intelligent" }, ip, "leadsToIp", true],
    ["0120 before 03", { ...free, service: "intelligent" }, tokyo, "behindStays", false],
    ["0120 before 06 on a home line", free, { ...osaka, connection: "homeLine" }, "behindStays", false],
    ["0120 before 0120", free, number("+81120999999"), "behindStays", false],
  ] as const)("%s (R22)", (_what, asked, behind, reason, usable) => {
    const found = usableOnSecondary(asked as TenantNumber, behind as TenantNumber | undefined);
    expect(found).toMatchObject({ reason, usable });
    expect(found.label.ja).not.toBe("");
  });

  test("works only for dedicated 06 and 050, and for the carrier's toll-free numbers before such (R22)", () => {
    const anyNumber = fc.record({
      path: fc.constant("numbers/x"),
      e164: anyNational.map((written) => `+81${written.slice(1)}`),
      carrierSupported: fc.boolean(),
      service: fc.constantFrom("intelligent", "basic", null),
      connection: fc.constantFrom("dedicated", "customerGateway", "homeLine"),
    }) as fc.Arbitrary<TenantNumber>;
    const ownLine = ({ e164, connection }: TenantNumber) =>
      connection === "dedicated" && ["osaka", "ip"].includes(typeOfNumber(e164));
    fc.assert(
      fc.property(anyNumber, fc.option(anyNumber, { nil: undefined }), (asked, behind) => {
        const { usable } = usableOnSecondary(asked, behind);
        if (typeOfNumber(asked.e164) !== "tollFree") expect(usable).toBe(ownLine(asked));
        else if (usable) {
          expect(asked.carrierSupported).toBe(true);
          expect(ownLine(behind as TenantNumber)).toBe(true);
        }
      }),
    );
  });
});

describe("readNumber", () => {
  test("takes the number in any form, and leaves the platform's own fields alone", () => {
    const data = { e164: "06-6123-4567", connection: "dedicated", destination: null, monthlyFeeYen: 500 };
    const { destination: _destination, ...rest } = readNumber("numbers/1", data) ?? {};
    expect(rest).toEqual({
      path: "numbers/1",
      e164: osaka.e164,
      carrierSupported: false,
      service: null,
      connection: "dedicated",
    });
  });

  test.each([{}, { e164: "x", connection: "dedicated" }, { e164: osaka.e164, connection: "pigeon" }, null])(
    "does not understand %j",
    (data) => {
      expect(readNumber("numbers/1", data)).toBeUndefined();
    },
  );
});
