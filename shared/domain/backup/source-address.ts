import { BlockList, isIP } from "node:net";
import type { FailureClass } from "./failures.ts";

/** Where recordings may be fetched from (R37). */
export type SourceRules = {
  /** `host` or `host:port`, exactly as it must stand in the address. */
  hosts: readonly string[];
  /** On a developer's machine only: HTTP, and private addresses. */
  insecure: boolean;
  /** The platform's own buckets of recordings; in them only what lies below the tenant. */
  buckets: readonly string[];
};

export type SourceAddress = { type: "object"; bucket: string; name: string } | { type: "web"; url: URL };

/** The source's address, taken apart; undefined when nothing may be fetched from it. Nothing in it is decoded twice. */
export function sourceAddress(source: string, tenant: string, rules: SourceRules): SourceAddress | undefined {
  return source.startsWith("gs://") ? objectAddress(source, tenant, rules) : webAddress(source, rules);
}

/** An object's name stands in the address as it is: its percent signs are percent signs. */
function objectAddress(source: string, tenant: string, { buckets }: SourceRules): SourceAddress | undefined {
  const [, bucket = "", name = ""] = /^gs:\/\/([^/]+)\/(.+)$/s.exec(source) ?? [];
  const own = `${tenant}/`;
  if (tenant === "" || !buckets.includes(bucket) || !name.startsWith(own) || name === own) return undefined;
  const isPath = name.split("/").some((part) => part === "." || part === "..");
  return isPath || hasControls(name) ? undefined : { type: "object", bucket, name };
}

function webAddress(source: string, { hosts, insecure }: SourceRules): SourceAddress | undefined {
  const url = URL.parse(source);
  if (url === null || url.username !== "" || url.password !== "") return undefined;
  if (url.protocol !== "https:" && !(insecure && url.protocol === "http:")) return undefined;
  if (!hosts.some((host) => URL.parse(`${url.protocol}//${host}`)?.host === url.host)) return undefined;
  // A host that is an address is never looked up, so this is the only place where it can be refused.
  const address = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(address) !== 0 && !insecure && !isPublicAddress(address)) return undefined;
  return { type: "web", url };
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Of the IANA's registries: what no host on the Internet has. */
const notPublic = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  notPublic.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  notPublic.addSubnet(network, bits, "ipv6");
}
/** All of IPv6 that is given out; loopback, link-local, unique local, mapped and translated addresses lie outside. */
const givenOut = new BlockList();
givenOut.addSubnet("2000::", 3, "ipv6");

/** Whether an address, by its text, is a host's on the Internet: not private, not this machine's, not a tunnel to either. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic.check(address, "ipv4");
  return family === 6 && givenOut.check(address, "ipv6") && !notPublic.check(address, "ipv6");
}

/**
 * What a source's answer means when it is not the recording; undefined when it may be. A refusal by 4xx may pass, as a
 * mended source or a renewed permission would make it: only what we ourselves do not fetch is final at once.
 */
export function failureOfStatus(status: number): FailureClass | undefined {
  if (status === 200 || status === 203 || status === 206) return undefined;
  // Accepted, but not made yet; no content; not there yet.
  if (status === 202 || status === 204 || status === 404) return "notReady";
  if (status === 410) return "gone";
  if (status >= 300 && status < 400) return "sourceForbidden";
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status < 300) return "sourceUnavailable";
  return "sourceDenied";
}
