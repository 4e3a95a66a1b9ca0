import { createRequire } from "node:module";
import { type HistoryStage, startHistoryStage } from "./histories.ts";
import { alternate, type Course, median, middle, type Race, type Row } from "./race.ts";

const rows = 200_000;
const warmUpRows = 1800;
const memoryLimit = 256;
/** It keeps all in memory and asks one question for each document: of the whole work it dies. */
const peerShare = 0.05;

/** Histories of one tenant written as CSV into storage, against a tool that is often used for it. */
export const csvExport: Race = {
  name: "M9",
  async run(course) {
    const stage = await startHistoryStage();
    try {
      const count = Math.round(rows * course.scale);
      const fewer = Math.round(count * peerShare);
      await stage.fill("warm", warmUpRows, 10);
      await stage.fill("fewer", fewer, 10);
      await stage.fill("bench", count, 100);
      return await measure(course, stage, count, fewer);
    } finally {
      await stage.stop();
    }
  },
};

async function measure(course: Course, stage: HistoryStage, count: number, fewer: number): Promise<Row[]> {
  const peerThere = isThere("firestore-export-import");
  if (!peerThere) course.report("M9 runs alone: npm install --no-save firestore-export-import brings its peer");
  const tenants = { us: "bench", peer: "fewer" };
  const names = peerThere ? (["us", "peer"] as const) : (["us"] as const);
  const found = await alternate<"us" | "peer", { speed: number; memory: number }>(course.runs, names, async (way) => {
    const report = await stage.run("export", way, tenants[way], ["warm"]);
    const speed = (report.rows * 1000) / report.milliseconds;
    course.report(`M9 ${way}: ${report.rows} rows, ${Math.round(speed)} rows/s, ${Math.round(report.memory)} MiB`);
    return { speed, memory: report.memory };
  });
  const memory = median(found.us.map((run) => run.memory));
  const limit: Row = {
    race: "M9",
    work: `export, memory with ${count} rows`,
    unit: "MiB",
    us: memory,
    peerName: "limit",
    peer: memoryLimit,
    ratio: memory / memoryLimit,
    target: { atMost: 1 },
  };
  if (!peerThere) return [limit];
  const [ours, theirs] = [middle(found.us, "speed"), middle(found.peer, "speed")];
  const note = `the peer has ${fewer} rows only, writes JSON, and loses 64-bit integers; its speed falls with their number`;
  const speed: Row = {
    race: "M9",
    work: `export, ${count} rows`,
    unit: "rows/s",
    us: ours,
    peerName: "firestore-export-import",
    peer: theirs,
    ratio: ours / theirs,
    target: { atLeast: 5 },
    memory: { us: memory, peer: middle(found.peer, "memory") },
    note,
  };
  return [speed, limit];
}

function isThere(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
