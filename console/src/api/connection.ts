import { useSyncExternalStore } from "react";

/** Whether the site answers, and when it last did. */
export type Connection = { lost: boolean; lastAnswerAt: Date };

let current: Connection = { lost: false, lastAnswerAt: new Date() };
const listeners = new Set<() => void>();

function change(next: Connection): void {
  const tell = next.lost !== current.lost;
  // A new object only where something is to be shown again: it is compared by identity.
  if (tell) current = next;
  else current.lastAnswerAt = next.lastAnswerAt;
  if (tell) for (const listener of listeners) listener();
}

/** What requests tell of the connection to the site. */
export const connection = {
  answered(): void {
    change({ lost: false, lastAnswerAt: new Date() });
  },
  failed(): void {
    change({ lost: true, lastAnswerAt: current.lastAnswerAt });
  },
};

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
