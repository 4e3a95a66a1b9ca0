import type { Server } from "node:http";
import { locations, type Site, sites } from "../../shared/domain/sites.ts";
import { type Plan, portOf } from "../plan.ts";
import { listen } from "../site/http.ts";
import { storageListener } from "./server.ts";
import { Store } from "./store.ts";

/** What is needed to know of the local cloud. */
type Place = Pick<Plan, "storage" | "storageDirectory"> & { sites: Record<Site, Pick<Plan["sites"][Site], "buckets">> };

/**
 * Starts Cloud Storage on the plan's address, with the objects that its directory holds and both sites' buckets.
 * It speaks Google's own API to anybody, asks nobody who he is, and keeps no old generations.
 */
export async function startStorage(place: Place): Promise<{ server: Server; store: Store }> {
  const store = new Store(place.storageDirectory);
  const present = new Set(store.buckets().map(({ name }) => name));
  for (const site of sites) {
    for (const name of Object.values(place.sites[site].buckets)) {
      if (!present.has(name)) store.createBucket(name, locations[site].region, {});
    }
  }
  const server = await listen(portOf(place.storage), storageListener(store, place.storageDirectory));
  // Clients keep connections longer than Node would, and a large object may take longer to come.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  return { server, store };
}
