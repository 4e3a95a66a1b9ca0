import { parseArgs } from "node:util";
import { locations, sites } from "../shared/domain/sites.ts";
import { buildConsole } from "./console-build.ts";
import { defaultPortBase } from "./ports.ts";
import { type Stack, startStack } from "./stack.ts";
import { StartError } from "./start-error.ts";

const usage = "npm start -- [--empty] [--port-base N]";

/** Brings up the local cloud from the command line and ends it at the first signal. Resolves to the exit code. */
async function main(args: string[]): Promise<number> {
  const started = performance.now();
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ended.abort());
  let stack: Stack | undefined;
  try {
    const options = readOptions(args);
    // Hosting says so while there is none; its failure must not take the API away.
    const built = options.empty ? undefined : buildConsole(ended.signal);
    stack = await startStack({ ...options, signal: ended.signal });
    say(announcement(stack, (performance.now() - started) / 1000));
    void built?.then((fault) => fault === undefined || process.stderr.write(`${fault}\n`));
    // The signals' listeners alone would not keep the process alive.
    const alive = setInterval(() => undefined, 2 ** 30);
    if (!ended.signal.aborted) await new Promise((resolve) => ended.signal.addEventListener("abort", resolve));
    clearInterval(alive);
  } catch (error) {
    if (ended.signal.aborted) return 0;
    ended.abort();
    const lines = error instanceof StartError ? error.lines : [`${error instanceof Error ? error.message : error}`];
    process.stderr.write(`${lines.join("\n")}\n`);
    return 1;
  } finally {
    await stack?.stop();
  }
  return 0;
}

function readOptions(args: string[]): { empty: boolean; portBase: number } {
  const options = { empty: { type: "boolean" }, "port-base": { type: "string" } } as const;
  let values: { empty?: boolean; "port-base"?: string };
  try {
    ({ values } = parseArgs({ args, options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message.split(". ")[0] : error}: ${usage}`);
  }
  const text = values["port-base"];
  const portBase = text === undefined ? defaultPortBase : Number(text);
  if (!Number.isInteger(portBase) || (portBase !== 0 && (portBase < 1024 || portBase > 65_000))) {
    throw new StartError(
      `--port-base は 1024〜65000 の整数です / --port-base is a whole number from 1024 to 65000: ${usage}`,
    );
  }
  return { empty: values.empty ?? false, portBase };
}

function announcement({ description, logDirectory }: Stack, seconds: number): string {
  const inLanguage = (language: "ja" | "en") =>
    sites.map((site) => {
      const { api, firestore } = description.sites[site];
      const { name } = locations[site];
      return `  ${name[language]}  ${language === "ja" ? "コンソールとAPI" : "Console and API"} ${api}  Firestore ${firestore}`;
    });
  return [
    "",
    `控え：両サイトが動いています（${seconds.toFixed(1)} 秒）`,
    ...inLanguage("ja"),
    `  ログイン（OIDC） ${description.issuer}  受信メール ${description.mail.inbox}`,
    `  ログ ${logDirectory}`,
    "  終了するには Ctrl-C を押してください。",
    "",
    `Hikae: both sites are up (${seconds.toFixed(1)} s)`,
    ...inLanguage("en"),
    `  Sign-in (OIDC) ${description.issuer}  Mails received ${description.mail.inbox}`,
    `  Logs ${logDirectory}`,
    "  Press Ctrl-C to stop.",
  ].join("\n");
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main(process.argv.slice(2));
