import type { Stage } from "./stage.ts";
import { type ApiAnswer, operator, runSchedule, type Scene, statusOf, until } from "./stage.ts";

const tenant = "acme";
const prompts = 40;

/** What schedules bring over, and what readiness says of the whole. */
export const scheduleScenes: Scene[] = [
  {
    figures: "guidance",
    title: { ja: "ガイダンス音声を写す", en: "Guidance files are brought over" },
    async play(stage) {
      const names = Array.from({ length: prompts }, (_, index) => `${tenant}/ガイダンス ${index + 1}.wav`);
      await Promise.all(names.map((name, index) => upload(stage, name, 4000 + index)));
      const first = await syncGuidance(stage);
      await Promise.all(names.slice(0, 3).map((name) => upload(stage, name, 5000)));
      await remove(stage, names.at(-1) ?? "");
      const second = await syncGuidance(stage);
      const unchanged = second.objects - second.copied;
      stage.say(
        `初回 ${first.copied} 件をコピー。3 件変更・1 件削除の後は ${second.copied} 件コピー、${second.deleted} 件削除、${unchanged} 件はそのまま`,
        `first ${first.copied} copied; after 3 changes and a deletion ${second.copied} copied, ${second.deleted} deleted, ${unchanged} left as they were`,
      );
      stage.check(
        "only what changed was copied",
        first.copied === prompts && second.copied === 3 && second.deleted === 1,
      );
      return { copied: first.copied + second.copied, skipped: unchanged };
    },
  },
  {
    figures: "access_rules",
    title: { ja: "IPアクセス制限を写す。誤った一式は断る", en: "Access rules are copied; a bad set is refused" },
    async play(stage) {
      const { primary, secondary } = stage.databases;
      const rules = primary.collection(`tenants/${tenant}/ipAccessRules`);
      await rules.doc("demo").set({ cidr: "203.0.113.128/25", description: "新しい拠点", order: 9, enabled: true });
      await runSchedule(stage, "sync-access-rules");
      const copy = secondary.doc(`tenants/${tenant}/ipAccessRules/demo`);
      stage.check("the new rule is on the secondary", (await copy.get()).get("cidr") === "203.0.113.128/25");
      await rules.doc("demo").update({ cidr: "203.0.113.300/25" });
      await runSchedule(stage, "sync-access-rules");
      const { accessRules } = (await statusOf(stage, tenant)).standby.syncs;
      stage.say(`拒否: ${accessRules.detail}`, `refused: ${accessRules.detail}`);
      const kept = (await copy.get()).get("cidr") === "203.0.113.128/25";
      stage.check(
        "a set with an invalid rule is refused, and the old set stays",
        accessRules.outcome === "refused" && kept,
      );
      await mailed(stage, /アクセス制限/);
      await rules.doc("demo").delete();
      await runSchedule(stage, "sync-access-rules");
      return { refused: 1 };
    },
  },
  {
    figures: "reload",
    title: { ja: "電話側が設定を読み込み直す", en: "The telephony reloads its settings" },
    async play(stage) {
      await runSchedule(stage, "reload-settings");
      const { kinds } = await until(
        () => stage.call("secondary", operator, { path: `/v1/tenants/${tenant}/dr/reloads` }),
        (answer) => answer.kinds.every((kind: ApiAnswer) => kind.last?.ack?.outcome === "reloaded"),
      );
      stage.check(`${kinds.length} kinds reloaded, each acknowledged`, kinds.length > 0);
      return { kinds: kinds.length };
    },
  },
  {
    figures: "readiness",
    title: { ja: "いま切り替えたら何が困るか", en: "What would go wrong now" },
    async play(stage) {
      const before = await readiness(stage);
      stage.say(
        `${before.summary.pass} 項目は問題なし、警告 ${before.summary.warning}、切り替えを妨げるもの ${before.summary.blocker}`,
        `${before.summary.pass} checks pass, ${before.summary.warning} warnings, ${before.summary.blocker} blockers`,
      );
      stage.check("acme is ready", before.summary.blocker === 0);
      const number = await plannedNumber(stage);
      const { docs } = await stage.databases.primary
        .collection(`tenants/${tenant}/numbers`)
        .where("e164", "==", number)
        .get();
      await docs[0]?.ref.update({ connection: "homeLine" });
      const blocked = await until(
        () => readiness(stage),
        ({ summary }) => summary.blocker > 0,
      );
      const blocker = blocked.checks.find(({ result }: ApiAnswer) => result === "blocker");
      stage.say(`${blocker.why.ja}。${blocker.remedy.ja}`, `${blocker.why.en}. ${blocker.remedy.en}`);
      const refused = await stage.call("secondary", "company-admin@acme.example", {
        method: "POST",
        path: `/v1/tenants/${tenant}/dr/activate`,
        body: { confirm: tenant, mode: "drill" },
        expect: 412,
      });
      stage.check("an activation is refused for it, and says so", JSON.stringify(refused).includes(blocker.name));
      await docs[0]?.ref.update({ connection: "dedicated" });
      await until(
        () => readiness(stage),
        ({ summary }) => summary.blocker === 0,
      );
      stage.check("mended: no blocker is left", true);
      return { blockers: 1, warnings: before.summary.warning };
    },
  },
];

function readiness(stage: Stage): Promise<ApiAnswer> {
  return stage.call("secondary", "company-admin@acme.example", { path: `/v1/tenants/${tenant}/dr/readiness` });
}

/** The default caller number of the switch-over plan. */
async function plannedNumber(stage: Stage): Promise<string> {
  return (await stage.call("secondary", operator, { path: `/v1/tenants/${tenant}/dr/plan` })).defaultCallerNumber;
}

async function syncGuidance(stage: Stage): Promise<ApiAnswer> {
  await runSchedule(stage, "sync-guidance");
  return (await statusOf(stage, tenant)).standby.syncs.guidance;
}

/** A mail to one of the tenant's administrators with such a subject. */
export async function mailed(stage: Stage, subject: RegExp): Promise<void> {
  const mails = await until(
    () => stage.stack.mails({ to: "company-admin@acme.example" }),
    (received) => received.some((mail) => subject.test(mail.subject)),
  );
  const mail = mails.find((received) => subject.test(received.subject));
  stage.check(`the administrator has a mail: ${mail?.subject}`, mail !== undefined);
}

async function upload(stage: Stage, name: string, bytes: number): Promise<void> {
  const { storage, sites } = stage.stack.description;
  const query = new URLSearchParams({ uploadType: "media", name });
  const url = `${storage}/upload/storage/v1/b/${sites.primary.guidanceBucket}/o?${query}`;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "audio/wav" },
    body: new Uint8Array(bytes).fill(bytes % 251),
  });
  if (!answer.ok) throw new Error(`the upload of ${name} was answered ${answer.status}`);
}

async function remove(stage: Stage, name: string): Promise<void> {
  const { storage, sites } = stage.stack.description;
  const url = `${storage}/storage/v1/b/${sites.primary.guidanceBucket}/o/${encodeURIComponent(name)}`;
  const answer = await fetch(url, { method: "DELETE" });
  if (!answer.ok) throw new Error(`the deletion of ${name} was answered ${answer.status}`);
}
