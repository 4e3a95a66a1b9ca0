import { z } from "zod";
import type { Label } from "../catalogue.ts";

/** What a number is by its digits; `osaka` is 06, `tollFree` stands for 0120, 0800 and 0570 alike. */
export type NumberType = "osaka" | "ip" | "tollFree" | "geographic" | "mobile";

/** The forms of Japanese numbers, the more particular ones first; their groups are what hyphens stand between. */
const forms: { pattern: RegExp; type: NumberType }[] = [
  { pattern: /^(0120)(\d{3})(\d{3})$/, type: "tollFree" },
  { pattern: /^(0800)(\d{3})(\d{4})$/, type: "tollFree" },
  { pattern: /^(0570)(\d{3})(\d{3})$/, type: "tollFree" },
  { pattern: /^(050)([1-9]\d{3})(\d{4})$/, type: "ip" },
  { pattern: /^(0[789]0)([1-9]\d{3})(\d{4})$/, type: "mobile" },
  { pattern: /^(06)([1-9]\d{3})(\d{4})$/, type: "osaka" },
  { pattern: /^(03)([1-9]\d{3})(\d{4})$/, type: "geographic" },
  { pattern: /^(0(?:11|44|45|52|75|78|92))([1-9]\d{2})(\d{4})$/, type: "geographic" },
  // Area codes of other lengths overlap, and a hyphen in the wrong place is worse than none.
  { pattern: /^(0[1-9]\d{8})$/, type: "geographic" },
];

const japan = "+81";
const formOf = (national: string) => forms.find(({ pattern }) => pattern.test(national));
const nationalOf = (e164: string) => `0${e164.slice(japan.length)}`;

/** The E.164 form of a Japanese number however it is written, full-width and hyphens included; undefined if it is none. */
export function toE164(written: string): string | undefined {
  const bare = written.normalize("NFKC").replace(/[\s().\-‐‑–—−ー]/gu, "");
  const national = bare.replace(/^\+810?/, "0");
  return formOf(national) && `${japan}${national.slice(1)}`;
}

/** What the number is. @throws RangeError for text that is not the E.164 form of a Japanese number. */
export function typeOfNumber(e164: string): NumberType {
  const form = e164.startsWith(japan) ? formOf(nationalOf(e164)) : undefined;
  if (!form) throw new RangeError(`not a Japanese number in E.164: ${e164}`);
  return form.type;
}

/** The number as Japanese readers write it, such as 06-6123-4567. */
export function formatNumber(e164: string): string {
  const national = nationalOf(e164);
  return (formOf(national)?.pattern.exec(national)?.slice(1) ?? [national]).join("-");
}

/** A number as callers give it, in any usual form; in the program it is E.164. */
export const writtenNumber = z
  .string()
  .max(40)
  .transform((written, context) => {
    const e164 = toE164(written);
    if (e164 !== undefined) return e164;
    context.addIssue("is not a Japanese number: give one such as +81661234567 or 06-6123-4567");
    return z.NEVER;
  });

const link = z.string().nullish();

/**
 * A document of the kind `numbers`, so much of it as Hikae needs, its references as paths below the tenant.
 * `connection` says where the line ends, `service` and `destination` what stands behind a toll-free number.
 */
const numberDocument = z.object({
  e164: writtenNumber,
  carrierSupported: z.boolean().default(false),
  service: z.enum(["intelligent", "basic"]).nullable().default(null),
  connection: z.enum(["dedicated", "customerGateway", "homeLine"]),
  destination: link,
  callCenter: link,
});

/** One of a tenant's numbers; `destination` and `callCenter` are paths below the tenant. */
export type TenantNumber = z.output<typeof numberDocument> & { path: string };

/** The number in a document, or undefined for one that cannot be understood. */
export function readNumber(path: string, data: unknown): TenantNumber | undefined {
  const parsed = numberDocument.safeParse(data);
  return parsed.success ? { ...parsed.data, path } : undefined;
}

/** Whether a number works on the secondary, and why (R22). */
export type Usability = { usable: boolean; reason: UsabilityReason; label: Label };

type Rule = { usable: boolean; when(number: TenantNumber, behind: TenantNumber | undefined): boolean; label: Label };

const tollFree = (number: TenantNumber) => typeOfNumber(number.e164) === "tollFree";
const dedicated = (number: TenantNumber | undefined, type: NumberType) =>
  number?.connection === "dedicated" && typeOfNumber(number.e164) === type;

/** Which numbers work on the secondary (R22): the first rule that holds decides. */
const rules = {
  otherCarrier: {
    usable: false,
    when: (number) => tollFree(number) && !number.carrierSupported,
    label: {
      ja: "切り替えに対応していない通信事業者の番号です",
      en: "Its carrier cannot lead it to the secondary",
    },
  },
  nothingBehind: {
    usable: false,
    when: (number, behind) => tollFree(number) && !behind,
    label: { ja: "着信先の番号が登録されていません", en: "No number stands behind it" },
  },
  leadsToOsaka: {
    usable: true,
    when: (number, behind) => tollFree(number) && dedicated(behind, "osaka"),
    label: { ja: "着信先の06番号で利用できます", en: "Works through the 06 number behind it" },
  },
  leadsToIp: {
    usable: true,
    when: (number, behind) => tollFree(number) && dedicated(behind, "ip") && number.service === "intelligent",
    label: {
      ja: "インテリジェントサービスにより、着信先の050番号で利用できます",
      en: "Works through the 050 number behind it, by the intelligent service",
    },
  },
  needsIntelligentService: {
    usable: false,
    when: (number, behind) => tollFree(number) && dedicated(behind, "ip"),
    label: {
      ja: "着信先を050番号にするにはインテリジェントサービスの契約が必要です",
      en: "A 050 number behind it needs the carrier's intelligent service; else give a 06 number",
    },
  },
  behindStays: {
    usable: false,
    when: (number) => tollFree(number),
    label: {
      ja: "着信先の番号を大阪で利用できません",
      en: "The number behind it does not work on the secondary",
    },
  },
  customerGateway: {
    usable: false,
    when: (number) => number.connection === "customerGateway",
    label: {
      ja: "お客様設置ゲートウェイの番号です。通信事業者での転送設定が必要です",
      en: "Ends at a customer's gateway: the carrier has to forward it",
    },
  },
  homeLine: {
    usable: false,
    when: (number) => number.connection === "homeLine",
    label: {
      ja: "自宅回線の番号です。通信事業者での転送設定が必要です",
      en: "Ends at a home line: the carrier has to forward it",
    },
  },
  osaka: {
    usable: true,
    when: (number) => typeOfNumber(number.e164) === "osaka",
    label: { ja: "専用の06番号です", en: "A dedicated 06 number" },
  },
  ip: {
    usable: true,
    when: (number) => typeOfNumber(number.e164) === "ip",
    label: { ja: "専用の050番号です", en: "A dedicated 050 number" },
  },
  primaryOnly: {
    usable: false,
    when: () => true,
    label: { ja: "東京でのみ利用できる番号です", en: "Works on the primary only" },
  },
} as const satisfies Record<string, Rule>;
export type UsabilityReason = keyof typeof rules;

/** Whether the number works on the secondary, given what stands, or would stand, behind it if it is toll-free (R22). */
export function usableOnSecondary(number: TenantNumber, behind?: TenantNumber): Usability {
  const found = (Object.entries(rules) as [UsabilityReason, Rule][]).find(([, { when }]) => when(number, behind));
  const [reason, { usable, label }] = found ?? (["primaryOnly", rules.primaryOnly] as const);
  return { usable, reason, label };
}
