import { $api, every, type Schema } from "../api/client.ts";
import { useTenant } from "./tenant.ts";

/** The newest long job of a type of the tenant in view, live; undefined while there is none, or nothing is known of it. */
export function useLatestOperation(type: string): Schema<"Operation"> | undefined {
  const { id: tenant } = useTenant();
  const query = $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/operations",
    { params: { path: { tenant }, query: { type, pageSize: 1 } } },
    { refetchInterval: every.fewSeconds },
  );
  return query.data?.items[0];
}
