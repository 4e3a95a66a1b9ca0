import type { TemplateName } from "../../shared/domain/mail-templates.ts";
import { type Site, sites } from "../../shared/domain/sites.ts";
import { type Cloud, outboxOf } from "./cloud.ts";
import { type Content, contentOfCounts, countUp, differences, type TenantModel, type World } from "./world.ts";

/** Digests come when time has passed, which the model does not know: every other mail is expected, or must not come. */
const digests: readonly string[] = ["recordingBackupsFailed", "recordingBackupsWork"] satisfies TemplateName[];

/** Notes the letters that are in the hands of senders which die now: those may come again, once. */
export async function noteHeldLetters(cloud: Cloud, world: World, site: Site): Promise<void> {
  for (const { id } of world.tenants) {
    for (const letter of await outboxOf(cloud, site, id)) {
      if (letter.get("state") === "sending") countUp(world.heldLetters, letter.id);
    }
  }
}

/** From now on that something was taken is not told to whoever sends to this address, or to anybody. */
export function beginMailCut({ mailCuts }: World, to: string | undefined): void {
  mailCuts.push({ from: Date.now(), ...(to === undefined ? {} : { to }) });
}

/** The faults of that address have ended; all of them, when `all` is given. */
export function endMailCuts({ mailCuts }: World, which: "all" | { to: string | undefined }): void {
  for (const cut of mailCuts) if (which === "all" || cut.to === which.to) cut.until ??= Date.now();
}

/** Every letter that was written was received, as often as it was sent: once, unless its sender was cut off. */
export async function mailsOnce(cloud: Cloud, { id }: TenantModel, world: World) {
  const received = new Map<string, number[]>();
  for (const { messageId, to, receivedAt } of await cloud.stack.mails({ tenant: id })) {
    const key = `${/<([^@]*)@/.exec(messageId)?.[1]} ${to.join(",")}`;
    received.set(key, [...(received.get(key) ?? []), Date.parse(receivedAt)]);
  }
  const twice = tooOften(world, received);
  if (twice.length > 0) return { expected: "each letter once, but for those whose sender was cut off", found: twice };
  const records = (await Promise.all(sites.map((site) => outboxOf(cloud, site, id)))).flat();
  const letters = records.filter((record) => record.get("type") === "letter");
  const state = (record: (typeof letters)[number]) => record.get("state") as string;
  const told: Content = new Map(letters.map((each) => [`${each.id} ${each.get("recipient.address")}`, state(each)]));
  return differences(told, new Map([...received.keys()].map((key) => [key, "sent"])));
}

/** The letters, by id and address, that came again though nobody who sent them was cut off. */
export function tooOften(world: World, received: ReadonlyMap<string, readonly number[]>) {
  return [...received].filter(([key, times]) => times.length > 1 + excused(world, key, times));
}

function excused({ mailCuts, heldLetters }: World, key: string, times: readonly number[]): number {
  const [letter = "", to = ""] = key.split(" ");
  const isCut = (time: number) =>
    mailCuts.some(
      (cut) => (cut.to ?? to) === to && cut.from <= time && time <= (cut.until ?? Number.POSITIVE_INFINITY),
    );
  return times.filter(isCut).length + (heldLetters.get(letter) ?? 0);
}

/** What was done is told to the administrator, each time once, and nothing else is. */
export async function mailsExpected(cloud: Cloud, { id, mailed }: TenantModel) {
  const templates = new Map<string, string>();
  for (const { messageId, headers } of await cloud.stack.mails({ tenant: id })) {
    templates.set(messageId, headers["x-hikae-template"]?.[0] ?? "none");
  }
  const found = new Map<string, number>();
  for (const template of templates.values()) if (!digests.includes(template)) countUp(found, template);
  return differences(contentOfCounts(mailed), contentOfCounts(found));
}
