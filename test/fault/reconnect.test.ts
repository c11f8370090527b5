import { describe, expect, it } from "vitest";
import { reconnectRun } from "../support/reconnect-run.ts";

describe("four screens that lose their line 40 times, and a gateway that ends under them, in a flood", () => {
  it("have every transition once", async () => {
    const report = await reconnectRun({ reconnects: 40, ends: 2, screens: 4, seed: 4 });
    expect(report.faults).toEqual([]);
    expect(report.reconnects).toBe(40);
    expect(report.taken).toBeGreaterThan(500);
  });
});
