import { type EventOf, readEvent } from "../../shared/domain/events.ts";
import type { CallsRequest, CallsResult } from "./calls.ts";
import type { HistoriesRequest, HistoriesResult } from "./histories.ts";
import type { FaultScope, RecordingFault } from "./recording-faults.ts";
import type { ReloadBehaviour } from "./reloads.ts";
import type { SoftphonesRequest, SoftphonesView } from "./softphones.ts";

/** What tests and demos have the telephony do. All methods throw when it is not there. */
export type Telephony = {
  /** The reloads of a tenant that it has received, oldest first. */
  reloads(tenant: string): Promise<EventOf<"reload">[]>;
  /** How it takes reloads from now on. */
  onReload(behaviour: ReloadBehaviour): Promise<void>;
  /** Switches on a tenant's softphones, and all others of it off. */
  switchOn(request: SoftphonesRequest): Promise<void>;
  softphones(tenant: string): Promise<SoftphonesView>;
  /** Places calls to a tenant, publishes that they have ended, and says who answered. */
  call(request: CallsRequest): Promise<CallsResult>;
  /** Writes recordings of the past into a tenant's history on a site, the oldest first. */
  recordHistory(request: HistoriesRequest): Promise<HistoriesResult>;
  /** How a recording, or all of a tenant that have no fault of their own, are served from now on. */
  recordingFault(scope: FaultScope, fault: RecordingFault): Promise<void>;
  clearRecordingFault(scope: FaultScope): Promise<void>;
  /** How often each recording of a tenant was asked for at the telephony's own server. */
  fetches(tenant: string): Promise<Record<string, number>>;
};

/** The telephony at that address. */
export function telephonyAt(url: string): Telephony {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} of the telephony answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  };
  const of = (tenant: string) => `?${new URLSearchParams({ tenant })}`;
  return {
    async reloads(tenant) {
      const received = (await ask("GET", `/reloads${of(tenant)}`)) as unknown[];
      return received.map((reload) => readEvent("reload", reload));
    },
    onReload: async (behaviour) => void (await ask("PUT", "/reloads/behaviour", behaviour)),
    switchOn: async (request) => void (await ask("PUT", "/softphones", request)),
    softphones: async (tenant) => (await ask("GET", `/softphones${of(tenant)}`)) as SoftphonesView,
    call: async (request) => (await ask("POST", "/calls", request)) as CallsResult,
    recordHistory: async (request) => (await ask("POST", "/histories", request)) as HistoriesResult,
    recordingFault: async (scope, fault) => void (await ask("PUT", "/recordings/fault", { scope, fault })),
    clearRecordingFault: async (scope) => void (await ask("DELETE", "/recordings/fault", scope)),
    fetches: async (tenant) => (await ask("GET", `/recordings/fetches${of(tenant)}`)) as Record<string, number>,
  };
}
