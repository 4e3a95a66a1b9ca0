import { z } from "zod";
import { formatNumber } from "../numbers.ts";
import { callerFault } from "../plan.ts";
import type { Page, PageRequest } from "../ports.ts";
import type { NamedPhone, TenantData } from "../tenant-data.ts";
import { existing } from "../transitions.ts";
import { route } from "./route.ts";
import { documentIdPlace, label, nothing, opaquePage, pageOf, pageQueryOf, tenantPath } from "./schemas.ts";

const phoneView = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    callerNumber: z
      .object({ number: z.string(), display: z.string() })
      .nullable()
      .meta({ description: "null for a phone that shows the default one" }),
    fault: label.optional().meta({ description: "why its caller number does not work on the secondary" }),
  })
  .meta({ id: "TenantPhone" });
type PhoneView = z.input<typeof phoneView>;

/** So many are looked at together. */
const scanned = 200;

export const phoneRoutes = [
  route({
    operationId: "listPhones",
    method: "GET",
    path: "/v1/tenants/{tenant}/dr/phones",
    summary: {
      ja: "電話機と、その発信者番号が大阪で使えるか",
      en: "The phones, and whether each one's caller number works on the secondary",
    },
    access: "readReadiness",
    params: tenantPath,
    query: pageQueryOf(documentIdPlace).extend({
      only: z.literal("toReplace").optional().meta({
        description: "those whose number does not work on the secondary, whether or not the plan has another",
      }),
    }),
    body: nothing,
    response: pageOf(phoneView),
    async run({ app }, { params: { tenant }, query: { only, pageSize, pageToken } }) {
      existing(await app.standbys.read(tenant));
      const page = { pageSize, ...(pageToken === undefined ? {} : { pageToken }) };
      return opaquePage(await phonesOf(app.tenantData.secondary, tenant, page, only !== undefined));
    },
  }),
];

/** A page of phones; where only some are wanted, as many are looked at as it takes to fill it. */
async function phonesOf(
  data: TenantData,
  tenant: string,
  { pageSize, pageToken }: PageRequest,
  onlyFaulty: boolean,
): Promise<Page<PhoneView>> {
  if (!onlyFaulty) return viewsOf(data, tenant, { pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
  const items: PhoneView[] = [];
  for (let after = pageToken; ; ) {
    const page = await viewsOf(data, tenant, {
      pageSize: scanned,
      ...(after === undefined ? {} : { pageToken: after }),
    });
    for (const phone of page.items.filter(({ fault }) => fault)) {
      const last = items.at(-1);
      if (items.length === pageSize && last) return { items, nextPageToken: last.id };
      items.push(phone);
    }
    after = page.nextPageToken;
    if (after === undefined) return { items };
  }
}

async function viewsOf(data: TenantData, tenant: string, page: PageRequest): Promise<Page<PhoneView>> {
  const found = await data.phonesPage(tenant, page);
  const paths = [...new Set(found.items.flatMap(({ callerNumber }) => callerNumber ?? []))];
  const numbers = await data.numbersAt(tenant, paths);
  const viewOf = ({ id, name, callerNumber }: NamedPhone): PhoneView => {
    if (callerNumber === null) return { id, name, callerNumber: null };
    const number = numbers.get(callerNumber);
    const fault = callerFault(number);
    const shown = number ? { number: number.e164, display: formatNumber(number.e164) } : nameOf(callerNumber);
    return { id, name, callerNumber: shown, ...(fault ? { fault } : {}) };
  };
  return { ...found, items: found.items.map(viewOf) };
}

/** A number that is gone, or cannot be understood, by its path. */
const nameOf = (path: string) => ({ number: path, display: path });
