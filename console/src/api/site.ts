import { createContext, useContext } from "react";
import type { paths } from "./schema.gen.d.ts";

/** Which site serves this console, where the other one is, and how to sign in. */
export type SiteConfig = paths["/v1/console"]["get"]["responses"]["200"]["content"]["application/json"];

export const SiteContext = createContext<SiteConfig | undefined>(undefined);

/** The site that serves this console. */
export function useSite(): SiteConfig {
  const site = useContext(SiteContext);
  if (!site) throw new Error("the site's configuration is read before anything is shown");
  return site;
}
