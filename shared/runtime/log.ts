import type { RunReport } from "./triggers.ts";

/** One invocation as its log line tells it. */
export type LogLine = {
  severity: "INFO" | "WARNING" | "ERROR";
  function: string;
  durationMilliseconds: number;
  trace?: string;
} & Partial<RunReport>;

/**
 * Writes one structured line in the form that Cloud Logging reads. The message is constant, so that lines can be
 * counted; no payload, no secret and no source address is ever part of it.
 */
export function writeLog(line: LogLine): void {
  const { trace, ...rest } = line;
  const record = { message: "invocation", ...rest, ...(trace ? { "logging.googleapis.com/trace": trace } : {}) };
  process.stdout.write(`${JSON.stringify(record)}\n`);
}
