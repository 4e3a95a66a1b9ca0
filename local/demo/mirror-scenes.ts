import { FieldValue } from "@google-cloud/firestore";
import { operator, round, type Scene, type Stage, statusOf, succeeded, until } from "./stage.ts";

/** What the mirror does all day, and what it does when somebody edits Osaka or events are lost. */
export const mirrorScenes: Scene[] = [
  {
    figures: "mirror",
    title: { ja: "東京の変更が大阪に届く", en: "Changes in Tokyo arrive in Osaka" },
    async play(stage) {
      const edits = await steadyEdits(stage, "acme", 100);
      const { lag } = (await statusOf(stage, "acme")).standby;
      stage.say(
        `${edits} 件の変更が届きました。遅延 p50 ${round(lag.p50Milliseconds)} ms、p99 ${round(lag.p99Milliseconds)} ms`,
        `${edits} changes arrived: lag p50 ${round(lag.p50Milliseconds)} ms, p99 ${round(lag.p99Milliseconds)} ms`,
      );
      const burst = await disorderlyBurst(stage, "acme", 2000);
      const differing = await stage.witness.differing("acme");
      stage.check(`${burst} edits, doubled and shuffled on the way: ${differing} documents differ`, differing === 0);
      return {
        changes: edits + burst,
        p50_ms: round(lag.p50Milliseconds),
        p99_ms: round(lag.p99Milliseconds),
        differing,
      };
    },
  },
  {
    figures: "tamper",
    title: { ja: "大阪が直接書き換えられる", en: "Somebody edits Osaka directly" },
    async play(stage) {
      const [document] = (await stage.databases.secondary.collection("tenants/hinode/accounts").limit(1).get()).docs;
      if (!document) throw new Error("hinode has no account");
      await document.ref.update({ displayName: "改ざん" });
      const written = performance.now();
      const { standby } = await until(
        () => statusOf(stage, "hinode"),
        (status) => status.standby.state === "stopped",
      );
      const detected = performance.now() - written;
      const [edit] = standby.edits.items;
      stage.say(
        `${round(detected)} ms で検知。${edit.by.id} が ${edit.path} を変更`,
        `detected in ${round(detected)} ms: ${edit.by.id} changed ${edit.path}`,
      );
      for (const field of edit.fields)
        stage.say(`  ${field.field}`, `  ${field.before ?? "–"} → ${field.after ?? "–"}`);
      stage.check("the stop names the reason, the document and the field", namesAll(standby, document.ref.path));
      const others = await Promise.all(["acme", "sakura"].map((tenant) => statusOf(stage, tenant)));
      const stopped = others.filter((status) => status.standby.state !== "syncing").length;
      stage.check(`other tenants stopped: ${stopped}`, stopped === 0);
      await restore(stage, "hinode", "company-admin@hinode.example");
      return { detected_ms: round(detected), others_stopped: stopped };
    },
  },
  {
    figures: "reconcile",
    title: { ja: "失われたイベントを突き合わせで直す", en: "Lost events are found and repaired" },
    async play(stage) {
      await stage.stack.faults("primary", { drop: 1, tenant: "sakura" });
      const { docs } = await stage.databases.primary.collection("tenants/sakura/speedDials").limit(5).get();
      for (const document of docs.slice(1)) await document.ref.update({ changedInDemo: FieldValue.serverTimestamp() });
      await docs[0]?.ref.delete();
      await stage.stack.settled("sakura");
      await stage.stack.clearFaults("primary");
      const lost = await stage.witness.differing("sakura");
      stage.check(`${docs.length} events lost: ${lost} documents differ`, lost === docs.length);
      const asked = await stage.call("secondary", operator, {
        method: "POST",
        path: "/v1/tenants/sakura/dr/reconcile",
      });
      const { result } = await succeeded(stage, asked);
      stage.say(
        `突き合わせの結果: ${result.total.documents} 件中 ${result.total.repaired} 件を修復`,
        `reconciled: ${result.total.repaired} of ${result.total.documents} repaired, equal at ${result.at}`,
      );
      const differing = await stage.witness.differing("sakura");
      stage.check(`after it ${differing} documents differ`, result.equal && differing === 0);
      return { lost, repaired: result.total.repaired };
    },
  },
];

/** Edits a few at a time, as administrators make them. */
async function steadyEdits(stage: Stage, tenant: string, count: number): Promise<number> {
  const { docs } = await stage.databases.primary.collection(`tenants/${tenant}/accounts`).limit(count).get();
  for (let made = 0; made < docs.length; made += 5) {
    const together = docs.slice(made, made + 5);
    await Promise.all(together.map(({ ref }) => ref.update({ changedInDemo: FieldValue.serverTimestamp() })));
    await stage.stack.settled(tenant);
  }
  return docs.length;
}

/** Updates, deletions, creations and re-creations of 200 documents, whose events are doubled, delayed and shuffled. */
async function disorderlyBurst(stage: Stage, tenant: string, count: number): Promise<number> {
  await stage.stack.faults("primary", { duplicate: 0.2, delayMs: 400, shuffle: true, tenant });
  const collection = stage.databases.primary.collection(`tenants/${tenant}/speedDials`);
  const started = performance.now();
  for (let made = 0; made < count; made += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - made) }, (_, index) => {
        const step = made + index;
        const document = collection.doc(`demo-${step % 200}`);
        return step % 7 === 6 ? document.delete() : document.set({ step, name: `短縮 ${step}` });
      }),
    );
  }
  await stage.stack.settled(tenant, 60_000);
  await stage.stack.clearFaults("primary");
  const seconds = (performance.now() - started) / 1000;
  stage.say(
    `${count} 件の変更を ${seconds.toFixed(1)} 秒で反映 (重複 20 %、遅延、順不同)`,
    `${count} edits applied in ${seconds.toFixed(1)} s (20 % doubled, delayed, out of order)`,
  );
  return count;
}

function namesAll(
  standby: { stop: { reason: string; path: string }; edits: { items: { fields: unknown[] }[] } },
  path: string,
) {
  const { stop, edits } = standby;
  return stop.reason === "tamper" && path.endsWith(stop.path) && (edits.items[0]?.fields.length ?? 0) > 0;
}

/** The tenant's own administrator puts the edited documents back, and the sync goes on. */
async function restore(stage: Stage, tenant: string, administrator: string): Promise<void> {
  const asked = await stage.call("secondary", administrator, {
    method: "POST",
    path: `/v1/tenants/${tenant}/dr/restore`,
    body: { scope: "edited" },
  });
  await succeeded(stage, asked);
  const { standby } = await statusOf(stage, tenant);
  const differing = await stage.witness.differing(tenant);
  stage.check(`restored by ${administrator} and syncing again`, standby.state === "syncing" && differing === 0);
}
