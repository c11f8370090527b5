import { defineConfig } from "vitest/config";

const project = (name: string, extra = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

/** One project a test folder; the slow ones run their files one after another, for two cores. */
export default defineConfig({
  test: {
    pool: "forks",
    // One less than there are by default: on two cores that is one.
    maxWorkers: "100%",
    globalSetup: ["test/support/build.ts"],
    // A poll ends as soon as it is true: patience costs nothing but where something is wrong.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      project("unit", { testTimeout: 240_000, hookTimeout: 60_000 }),
      project("scenario", { testTimeout: 120_000 }),
      project("integration", { testTimeout: 240_000, hookTimeout: 120_000 }),
      project("fault", { testTimeout: 600_000, hookTimeout: 120_000, fileParallelism: false }),
      project("day", { testTimeout: 120_000, hookTimeout: 1_800_000 }),
      project("browser", { testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false }),
    ],
  },
});
