import { AppError } from "./errors.ts";
import type { Operations } from "./ports.ts";

/**
 * Refuses while an operation of that type is open for the tenant, paused ones too: the two would work on the same data.
 * @throws AppError `conflict` that names it; `unavailable`.
 */
export async function requireNoneOpen(
  { operations }: { operations: Pick<Operations, "list"> },
  tenant: string,
  type: "export" | "purge",
): Promise<void> {
  const { items } = await operations.list(tenant, { type, open: true }, { pageSize: 1 });
  const [found] = items;
  if (!found) return;
  const names = { export: { ja: "書き出し", en: "export" }, purge: { ja: "消去", en: "purge" } }[type];
  const label = {
    ja: `同じ履歴の${names.ja}が実行中です。完了を待つか、取り消してからやり直してください。`,
    en: `The ${names.en} of the same histories is still running: wait for it, or cancel it first.`,
  };
  throw new AppError("conflict", `the ${names.en} ${found.id} is still open: wait until it has ended, or cancel it`, {
    fields: [{ field: `operations.${found.id}`, problem: `is ${found.state}`, label }],
  });
}
