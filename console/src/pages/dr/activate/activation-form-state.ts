import { useState } from "react";
import type { Schema } from "../../../api/client.ts";
import type { Standby } from "../standby.tsx";
import { useReadiness } from "./readiness-query.ts";

export type Mode = "disaster" | "planned" | "drill";

/** Why a mode cannot be chosen now. */
export type Obstacle = "primarySilent" | "notSyncing" | "underWay";

/** What is asked for: as it was when somebody was asked to confirm it, whatever is found out meanwhile. */
export type Activation = { mode: Mode; reason: string; override: boolean };

/** What an activation is to be, and what stands in its way as far as that is known. */
export function useActivationForm(standby: Standby) {
  const readiness = useReadiness().data;
  const [chosen, setMode] = useState<Mode>();
  const [reason, setReason] = useState("");
  const [ticked, setOverride] = useState(false);
  const answers = readiness?.primaryAnswers;
  const suggested = readiness === undefined ? undefined : answers ? "drill" : "disaster";
  const wanted = chosen ?? suggested;
  const mode = wanted !== undefined && obstacleTo(wanted, standby, answers) === undefined ? wanted : undefined;
  const blockers = (readiness?.checks ?? []).filter(({ result }) => result === "blocker");
  const overriding = overrideOf(mode, standby, readiness, blockers);
  return {
    mode,
    setMode,
    reason,
    setReason,
    override: ticked && overriding.overrideOffered,
    setOverride,
    obstacle: (of: Mode) => obstacleTo(of, standby, answers),
    /** When what follows was found out. */
    checkedAt: readiness?.at,
    /** That no reason is enough. */
    final: blockers.filter(({ overridable }) => !overridable),
    ...overriding,
  };
}
export type ActivationFormState = ReturnType<typeof useActivationForm>;

function obstacleTo(mode: Mode, { state }: Standby, primaryAnswers: boolean | undefined): Obstacle | undefined {
  if (mode === "disaster") return undefined;
  if (state === "activating") return "underWay";
  if (primaryAnswers === false) return "primarySilent";
  return mode === "planned" && state !== "syncing" ? "notSyncing" : undefined;
}

type Check = Schema<"ReadinessCheck">;

/** What a reason has to override; and whether it must be offered because nothing is known. */
function overrideOf(
  mode: Mode | undefined,
  { state }: Standby,
  readiness: Schema<"Readiness"> | undefined,
  blockers: Check[],
) {
  const overridden = blockers.filter(({ overridable }) => overridable).map(({ label }) => label);
  const leavesTokyo = mode === "disaster" && readiness?.primaryAnswers === true;
  const halfOverwritten = state === "resyncing" && !blockers.some(({ name }) => name === "state");
  const needed = overridden.length > 0 || leavesTokyo || halfOverwritten;
  return { overridden, leavesTokyo, overrideNeeded: needed, overrideOffered: needed || readiness === undefined };
}
