import { z } from "zod";
import { formatNumber, type TenantNumber, typeOfNumber, usableOnSecondary } from "../numbers.ts";
import type { FoundNumber, TenantData } from "../tenant-data.ts";
import { existing } from "../transitions.ts";
import { route } from "./route.ts";
import { documentIdPlace, nothing, opaquePage, pageOf, pageQueryOf, tenantPath, usability } from "./schemas.ts";

const numberView = z
  .object({
    path: z.string(),
    number: z.string().nullable().meta({ description: "null for a document that cannot be understood" }),
    display: z.string().nullable(),
    type: z.enum(["osaka", "ip", "tollFree", "geographic", "mobile"]).nullable(),
    connection: z.enum(["dedicated", "customerGateway", "homeLine"]).nullable(),
    destination: z.string().nullable().meta({ description: "behind a toll-free number once the plan is carried out" }),
    primary: z.object({ usable: z.boolean() }),
    secondary: usability,
  })
  .meta({ id: "TenantNumber" });

export const numberRoutes = [
  route({
    operationId: "listNumbers",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/numbers",
    summary: { ja: "電話番号と、各サイトで使えるか", en: "The numbers, and whether each works on either site" },
    access: "readReadiness",
    params: tenantPath,
    query: pageQueryOf(documentIdPlace),
    body: nothing,
    response: pageOf(numberView),
    async run({ app }, { params: { tenant }, query: { pageSize, pageToken } }) {
      existing(await app.standbys.read(tenant));
      const data = app.tenantData.secondary;
      const page = await data.numbersPage(tenant, { pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
      const numbers = page.items.flatMap(({ number }) => number ?? []);
      const behind = await behindOf(data, tenant, numbers);
      return opaquePage({
        ...page,
        items: page.items.map((found) => numberViewOf(found, behind.get(found.path))),
      });
    },
  }),
];

/** What will stand behind each toll-free number of these once the plan is carried out, by the number's path. */
async function behindOf(data: TenantData, tenant: string, numbers: TenantNumber[]): Promise<Map<string, TenantNumber>> {
  const planned = (await data.plan(tenant))?.plan?.tollFree ?? {};
  const plannedFor = ({ e164 }: TenantNumber) => (Object.hasOwn(planned, e164) ? planned[e164] : undefined);
  const [byE164, byPath] = await Promise.all([
    data.findNumbers(tenant, [...new Set(numbers.flatMap((number) => plannedFor(number) ?? []))]),
    data.numbersAt(tenant, [...new Set(numbers.flatMap(({ destination }) => destination ?? []))]),
  ]);
  const behind = new Map<string, TenantNumber>();
  for (const number of numbers) {
    const destination = plannedFor(number);
    const found = destination === undefined ? byPath.get(number.destination ?? "") : byE164.get(destination);
    if (found) behind.set(number.path, found);
  }
  return behind;
}

const unreadable = {
  usable: false,
  reason: "unreadable",
  label: { ja: "登録内容を読み取れません", en: "The document cannot be understood" },
};

function numberViewOf({ path, number }: FoundNumber, behind: TenantNumber | undefined) {
  if (!number) {
    const unknown = { number: null, display: null, type: null, connection: null, destination: null };
    return { path, ...unknown, primary: { usable: true }, secondary: unreadable };
  }
  return {
    path,
    number: number.e164,
    display: formatNumber(number.e164),
    type: typeOfNumber(number.e164),
    connection: number.connection,
    destination: behind?.e164 ?? null,
    primary: { usable: true },
    secondary: usableOnSecondary(number, behind),
  };
}
