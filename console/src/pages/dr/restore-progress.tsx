import { useLatestOperation } from "../../shell/latest-operation.ts";
import { OperationProgress } from "../../ui/operation-progress.tsx";
import type { Standby } from "./standby.tsx";

type RestoreProgressProps = {
  standby: Standby;
  /** The restore that was begun on this page: it stays after its end. */
  started: string | undefined;
};

/** How far the restore is that is to end this stop, whoever began it; why it failed, where it did. */
export function RestoreProgress({ standby: { state, stop }, started }: RestoreProgressProps) {
  const latest = useLatestOperation("resync");
  const ofThisStop = latest && stop && state !== "syncing" && latest.createdAt >= stop.at ? latest.id : undefined;
  const shown = started ?? ofThisStop;
  return shown ? <OperationProgress key={shown} id={shown} /> : null;
}
