import { defineConfig } from "vitest/config";

/** Files that share one empty local cloud. */
const onStack = ["test/functions/**/*.test.ts", "test/local/{rules,stack,telephony.calls}.test.ts"];

/** Tests on a local cloud wait for real emulators and real retries. */
const cloud = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    pool: "forks",
    env: { METADATA_SERVER_DETECTION: "none" },
    // Only the projects whose files run start a local cloud.
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: [...onStack, "test/{disaster,browser,infra}/**"],
        },
      },
      {
        extends: true,
        // What can be known of a deployment without a cloud; `npm run check` runs it.
        test: { name: "infra", include: ["test/infra/**/*.test.ts"], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: "functions", include: onStack, globalSetup: "test/stack.ts", ...cloud },
      },
      {
        extends: true,
        // Each file loses sites of a local cloud of its own, so only one runs at a time.
        test: { name: "disaster", include: ["test/disaster/**/*.test.ts"], fileParallelism: false, ...cloud },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/browser/setup.ts", "test/stack.ts"],
          fileParallelism: false,
          ...cloud,
        },
      },
    ],
  },
});
