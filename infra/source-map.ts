import { decode, encode, type SourceMapMappings, type SourceMapSegment } from "@jridgewell/sourcemap-codec";

type SourceMap = { sources: string[]; names: string[]; mappings: string };

/**
 * The source map without what it says of packages, whose positions then stay those of the bundle. Node takes a map apart at
 * the first error that it prints: of all packages that is more memory than a small function has.
 */
export function withoutPackages(text: string): string {
  const map = JSON.parse(text) as SourceMap;
  const kept = map.sources.flatMap((source, index) => (source.includes("node_modules/") ? [] : [index]));
  const places = new Map(kept.map((index, place) => [index, place]));
  const mappings: SourceMapMappings = decode(map.mappings).map((line) => ownSegments(line, places));
  const sources = kept.map((index) => map.sources[index]);
  return JSON.stringify({ ...map, sources, names: [], mappings: encode(mappings) });
}

/** Where a package begins behind code of our own stands one segment that says nothing: else the last one would go on. */
function ownSegments(line: readonly SourceMapSegment[], places: ReadonlyMap<number, number>): SourceMapSegment[] {
  const own: SourceMapSegment[] = [];
  let isOwn = false;
  for (const [column, source, sourceLine, sourceColumn] of line) {
    const place = source === undefined ? undefined : places.get(source);
    if (place !== undefined) own.push([column, place, sourceLine ?? 0, sourceColumn ?? 0]);
    else if (isOwn) own.push([column]);
    isOwn = place !== undefined;
  }
  return own;
}
