import type { Label } from "../catalogue.ts";
import { formatNumber } from "./numbers.ts";
import type { Plan } from "./plan.ts";
import type { Actor } from "./standby.ts";
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
    id: `toll-free-0${number.replace(/^\+81/, "")}`,
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
export type ShownItem = ChecklistItem & { progress?: SoftphoneCount };

/** The checklist as it is shown: softphones are done once all that have reported use the secondary, or by a person's word. */
export function shownChecklist(items: readonly ChecklistItem[], softphones: SoftphoneCount): ShownItem[] {
  const { moved, total } = softphones;
  return items
    .toSorted((a, b) => a.order - b.order)
    .map((item) => {
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
  /** @throws AppError `not-found` for an item that this activation's checklist does not have. */
  mark(
    tenant: string,
    activation: string,
    item: string,
    mark: Mark,
  ): Promise<{ item: ChecklistItem; changed: boolean }>;
};
