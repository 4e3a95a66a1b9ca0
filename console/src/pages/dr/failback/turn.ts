import type { Standby } from "../standby.tsx";

export type Activation = NonNullable<Standby["activation"]>;

/** The three steps of a fail back, in order (R24). */
export const stepNames = ["notice", "request", "failback"] as const;
export type StepName = (typeof stepNames)[number];

/** How far a step is; a drill needs no words before it is ended (R28). */
export type Progress = "done" | "current" | "later" | "needless";

/** How far each step of this activation's fail back is. */
export function progressOf(
  activation: Pick<Activation, "mode" | "recoveryNotice" | "resumeRequest">,
): Record<StepName, Progress> {
  const { recoveryNotice, resumeRequest } = activation;
  if (activation.mode === "drill") {
    const word = (said: unknown): Progress => (said ? "done" : "needless");
    return { notice: word(recoveryNotice), request: word(resumeRequest), failback: "current" };
  }
  const notice = recoveryNotice ? "done" : "current";
  const request = resumeRequest ? "done" : recoveryNotice ? "current" : "later";
  return { notice, request, failback: recoveryNotice && resumeRequest ? "current" : "later" };
}
