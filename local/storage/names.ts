/** The order of names in every listing: that of their UTF-8 bytes, which is not the order of JavaScript's strings. */
export function byUtf8(a: string, b: string): number {
  const common = Math.min(a.length, b.length);
  for (let at = 0; at < common; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Code units that sort as the bytes do: surrogates stand for code points above all others. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

const blockNames = 512;

/** Names in the order of their UTF-8 bytes; adding, removing and finding stay fast with hundreds of thousands. */
export class SortedNames {
  /** None is empty; each is sorted, and comes before the next. */
  readonly #blocks: string[][] = [];

  /** Adds a name that is not there. */
  add(name: string): void {
    const at = Math.max(0, firstIndex(this.#blocks, (block) => byUtf8(firstOf(block), name) < 0) - 1);
    const block = this.#blocks[at];
    if (block === undefined) {
      this.#blocks.push([name]);
      return;
    }
    block.splice(
      firstIndex(block, (other) => byUtf8(other, name) < 0),
      0,
      name,
    );
    if (block.length > blockNames) this.#blocks.splice(at + 1, 0, block.splice(blockNames / 2));
  }

  /** Removes a name that is there. */
  remove(name: string): void {
    const at = firstIndex(this.#blocks, (block) => byUtf8(firstOf(block), name) <= 0) - 1;
    const block = this.#blocks[at];
    if (block === undefined) return;
    const index = firstIndex(block, (other) => byUtf8(other, name) < 0);
    if (block[index] !== name) return;
    block.splice(index, 1);
    if (block.length === 0) this.#blocks.splice(at, 1);
  }

  /** The names from the first that is not `before`, which must hold for the first names only. */
  *from(before: (name: string) => boolean): Generator<string> {
    let at = Math.max(0, firstIndex(this.#blocks, (block) => before(firstOf(block))) - 1);
    let index = firstIndex(this.#blocks[at] ?? [], before);
    for (; at < this.#blocks.length; at += 1, index = 0) {
      const block = this.#blocks[at] ?? [];
      for (; index < block.length; index += 1) yield block[index] as string;
    }
  }
}

function firstOf(block: readonly string[]): string {
  return block[0] as string;
}

/** The index of the first item that is not `before`. */
function firstIndex<T>(items: readonly T[], before: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
