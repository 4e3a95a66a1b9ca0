import { startPair } from "./pair.ts";
import { startStorage } from "./m8-guidance.ts";
import { release } from "../../local/processes.ts";
import { createApp } from "../../functions/app.ts";
import { readConfig } from "../../shared/runtime/config.ts";
import { runSlice } from "../../shared/domain/run-operation.ts";
import { operationTypes } from "../../shared/domain/operation-types.ts";
import { createObjectApi } from "../../shared/stores/object-api.ts";
import { createStorageClients } from "../../shared/stores/storage-client.ts";
import { randomUUID } from "node:crypto";
import { commitAll } from "./documents.ts";
import { execFileSync } from "node:child_process";
const S = (s: string) => ({ stringValue: s }); const T = (s: number) => ({ timestampValue: { seconds: s, nanos: 0 } });
const M = (f: any) => ({ mapValue: { fields: f } });
if (process.argv[2]) {
  const app = createApp(readConfig(process.env));
  const quiet = { ...app, operationStore: { ...app.operationStore, publish: async () => undefined } };
  for (const type of process.argv[3].split(",")) {
    const at = new Date(); const oid = randomUUID();
    await app.operationStore.change(oid, () => ({ next: { id: oid, type, tenant: process.argv[2], state: "queued", open: true, input: { site: "secondary", scope: { all: true } }, progress: { done: 0 }, attempts: 0, createdBy: { type: "hikae", id: "b" }, createdAt: at, updatedAt: at } as never, outcome: undefined }));
    const t = performance.now(); let n = 0;
    let out; do { out = await runSlice(quiet, operationTypes, oid, randomUUID()); n++; } while (out === "continued");
    const op = await app.operations.read(oid);
    console.log(process.argv[2], type, out, n, Math.round(performance.now() - t), "ms", Math.round(process.resourceUsage().maxRSS / 1024), "MiB", JSON.stringify(op?.result ?? op?.error).slice(0, 300));
  }
  process.exit(0);
}
const pair = await startPair(); const storage = await startStorage(pair);
const w = pair.wires.secondary;
const from = Math.floor(Date.now() / 1000) - 700 * 86400;
const id = (i: number) => "rec-" + String(i).padStart(8, "0");
const st = createStorageClients({ projectId: pair.plan.project, endpoint: pair.plan.storage }).storage();
const api = createObjectApi({ endpoint: pair.plan.storage });
for (const N of [10000, 60000]) {
  const t = `t${N}`, b = `bucket-${N}`;
  await st.createBucket(b); await st.bucket(b).file("t").save(Buffer.alloc(1000, 1), { resumable: false });
  const name = (i: number) => `call-recordings/センター${i % 5}/2026-01-${String(1 + i % 28).padStart(2, "0")}/髙﨑 花子 - call-${i} - ${id(i)}.mp3`;
  const q = Array.from({ length: N }, (_, i) => i).values();
  const gens: string[] = []; let crc = "";
  await Promise.all(Array.from({ length: 16 }, async () => { for (const i of q) { if (i % 7 === 0) continue; const { body } = await api.call("POST", `/b/${b}/o/t/rewriteTo/b/${b}/o/${encodeURIComponent(name(i))}`); gens[i] = (body as any).resource.generation; crc = (body as any).resource.crc32c; } }));
  await commitAll(w, [{ update: { name: `${w.root}tenants/${t}/backupBuckets/${b}`, fields: { bucket: S(b), provedAt: T(from) } as never } }]);
  for (let f = 0; f < N; f += 5000) await commitAll(w, Array.from({ length: 5000 }, (_, k) => k + f).flatMap((i) => [{ update: { name: `${w.root}tenants/${t}/recordings/${id(i)}`, fields: { callId: S("c" + i), office: S("tokyo"), callCenter: S("c1"), agentName: S("髙﨑"), at: T(from + i * 900), endedAt: T(from + i * 900 + 60), bytes: { integerValue: 1000 }, bucket: S("b"), object: S("o") } as never } }, { update: { name: `${w.root}tenants/${t}/recordingBackups/${id(i)}`, fields: { state: S("stored"), callId: S("c"), office: S("tokyo"), startedAt: T(from + i * 900), destination: M({ bucket: S(b), name: S(name(i)) }), receipt: M({ bucket: S(b), name: S(name(i)), generation: S(gens[i] ?? "1"), bytes: { integerValue: 1000 }, crc32c: S(crc), storedAt: T(from + i * 900) }) } as never } }]));
  console.log("filled", N);
  console.log(execFileSync(process.execPath, ["test/bench/zz-h4-prof.ts", t, "back-up-now,back-up-now"], { env: pair.environment() }).toString());
  console.log(execFileSync(process.execPath, ["test/bench/zz-h4-prof.ts", t, "verify-backups"], { env: pair.environment() }).toString());
}
api.close(); await release(storage); await pair.stop(); process.exit(0);
