import { $api } from "../../../api/client.ts";
import { useTenant } from "../../../shell/tenant.ts";

/**
 * What would go wrong if the tenant in view were activated now. It reads the whole of a tenant's data: asked once, and again
 * when somebody wants to know, not by the clock.
 */
export function useReadiness() {
  const { id } = useTenant();
  return $api.useQuery(
    "get",
    "/v1/tenants/{tenant}/dr/readiness",
    { params: { path: { tenant: id } } },
    { refetchInterval: false, refetchOnWindowFocus: false },
  );
}
