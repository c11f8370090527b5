import { describe, expect, it } from "vitest";
import { createOutlets } from "../../src/app/outlets.ts";
import { createWebPorts, type WebPortsOptions } from "../../src/app/web-ports.ts";
import { BOUNDS } from "../../src/model/bounds.ts";

describe("receipts in a flood", () => {
  const receipt = { alarm: "A1", rung: "seen", by: "li", device: "phone" } as const;

  function portsOf(line: { own: number; waiting: number }) {
    const taken: unknown[] = [];
    const gateway = {
      stats: () => ({ own: line.own }),
      waiting: () => line.waiting,
      take: async (arrival: unknown) => {
        taken.push(arrival);
        return null;
      },
    };
    const ports = createWebPorts({
      gateway,
      accounts: {},
      store: { outbox: {} },
    } as unknown as WebPortsOptions);
    return { ports, taken };
  }

  it("leave the lane to what people and clocks do", () => {
    const line = { own: 0, waiting: 0 };
    const { ports, taken } = portsOf(line);
    expect(ports.receipt({ ...receipt, urgent: true })).toBe(true);
    line.own = BOUNDS.inboxOwn / 2;
    expect(ports.receipt({ ...receipt, urgent: true })).toBe(false);
    expect(taken).toEqual([{ type: "receipt", ...receipt }]);
  });

  it("leave the line to what mines sent while that waits, but for the urgent ones", () => {
    const line = { own: 0, waiting: 101 };
    const { ports } = portsOf(line);
    expect(ports.receipt({ ...receipt, urgent: false })).toBe(false);
    expect(ports.receipt({ ...receipt, urgent: true })).toBe(true);
    line.waiting = 0;
    expect(ports.receipt({ ...receipt, urgent: false })).toBe(true);
  });
});

describe("how far the series are behind", () => {
  it("is known without asking the store, and grows from its last word when it is dead", () => {
    let at = 0;
    const spool = { synced: 300_000 };
    const store = { position: () => at };
    const outlets = createOutlets({ store, spool } as unknown as Parameters<typeof createOutlets>[0]);
    expect(outlets.behind()).toBeNull();
    at = 299_000;
    expect(outlets.behind()).toBeNull();
    at = 0;
    spool.synced = 600_000;
    expect(outlets.behind()).toBe("the series are 301000 records behind");
  });
});
