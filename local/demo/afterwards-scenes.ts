import { type ApiAnswer, operator, type Scene, statusOf, succeeded, until } from "./stage.ts";

const tenant = "acme";
const administrator = "company-admin@acme.example";

/** What is left in Osaka is exported and purged, and the next worst day is rehearsed. */
export const afterwardsScenes: Scene[] = [
  {
    figures: "purge",
    title: { ja: "大阪の履歴を書き出し、消去する", en: "Osaka's histories are exported and purged" },
    async play(stage) {
      const exported = await succeeded(
        stage,
        await stage.call("secondary", administrator, {
          method: "POST",
          path: `/v1/tenants/${tenant}/dr/export`,
          body: {},
        }),
      );
      const { files } = await stage.call("secondary", administrator, {
        path: `/v1/tenants/${tenant}/dr/exports/${exported.id}`,
      });
      const calls = files.find((file: ApiAnswer) => file.kind === "callHistory");
      const csv = await (await fetch(calls.url)).text();
      stage.say(
        `${files.length} 個のファイル。callHistory.csv は ${calls.rows} 行`,
        `${files.length} files; callHistory.csv has ${calls.rows} rows, downloaded by signed URL`,
      );
      stage.check("the CSV holds every call", csv.split("\r\n").filter(Boolean).length === calls.rows + 1);
      const preview = await stage.call("secondary", administrator, { path: `/v1/tenants/${tenant}/dr/purge` });
      const asked = await stage.call("secondary", administrator, {
        method: "POST",
        path: `/v1/tenants/${tenant}/dr/purge`,
        body: { confirm: tenant },
      });
      const { result } = await succeeded(stage, asked);
      const left = await stage.call("secondary", administrator, { path: `/v1/tenants/${tenant}/dr/purge` });
      const deleted = result.documents + result.recordings.objects;
      const remaining = left.entries + left.recordings.objects;
      stage.say(
        `履歴 ${result.documents} 件、録音 ${result.recordings.objects} 件を消去`,
        `${result.documents} history documents and ${result.recordings.objects} recordings deleted`,
      );
      stage.check(
        `${remaining} are left, of ${preview.entries + preview.recordings.objects}`,
        remaining === 0 && deleted > 0 && (await stage.witness.differing(tenant)) === 0,
      );
      return { deleted, left: remaining };
    },
  },
  {
    figures: "drill",
    title: { ja: "訓練し、報告を残す", en: "A drill, and its report" },
    async play(stage) {
      await until(
        () => stage.call("secondary", operator, { path: `/v1/tenants/${tenant}/dr/readiness` }),
        ({ summary }) => summary.blocker === 0,
      );
      const asked = await stage.call("secondary", administrator, {
        method: "POST",
        path: `/v1/tenants/${tenant}/dr/activate`,
        body: { confirm: tenant, mode: "drill" },
      });
      await succeeded(stage, asked);
      await stage.stack.settled(tenant, 60_000);
      const back = await stage.call("secondary", operator, {
        method: "POST",
        path: `/v1/tenants/${tenant}/dr/failback`,
        body: { confirm: tenant },
      });
      await succeeded(stage, back, 120);
      const report = await stage.call("secondary", administrator, {
        path: `/v1/tenants/${tenant}/dr/drills/${asked.id}`,
      });
      stage.say(
        `訓練の報告: RTO ${report.rtoMilliseconds} ms、RPO ${report.rpoSeconds} 秒、全体 ${Math.round(report.durationMilliseconds / 1000)} 秒`,
        `the report: RTO ${report.rtoMilliseconds} ms, RPO ${report.rpoSeconds} s, ${Math.round(report.durationMilliseconds / 1000)} s in all`,
      );
      const { standby } = await statusOf(stage, tenant);
      stage.check(
        "it is marked as a drill, and the tenant syncs again",
        report.mode === "drill" && standby.state === "syncing",
      );
      return { rto_ms: report.rtoMilliseconds, rpo_s: report.rpoSeconds };
    },
  },
];
