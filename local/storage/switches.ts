import { locations, type Site } from "../../shared/domain/sites.ts";
import type { StorageFault, StorageFaultScope } from "./faults.ts";
import type { Loss } from "./store.ts";

/** What tests and demos do to Cloud Storage, besides what any client can. */
export type StorageSwitches = {
  /** Puts a fault on requests; replaces that of the same scope. */
  fault(fault: StorageFault): Promise<void>;
  /** Removes the fault of that very scope, or all of them. */
  clearFaults(scope?: StorageFaultScope): Promise<void>;
  /** Leaves the caller only these permissions on a bucket, such as `storage.objects.get`; all when none are given. */
  permit(bucket: string, permissions?: readonly string[]): Promise<void>;
  /** Loses all buckets of a site's location: 503 unless asked otherwise. Objects stay as they are. */
  loseLocation(site: Site, how?: Loss): Promise<void>;
  /** Brings them back with their objects. */
  restoreLocation(site: Site): Promise<void>;
  /** A key with which clients sign URLs that the service accepts. */
  signer(): Promise<{ client_email: string; private_key: string }>;
};

/** The switches of the Cloud Storage at this address. All throw when it does not answer. */
export function storageSwitchesOf(storage: string): StorageSwitches {
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${storage}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  const location = (site: Site) => `/_locations/${locations[site].region}`;
  return {
    fault: async (fault) => void (await call("PUT", "/_faults", fault)),
    clearFaults: async (scope = {}) => {
      const given = Object.entries(scope).filter((entry): entry is [string, string] => entry[1] !== undefined);
      await call("DELETE", `/_faults?${new URLSearchParams(given)}`);
    },
    permit: async (bucket, permissions) => void (await call("PUT", `/_permissions/${bucket}`, { permissions })),
    loseLocation: async (site, how = "unavailable") => void (await call("PUT", location(site), { how })),
    restoreLocation: async (site) => void (await call("DELETE", location(site))),
    signer: async () => (await call("GET", "/_signer")) as { client_email: string; private_key: string },
  };
}
