import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { killRun } from "../support/kill-run.ts";

const traced = spawnSync("strace", ["-V"]).status === 0;
if (!traced) console.log("skipped: strace is not installed, so no kill can be placed at a system call");

describe.skipIf(!traced)("a gateway killed 25 times under load", () => {
  it("has every acknowledged reading, every transition once, and the steps of a run that was left alone", async () => {
    // Two at a time: most of a kill is waiting for the next start.
    const reports = await Promise.all([
      killRun({ kills: 13, seed: 20_261 }),
      killRun({ kills: 12, seed: 20_262 }),
    ]);
    const sum = (of: "atSyscalls" | "acknowledged" | "compared") =>
      reports.reduce((total, report) => total + report[of], 0);
    expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
    expect(sum("atSyscalls")).toBeGreaterThan(3);
    expect(sum("acknowledged")).toBeGreaterThan(200);
    expect(sum("compared")).toBeGreaterThan(50);
  });
});
