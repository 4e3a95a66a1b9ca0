import { randomUUID } from "node:crypto";
import { createApp } from "../../functions/app.ts";
import { operationTypes } from "../../shared/domain/operation-types.ts";
import { runSlice } from "../../shared/domain/run-operation.ts";
import { readConfig } from "../../shared/runtime/config.ts";

/**
 * A program: runs an operation to its end, slice after slice, in the environment of a function. It says "begun" when the
 * first slice begins, and the last slice's outcome at its end. Its clock goes so many milliseconds fast, so that the
 * lease of a slice that died just now has ended for it.
 */
async function main(operation: string, fastMilliseconds: number): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: a program of its own, started with a function's environment
  const app = createApp(readConfig(process.env), () => new Date(Date.now() + fastMilliseconds));
  const quiet = { ...app, operationStore: { ...app.operationStore, publish: async () => undefined } };
  process.stdout.write("begun\n");
  let outcome: string;
  do outcome = await runSlice(quiet, operationTypes, operation, randomUUID());
  while (outcome === "continued");
  process.stdout.write(`${outcome}\n`);
  process.exit(0);
}

const [operation = "", fastMilliseconds = "0"] = process.argv.slice(2);
await main(operation, Number(fastMilliseconds));
