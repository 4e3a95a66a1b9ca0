import { createContext, useContext } from "react";
import type { paths } from "./schema.gen.d.ts";

/** Which site serves this console, where the other one is, and how to sign in. */
export type SiteConfig = paths["/v1/console"]["get"]["responses"]["200"]["content"]["application/json"];

/** Where a console is, as far as the file tells that was deployed with it. */
type DeployedSites = Pick<SiteConfig, "site"> & { sites: Record<SiteConfig["site"], { url: string }> };

/** What is known of both sites while this one's API does not answer; null where nothing is, as while developing. */
export async function readDeployedSites(): Promise<DeployedSites | null> {
  const response = await fetch("/sites.json");
  const isFile = response.ok && response.headers.get("content-type")?.startsWith("application/json");
  return isFile ? ((await response.json()) as DeployedSites) : null;
}

export const SiteContext = createContext<SiteConfig | undefined>(undefined);

/** The site that serves this console. */
export function useSite(): SiteConfig {
  const site = useContext(SiteContext);
  if (!site) throw new Error("the site's configuration is read before anything is shown");
  return site;
}
