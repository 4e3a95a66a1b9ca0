import { $api } from "../api/client.ts";
import { paged, rowsOf } from "../api/paged.ts";
import type { TenantInView } from "./tenant.ts";

/** The tenants of the person signed in, page by page; asked once for the whole console. */
export function useTenants() {
  const query = $api.useInfiniteQuery("get", "/v1/tenants", { params: { query: { pageSize: 200 } } }, paged);
  const list = rowsOf<TenantInView>(query);
  return {
    query,
    list,
    isOperator: list.rows.some(({ role }) => role === "operator"),
    find: (id: string) => list.rows.find((tenant) => tenant.id === id),
  };
}
