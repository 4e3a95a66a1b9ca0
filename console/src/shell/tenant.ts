import { createContext, useContext } from "react";
import type { Schema } from "../api/client.ts";

/** The tenant whose pages are shown, and what the person signed in may do there. */
export type TenantInView = Schema<"Tenant">;

export const TenantContext = createContext<TenantInView | undefined>(undefined);

export function useTenant(): TenantInView {
  const tenant = useContext(TenantContext);
  if (!tenant) throw new Error("a tenant's page stands below its tenant");
  return tenant;
}

/**
 * Whether the person signed in may do this to the tenant in view; the API decides in the end. On the platform's own pages,
 * which are the operators', yes.
 */
export function useMay(act: TenantInView["may"][number]): boolean {
  return useContext(TenantContext)?.may.includes(act) ?? true;
}
