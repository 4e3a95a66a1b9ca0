import type { ReactNode } from "react";

export type Tone = "ok" | "warning" | "danger" | "muted";

/** A short state in words, with a colour that underlines it. */
export function Status({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="status" data-tone={tone}>
      {children}
    </span>
  );
}
