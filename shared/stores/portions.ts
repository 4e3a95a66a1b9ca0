import { AppError } from "../domain/errors.ts";

/**
 * Acts on all items together, or on each half of them where the database calls that invalid: a commit with very many
 * indexed fields may be more than it takes at once. Answers in the order of the items.
 */
export async function inHalves<T, R>(items: T[], act: (items: T[]) => Promise<R>): Promise<R[]> {
  try {
    return [await act(items)];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "invalid" || items.length < 2) throw error;
  }
  const half = Math.ceil(items.length / 2);
  return [...(await inHalves(items.slice(0, half), act)), ...(await inHalves(items.slice(half), act))];
}
