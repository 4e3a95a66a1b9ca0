import { createWire } from "../../shared/stores/wire.ts";
import { openBlackHoles } from "../black-holes.ts";
import type { StackDescription } from "../description.ts";
import { mailed } from "./schedule-scenes.ts";
import { type ApiAnswer, operator, type Scene, type Stage, statusOf, succeeded, until } from "./stage.ts";

/** A large tenant, and a small one that the demo enrols, so that their times can be compared. */
const [large, small] = ["acme", "kita"];
const administrator = "company-admin@acme.example";
const lateChange = `tenants/${large}/speedDials/late`;

/** Tokyo is lost, Osaka takes over, and everybody goes back. */
export const disasterScenes: Scene[] = [
  {
    figures: "primary_killed",
    title: { ja: "書き込みの最中に東京を失う", en: "Tokyo is lost in the middle of writing" },
    async play(stage) {
      await enrolSmall(stage);
      await stage.stack.telephony.switchOn({ tenant: large, count: 20 });
      const load = writeAlways(stage.stack.description);
      await load.going;
      await stage.stack.kill("primary", { keepDisk: true });
      const writes = await load.ended;
      stage.say(
        `${writes} 件の変更の途中で東京を SIGKILL`,
        `SIGKILL to all of Tokyo after ${writes} changes, in mid-write`,
      );
      const { primary, secondary } = stage.stack.description.sites;
      const tokyo = await fetch(`${primary.api}/v1/health`).catch(() => undefined);
      stage.check("Tokyo does not answer", tokyo === undefined);
      const health = await fetch(`${secondary.api}/v1/health`);
      stage.check("Osaka is healthy", health.status === 200);
      for (const tenant of [large, "hinode", "sakura"]) {
        const { standby } = await statusOf(stage, tenant);
        stage.check(`Osaka tells the state of ${tenant}: ${standby.state}`, standby.state === "syncing");
      }
      return { secondary_answers: true };
    },
  },
  {
    figures: "activation",
    title: { ja: "大阪に切り替える", en: "Osaka is activated" },
    async play(stage) {
      const rtoSmall = await activate(stage, small, operator);
      const tokyo = await openBlackHoles(stage.stack.description);
      const rtoLarge = await activate(stage, large, administrator, { override: true, reason: "東京リージョンの障害" });
      const calls = tokyo.calls();
      await tokyo.close();
      stage.say(
        `切り替え ${rtoSmall} ms (小)、${rtoLarge} ms (2 万文書)。その間、東京への接続 ${calls} 件`,
        `active after ${rtoSmall} ms (small) and ${rtoLarge} ms (20,000 documents); ${calls} connections to Tokyo meanwhile`,
      );
      stage.check("nothing asked Tokyo", calls === 0);
      await mailed(stage, /切り替えが完了/);
      await softphonesMove(stage);
      const placed = await stage.stack.telephony.call({ tenant: large, count: 60 });
      stage.check(
        `${placed.answered.secondary} calls answered in Osaka, ${placed.failed} failed`,
        placed.answered.secondary === 60 && placed.failed === 0,
      );
      await showChecklist(stage);
      return { rto_ms_small: rtoSmall, rto_ms_large: rtoLarge, tokyo_calls: calls };
    },
  },
  {
    figures: "failback",
    title: { ja: "東京が戻り、切り戻す", en: "Tokyo is back, and so is everybody" },
    async play(stage) {
      await stage.databases.secondary
        .doc(`tenants/${large}/speedDials/osaka-1`)
        .set({ name: "大阪で追加", code: "9001" });
      await stage.databases.secondary
        .doc(`tenants/${large}/speedDials/osaka-2`)
        .set({ name: "上書きされる", code: "9002" });
      await stage.stack.restart("primary");
      await stage.databases.primary.doc(lateChange).set({ name: "復旧後の東京の変更" });
      await stage.stack.settled(large);
      const late = await stage.databases.secondary.doc(lateChange).get();
      stage.check("a late change of Tokyo is refused: Osaka is in charge", !late.exists);

      await notify(stage, operator, "recovery-notice", {});
      await mailed(stage, /復旧/);
      await notify(stage, administrator, "resume-request", { softphonesReturned: true });
      const differing = await stage.witness.differing(large);
      await showDiff(stage);
      const started = performance.now();
      const asked = await stage.call("secondary", operator, {
        method: "POST",
        path: `/v1/tenants/${large}/dr/failback`,
        body: { confirm: large, promote: ["speedDials/osaka-1"] },
      });
      const { result } = await succeeded(stage, asked, 180);
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      await stage.stack.settled(large, 60_000);
      const promoted = await stage.databases.primary.doc(`tenants/${large}/speedDials/osaka-1`).get();
      stage.check("the chosen change is on the primary now", promoted.get("name") === "大阪で追加");
      const left = await stage.witness.differing(large);
      const { standby } = await statusOf(stage, large);
      stage.say(
        `${differing} 件の差を ${seconds} 秒で解消`,
        `${differing} differing documents of ${result.documents} brought back in ${seconds} s`,
      );
      stage.check(
        `after it ${left} documents differ, and the tenant is ${standby.state}`,
        left === 0 && standby.state === "syncing",
      );
      return { documents: result.documents, differing_before: differing, differing_after: left, seconds };
    },
  },
];

/** A tenant of a few documents, with the newest platform. */
async function enrolSmall(stage: Stage): Promise<void> {
  const { primary, secondary } = stage.databases;
  const profile = (city: string) => ({
    name: "北商会",
    platformVersion: "3.9.0",
    options: { dr: true, outboundDialler: false },
    syncEnabled: true,
    host: `${small}.${city}.example`,
  });
  for (let index = 0; index < 30; index++) {
    await primary.doc(`tenants/${small}/phones/phone-${index}`).set({ name: `電話 ${index}` });
  }
  await secondary.doc(`tenants/${small}`).set(profile("osaka"));
  await primary.doc(`tenants/${small}`).set(profile("tokyo"));
  await until(
    () => statusOf(stage, small),
    (status) => status.standby.state === "syncing",
  );
}

/** Edits without end, until Tokyo is gone; `ended` is how many it took. */
function writeAlways({ project, sites: { primary } }: StackDescription): {
  going: Promise<void>;
  ended: Promise<number>;
} {
  const wire = createWire({ projectId: project, databaseId: primary.database, emulator: primary.firestore });
  const going = Promise.withResolvers<void>();
  const ended = (async () => {
    for (let made = 0; ; made++) {
      const name = `${wire.root}tenants/${large}/speedDials/load-${made % 50}`;
      try {
        await wire.commit([{ update: { name, fields: { name: { stringValue: `負荷 ${made}` } } } }]);
      } catch {
        wire.close();
        return made;
      }
      if (made === 20) going.resolve();
    }
  })();
  return { going: going.promise, ended };
}

/** Milliseconds from the request until the endpoint, which softphones read, says Osaka. */
async function activate(stage: Stage, tenant: string, email: string, more: object = {}): Promise<number> {
  const started = performance.now();
  const asked = await stage.call("secondary", email, {
    method: "POST",
    path: `/v1/tenants/${tenant}/dr/activate`,
    body: { confirm: tenant, mode: "disaster", ...more },
  });
  const { api } = stage.stack.description.sites.secondary;
  await until(
    async () => (await fetch(`${api}/v1/tenants/${tenant}/endpoint`)).json() as Promise<ApiAnswer>,
    ({ site }) => site === "secondary",
  );
  const milliseconds = Math.round(performance.now() - started);
  const { result } = await succeeded(stage, asked);
  for (const step of result.steps) stage.say(`  ${step.name}`, `  ${step.detail}`);
  return milliseconds;
}

async function softphonesMove(stage: Stage): Promise<void> {
  const use = await until(
    () => stage.call("secondary", operator, { path: `/v1/tenants/${large}/dr/softphones` }),
    ({ secondary }) => secondary >= 20,
  );
  stage.check(`${use.secondary} softphones have moved to Osaka`, use.secondary >= 20);
}

async function showChecklist(stage: Stage): Promise<void> {
  const { items } = await stage.call("secondary", administrator, { path: `/v1/tenants/${large}/dr/checklist` });
  for (const item of items.slice(0, 6)) {
    const mark = item.state === "done" ? "済" : "未";
    const count = item.progress ? ` (${item.progress.moved}/${item.progress.total})` : "";
    stage.say(`  [${mark}] ${item.label.ja}${count}`, `  [${item.state}] ${item.label.en}${count}`);
  }
  const done = await stage.call("secondary", administrator, {
    method: "POST",
    path: `/v1/tenants/${large}/dr/checklist/test-incoming`,
    body: { done: true, note: "代表番号で確認" },
    expect: 200,
  });
  stage.check("an item is ticked off, with who and when", JSON.stringify(done).includes(administrator));
}

/** The first changes that the fail back would overwrite; a page may be short where there is much to look through. */
async function showDiff(stage: Stage): Promise<void> {
  const path = `/v1/tenants/${large}/dr/failback/diff`;
  let page: ApiAnswer = {};
  do {
    const query = new URLSearchParams({
      pageSize: "4",
      ...(page.nextPageToken ? { pageToken: page.nextPageToken } : {}),
    });
    page = await stage.call("secondary", administrator, { path: `${path}?${query}` });
  } while (page.items.length === 0 && page.nextPageToken);
  for (const row of page.items) {
    const fields = row.fields.map(({ field }: ApiAnswer) => field).join(", ");
    stage.say(`  ${row.path}`, `  Tokyo: ${row.primary}, Osaka: ${row.secondary} (${fields})`);
  }
  stage.check("the diff shows what would be overwritten", page.items.length > 0);
}

async function notify(stage: Stage, email: string, what: string, body: object): Promise<void> {
  await stage.call("secondary", email, { method: "POST", path: `/v1/tenants/${large}/dr/${what}`, body, expect: 200 });
}
