/** One file of a tenant's guidance in Cloud Storage, with all that makes it what it is; `name` is the whole name. */
export type GuidanceObject = {
  name: string;
  /** Which content of that name it is. */
  generation: string;
  size: string;
  crc32c: string;
  contentType?: string;
  contentEncoding?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  cacheControl?: string;
  metadata?: Record<string, string>;
};

/** What is known of one side's objects in the order of names: these, and whether there are no others behind them. */
export type Listing = { objects: readonly GuidanceObject[]; complete: boolean };

/** An object of the primary, and what the secondary has under its name. */
export type Copy = { source: GuidanceObject; target?: GuidanceObject };

export type Comparison = {
  equal: number;
  copies: Copy[];
  /** Of the secondary: the primary has nothing under their names. */
  deletions: GuidanceObject[];
  /** What cannot be judged before more is known of the other side. */
  rest: { primary: GuidanceObject[]; secondary: GuidanceObject[] };
};

/**
 * What makes the secondary's objects the primary's, as far as both listings reach: pages may be compared as they come,
 * each with what the comparison before it left over, and the result is that of the whole.
 */
export function compareListings(primary: Listing, secondary: Listing): Comparison {
  const [sources, targets] = [primary.objects, secondary.objects];
  const found: Comparison = { equal: 0, copies: [], deletions: [], rest: { primary: [], secondary: [] } };
  let [left, right] = [0, 0];
  for (;;) {
    const [source, target] = [sources[left], targets[right]];
    // Behind the end of a page anything may come.
    if ((!source && !primary.complete) || (!target && !secondary.complete)) break;
    if (!source && !target) break;
    const order = !source ? 1 : !target ? -1 : compareNames(source.name, target.name);
    if (order <= 0) left++;
    if (order >= 0) right++;
    if (!source) found.deletions.push(target as GuidanceObject);
    else if (order > 0) found.deletions.push(target as GuidanceObject);
    else if (order < 0) found.copies.push({ source });
    else if (target && !isSame(source, target)) found.copies.push({ source, target });
    else found.equal++;
  }
  found.rest = { primary: sources.slice(left), secondary: targets.slice(right) };
  return found;
}

const described = ["contentType", "contentEncoding", "contentDisposition", "contentLanguage", "cacheControl"] as const;

/** The same content under the same description; generations differ from bucket to bucket. */
function isSame(a: GuidanceObject, b: GuidanceObject): boolean {
  if (a.crc32c !== b.crc32c || a.size !== b.size) return false;
  if (described.some((field) => (a[field] ?? "") !== (b[field] ?? ""))) return false;
  return a.metadata === b.metadata || sorted(a.metadata) === sorted(b.metadata);
}

function sorted(metadata: Record<string, string> = {}): string {
  return JSON.stringify(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Cloud Storage's order of names: that of their bytes in UTF-8. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (one !== other) return inUtf8(one) - inUtf8(other);
  }
  return a.length - b.length;
}

/** UTF-16's surrogates, which make up all characters above U+FFFF, come after those of U+E000 to U+FFFF in UTF-8. */
function inUtf8(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
