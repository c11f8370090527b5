import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { killRun } from "../support/kill-run.ts";

const traced = spawnSync("strace", ["-V"]).status === 0;
if (!traced) console.log("skipped: strace is not installed, so no kill can be placed at a system call");

describe.skipIf(!traced)("a gateway killed 25 times under load", () => {
  it("has every acknowledged reading, every transition once, and the steps of a run that was left alone", async () => {
    const report = await killRun({ kills: 25, seed: 20_261 });
    expect(report.faults).toEqual([]);
    expect(report.atSyscalls).toBeGreaterThan(3);
    expect(report.acknowledged).toBeGreaterThan(200);
    expect(report.compared).toBeGreaterThan(50);
  });
});
