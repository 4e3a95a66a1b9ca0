import { useEffect } from "react";
import { Outlet, useLocation, useParams } from "react-router";
import { TamperBanner } from "../pages/dr/tamper-banner.tsx";
import { Failure } from "../ui/failure.tsx";
import { Loaded, Loading } from "../ui/loaded.tsx";
import { NotFoundPage } from "./error-pages.tsx";
import { TenantContext } from "./tenant.ts";
import { useTenants } from "./tenants.ts";

/** Surrounds a tenant's pages with the tenant; one that is not there, or not to be seen, is not found. */
export function TenantPages() {
  const { tenant = "" } = useParams();
  const { query, find } = useTenants();
  const found = find(tenant);
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const isElsewhere = !found && hasNextPage && !isFetching;
  useEffect(() => {
    if (isElsewhere) void fetchNextPage();
  }, [isElsewhere, fetchNextPage]);
  const { pathname } = useLocation();
  const aboutDr = pathname.startsWith(`/tenants/${tenant}/dr`);
  if (found) {
    return (
      <TenantContext value={found}>
        {aboutDr ? <TamperBanner /> : null}
        <Outlet key={tenant} />
      </TenantContext>
    );
  }
  if (query.hasNextPage) return <Loading />;
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <Loaded query={query}>{() => <NotFoundPage />}</Loaded>;
}
