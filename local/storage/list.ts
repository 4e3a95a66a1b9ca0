import { StorageError } from "./errors.ts";
import { byUtf8, type SortedNames } from "./names.ts";

export type ListQuery = {
  prefix: string;
  delimiter: string;
  /** The first name that may be listed. */
  startOffset: string;
  /** The first name that may not. */
  endOffset: string | undefined;
  maxResults: number;
  pageToken: string | undefined;
};

/** One page; `prefixes` stand for all names that go on after the delimiter. */
export type Listing<T> = { items: T[]; prefixes: string[]; nextPageToken?: string };

const maximumResults = 1000;

/** @throws StorageError for a parameter that is wrong, or that is not imitated here. */
export function listQueryOf(query: URLSearchParams): ListQuery {
  const unknown = ["matchGlob", "softDeleted", "filter"].find((name) => ![null, "", "false"].includes(query.get(name)));
  if (unknown !== undefined) throw new StorageError("notImplemented", `${unknown} is not imitated here`);
  const asked = query.get("maxResults");
  if (asked !== null && !/^\d{1,9}$/.test(asked))
    throw new StorageError("invalid", `Invalid value for maxResults: ${asked}`);
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    startOffset: query.get("startOffset") ?? "",
    endOffset: query.get("endOffset") || undefined,
    maxResults: Math.min(Number(asked || maximumResults) || maximumResults, maximumResults),
    pageToken: query.get("pageToken") || undefined,
  };
}

/** One page of the names, in the order of their UTF-8 bytes, without looking at names that are not in it. */
export function listNames(names: SortedNames, query: ListQuery): Listing<string> {
  const { prefix, delimiter, startOffset, endOffset, maxResults, pageToken } = query;
  const page: Listing<string> = { items: [], prefixes: [] };
  const first = byUtf8(prefix, startOffset) < 0 ? startOffset : prefix;
  let walk = names.from(pageToken === undefined ? (name) => byUtf8(name, first) < 0 : afterToken(pageToken));
  let last: Mark | undefined;
  for (let next = walk.next(); next.done !== true; next = walk.next()) {
    const name = next.value;
    if (!name.startsWith(prefix) || (endOffset !== undefined && byUtf8(name, endOffset) >= 0)) break;
    if (page.items.length + page.prefixes.length === maxResults) {
      if (last !== undefined) page.nextPageToken = tokenOf(last);
      break;
    }
    const cut = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      page.items.push(name);
      last = { name };
    } else {
      const group = name.slice(0, cut + delimiter.length);
      page.prefixes.push(group);
      last = { group };
      walk = names.from(afterGroup(group));
    }
  }
  return page;
}

/** What a page ended with. */
type Mark = { name: string } | { group: string };

function tokenOf(mark: Mark): string {
  return Buffer.from(JSON.stringify(mark)).toString("base64url");
}

/** Which names come before the page after this token. */
function afterToken(token: string): (name: string) => boolean {
  let mark: Partial<{ name: unknown; group: unknown }> | null;
  try {
    mark = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    mark = null;
  }
  if (typeof mark?.group === "string") return afterGroup(mark.group);
  if (typeof mark?.name !== "string") throw new StorageError("invalid", "Invalid page token");
  const last = mark.name;
  return (name) => byUtf8(name, last) <= 0;
}

function afterGroup(group: string): (name: string) => boolean {
  return (name) => byUtf8(name, group) < 0 || name.startsWith(group);
}
