import type { Label } from "../catalogue.ts";
import { formatNumber } from "./numbers.ts";
import type { Plan } from "./plan.ts";
import type { Actor, AuditEntry } from "./standby.ts";
import { hikae } from "./transitions.ts";

/** How an item was done: by Hikae itself, or by a person who said so. */
export type Completion = { how: "automatic" | "person"; by: Actor; at?: Date; note?: string };

/** One thing to be done after an activation, the document `standbys/{tenant}/checklist/{id}`. */
export type ChecklistItem = {
  id: string;
  /** Where it stands in the list. */
  order: number;
  label: Label;
  state: "open" | "done";
  done?: Completion;
};

/** The one item that is counted instead of said. */
export const softphonesItem = "softphones";
/** How many softphones use the secondary, of those that have reported. */
export type SoftphoneCount = { moved: number; total: number };

/** What decides which items a checklist has, and which of them the activation has done. */
export type ChecklistFacts = {
  plan?: Plan;
  /** Whether that part of the plan is applied, whole. */
  applied: { defaultCallerNumber: boolean; phones: boolean };
  /** Whether numbers sit on customer gateways or home lines. */
  forwarding: boolean;
  openCti: boolean;
};

const tollFreePrefix = "toll-free-";

/** How each item is done, and why it has to be; by its id, the toll-free numbers' by what their ids begin with. */
const hows: Record<string, Label> = {
  "default-caller-number": {
    ja: "大阪の管理画面で、既定の発信者番号に大阪で使える番号（06・050）を設定します。東京の番号では大阪から発信できません。",
    en: "On the secondary's own console, set the default caller number to one that works there (06 or 050): calls cannot go out with a number of the primary.",
  },
  [softphonesItem]: {
    ja: "利用者にソフトフォンの再起動を案内します。起動時に大阪の接続先を読み込みます。全台の移動を確認すると自動で完了します。",
    en: "Ask users to restart their softphones: on starting they learn that the secondary is in charge. Done by itself once all have moved.",
  },
  "phone-caller-numbers": {
    ja: "切り替え計画にない電話機の発信者番号を、大阪の管理画面で大阪で使える番号に変更します。",
    en: "On the secondary's own console, give every phone that the plan leaves out a caller number that works there.",
  },
  [tollFreePrefix]: {
    ja: "通信事業者の管理画面または窓口で、着信先の番号を変更します。変更するまで、この番号への着信は大阪に届きません。",
    en: "On the carrier's site or by its desk, change the number it leads to: until then calls to it do not reach the secondary.",
  },
  "carrier-forwarding": {
    ja: "通信事業者に、これらの番号から大阪の番号への転送を依頼します。回線は東京側の設備につながっています。",
    en: "Ask the carrier to forward these numbers to one of the secondary: their lines end at equipment that stays with the primary.",
  },
  "open-cti": {
    ja: "CRMのOpen CTI設定で、接続先サーバーを大阪のホスト名に変更します。変更するまでCRMから発着信を操作できません。",
    en: "In the CRM's Open CTI settings, set the server to the secondary's host: until then the CRM controls no calls.",
  },
  "test-incoming": {
    ja: "携帯電話などから代表番号に電話をかけ、大阪のオペレーターが応答できることを確認します。",
    en: "Call the main number from a mobile phone and have somebody on the secondary answer it.",
  },
  "test-outgoing": {
    ja: "大阪に切り替えたソフトフォンまたは電話機から、外線に発信できることを確認します。",
    en: "Call an outside number from a softphone or a phone on the secondary.",
  },
  "test-caller-number": {
    ja: "発信確認の際に、相手の電話に計画どおりの番号が表示されることを確認します。",
    en: "In that call, see that the number shown to those called is the one of the plan.",
  },
};

/** How the item is done, and why; undefined for one of a release that is not known here. */
export function howTo(id: string): Label | undefined {
  return hows[id.startsWith(tollFreePrefix) ? tollFreePrefix : id];
}

type Row = { id: string; label: Label; needed: boolean; done?: boolean };

const always = { needed: true };

/**
 * The checklist of an activation (R21), in order: what the activation has done is done, everything else open. Items
 * that do not concern the tenant are left out.
 */
export function openChecklist(facts: ChecklistFacts, now: Date): ChecklistItem[] {
  const { plan, applied, forwarding, openCti } = facts;
  const rows: Row[] = [
    {
      id: "default-caller-number",
      label: { ja: "既定の発信者番号を大阪用に変更する", en: "Set the default caller number of the secondary" },
      ...always,
      done: applied.defaultCallerNumber && plan?.defaultCallerNumber != null,
    },
    {
      id: softphonesItem,
      label: { ja: "ソフトフォンを大阪に切り替える", en: "Move the softphones to the secondary" },
      ...always,
    },
    {
      id: "phone-caller-numbers",
      label: { ja: "電話機の発信者番号を大阪用に変更する", en: "Set the phones' caller numbers" },
      ...always,
      done: applied.phones && Object.keys(plan?.phones ?? {}).length > 0,
    },
    ...Object.entries(plan?.tollFree ?? {}).map(tollFreeRow),
    {
      id: "carrier-forwarding",
      label: {
        ja: "お客様設置ゲートウェイ・自宅回線の番号の転送を通信事業者で設定する",
        en: "Have the carrier forward the numbers on customer gateways and home lines",
      },
      needed: forwarding,
    },
    {
      id: "open-cti",
      label: { ja: "Open CTIの接続先サーバーを大阪に変更する", en: "Set the Open CTI server to the secondary's" },
      needed: openCti,
    },
    { id: "test-incoming", label: { ja: "着信を確認する", en: "Test an incoming call" }, ...always },
    { id: "test-outgoing", label: { ja: "発信を確認する", en: "Test an outgoing call" }, ...always },
    {
      id: "test-caller-number",
      label: { ja: "相手に表示される発信者番号を確認する", en: "Test which caller number is shown" },
      ...always,
    },
  ];
  const automatic: Completion = { how: "automatic", by: hikae, at: now };
  return rows
    .filter(({ needed }) => needed)
    .map(({ id, label, done }, order) => ({
      ...{ id, order, label },
      ...(done ? { state: "done", done: automatic } : { state: "open" }),
    }));
}

function tollFreeRow([number, destination]: [string, string]): Row {
  const [from, to] = [formatNumber(number), formatNumber(destination)];
  return {
    id: `${tollFreePrefix}0${number.replace(/^\+81/, "")}`,
    label: { ja: `${from}の着信先を${to}に変更する`, en: `Lead ${from} to ${to}` },
    ...always,
  };
}

/** A person's, or the activation's, word on one item. */
export type Mark = { done: boolean; how: Completion["how"]; by: Actor; at: Date; note?: string };

/**
 * The item after that word; the very same item where nothing changes. Who was first stands: done again by somebody
 * else changes nothing, by the same person only the note. To open what is open changes nothing.
 */
export function markItem(item: ChecklistItem, { done, how, by, at, note }: Mark): ChecklistItem {
  const { done: completion, ...rest } = item;
  if (!done) return item.state === "open" ? item : { ...rest, state: "open" };
  if (!completion) {
    return { ...rest, state: "done", done: { how, by, at, ...(note === undefined ? {} : { note }) } };
  }
  if (note === undefined || note === completion.note || completion.by.id !== by.id) return item;
  return { ...item, done: { ...completion, note } };
}

/** An item as it is shown, with the count where it is counted. */
export type ShownItem = ChecklistItem & { how?: Label; progress?: SoftphoneCount };

/** The checklist as it is shown: softphones are done once all that have reported use the secondary, or by a person's word. */
export function shownChecklist(items: readonly ChecklistItem[], softphones: SoftphoneCount): ShownItem[] {
  const { moved, total } = softphones;
  return items
    .toSorted((a, b) => a.order - b.order)
    .map((stored) => {
      const how = howTo(stored.id);
      const item = how ? { ...stored, how } : stored;
      if (item.id !== softphonesItem) return item;
      const allMoved = item.state === "open" && total > 0 && moved >= total;
      const counted: Pick<ChecklistItem, "state" | "done"> = allMoved
        ? { state: "done", done: { how: "automatic", by: hikae } }
        : item;
      return { ...item, ...counted, progress: softphones };
    });
}

/** How much of a checklist is left to do (R16). */
export function summaryOf(items: readonly ChecklistItem[]): { total: number; open: number } {
  return { total: items.length, open: items.filter(({ state }) => state === "open").length };
}

/** The checklists, one per tenant, on the secondary. Every method throws `unavailable` when it does not answer. */
export type Checklists = {
  /**
   * Opens the checklist of that activation in place of an earlier one's. Repeating keeps what was done meanwhile; false,
   * and nothing is written, when the tenant's activation is another by now.
   */
  open(tenant: string, activation: string, items: readonly ChecklistItem[]): Promise<boolean>;
  /** The items of that activation, in no order; empty before it is opened. */
  read(tenant: string, activation: string): Promise<ChecklistItem[]>;
  /**
   * Answers the item as it is then. The tenant's audit log tells of a change in its commit.
   * @throws AppError `not-found` for an item that this activation's checklist does not have.
   */
  mark(
    tenant: string,
    activation: string,
    item: string,
    mark: Mark,
    audit?: (item: ChecklistItem) => AuditEntry,
  ): Promise<ChecklistItem>;
};
