import { afterwardsScenes } from "./afterwards-scenes.ts";
import { backupScenes, verifyScene } from "./backup-scenes.ts";
import { disasterScenes } from "./disaster-scenes.ts";
import { mirrorScenes } from "./mirror-scenes.ts";
import { scheduleScenes } from "./schedule-scenes.ts";
import type { Scene } from "./stage.ts";

/** The whole story, in order: each scene begins where the one before has ended. */
export const scenes: readonly Scene[] = [
  ...mirrorScenes,
  ...backupScenes,
  ...scheduleScenes,
  verifyScene,
  ...disasterScenes,
  ...afterwardsScenes,
];
