import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { assumptions, type Size } from "./load-model/assumptions.ts";
import { monthOf } from "./load-model/cost.ts";
import { activateAllSeconds, drainSeconds, limits, reconcileSeconds } from "./load-model/limits.ts";
import { prices } from "./load-model/prices.ts";
import { documents, grid, printed, withFigures } from "./load-model/print.ts";
import { work } from "./load-model/work.ts";

const usage = "npm run load-model -- [--json | --write] [--language ja|en] [--documents N --tenants N]";

/** Prints what Hikae costs and how far its limits are used, for the grid of the documents or for one size; or writes it there. */
function main(args: string[]): number {
  const [flag, text] = [{ type: "boolean" }, { type: "string" }] as const;
  try {
    const options = { json: flag, write: flag, language: text, documents: text, tenants: text };
    const { values } = parseArgs({ args, options });
    if (values.write) {
      for (const { language, file } of documents) {
        const place = new URL(file, import.meta.url);
        writeFileSync(place, withFigures(readFileSync(place, "utf8"), language));
      }
      return 0;
    }
    const sizes = sizesOf(values);
    const language = values.language === "ja" ? "ja" : "en";
    process.stdout.write(values.json ? `${JSON.stringify(figuresOf(sizes), null, 2)}\n` : printed(language, sizes));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${usage}\n`);
    return 1;
  }
}

function sizesOf(asked: { documents?: string; tenants?: string }): readonly Size[] {
  if (asked.documents === undefined && asked.tenants === undefined) return grid;
  const size = { documents: Number(asked.documents), tenants: Number(asked.tenants) };
  if (!(size.documents > 0 && size.tenants > 0)) throw new Error("give both numbers, each above nought");
  return [size];
}

function figuresOf(sizes: readonly Size[]) {
  const months = sizes.map((size) => ({
    ...monthOf(size),
    limits: limits.map(({ label, source, used, remedy }) => ({ label, source, used: used(size), remedy })),
    seconds: { reconcile: reconcileSeconds(size), activateAll: activateAllSeconds(size), drain: drainSeconds(size) },
  }));
  return { prices, assumptions, work, months };
}

process.exitCode = main(process.argv.slice(2));
