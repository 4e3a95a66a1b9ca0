import type { Label } from "../catalogue.ts";

/** How grave it is; the later the graver. */
export const results = ["pass", "warning", "blocker"] as const;
export type Result = (typeof results)[number];

/** What a check found, why, and what to do about it. */
export type Finding = { result: Result; why: Label; remedy?: Label; details?: Record<string, unknown> };

/** One check of readiness (R29). `overridable`: whether a reason is enough to go on all the same. */
export type Check<Facts> = { label: Label; overridable: boolean; find(facts: Facts): Finding };

export const pass = (ja: string, en: string, details?: Finding["details"]): Finding => ({
  result: "pass",
  why: { ja, en },
  ...(details ? { details } : {}),
});
type Fault = { why: Label; remedy: Label; details?: Record<string, unknown> | undefined };
const fault = (result: "warning" | "blocker", { why, remedy, details }: Fault): Finding => ({
  result,
  why,
  remedy,
  ...(details ? { details } : {}),
});
export const warning = (found: Fault): Finding => fault("warning", found);
export const blocker = (found: Fault): Finding => fault("blocker", found);

/** How long ago, as people say it. */
export function agoOf(then: Date, now: Date): Label {
  const minutes = Math.max(0, Math.floor((now.getTime() - then.getTime()) / 60_000));
  if (minutes < 1) return { ja: "たった今", en: "just now" };
  if (minutes < 120) return { ja: `${minutes}分前`, en: `${minutes} min ago` };
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return { ja: `${hours}時間前`, en: `${hours} h ago` };
  const days = Math.floor(hours / 24);
  return { ja: `${days}日前`, en: `${days} days ago` };
}
