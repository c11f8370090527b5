import { describe, expect, it } from "vitest";
import { createOutlets } from "../../src/app/outlets.ts";
import { createWebPorts, type WebPortsOptions } from "../../src/app/web-ports.ts";
import { BOUNDS } from "../../src/model/bounds.ts";

describe("receipts in a flood", () => {
  const receipt = { alarm: "A1", rung: "seen", by: "li", device: "phone" } as const;

  it("leave the lane to what people and clocks do", () => {
    const taken: unknown[] = [];
    let own = 0;
    const gateway = {
      stats: () => ({ own }),
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
    expect(ports.receipt(receipt)).toBe(true);
    own = BOUNDS.inboxOwn / 2;
    expect(ports.receipt(receipt)).toBe(false);
    expect(taken).toEqual([{ type: "receipt", ...receipt }]);
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
