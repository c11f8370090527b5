import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { journalledTransitions } from "../support/journalled.ts";
import { createLoad } from "../support/kill-load.ts";
import { seeded } from "../support/kill-run.ts";
import { createScreen, signIn } from "../support/screen.ts";

const ROUNDS = 12;

describe("a screen whose line is cut and whose gateway is killed under it", () => {
  const data = mkdtempSync(join(tmpdir(), "davylamp-consumer-"));
  let gateway: GatewayProcess;

  afterAll(async () => {
    await gateway?.kill();
    rmSync(data, { recursive: true, force: true });
  });

  it("misses nothing and, repeats dropped, sees nothing twice", async () => {
    const random = seeded(7);
    gateway = await startGateway({ data, config: "config" });
    const load = createLoad(random, [() => gateway.port()]);
    const screen = createScreen("county-wall");
    await screen.connect(gateway.http, await signIn(gateway.http, "viewer"));
    for (let round = 0; round < ROUNDS; round++) {
      await wait(100 + random() * 400);
      screen.cut();
      if (round % 3 === 2) {
        await gateway.kill();
        gateway = await startGateway({ data, config: "config" });
      }
      await screen.connect(gateway.http, await signIn(gateway.http, "viewer"));
    }
    await screen.next(50);
    load.stop();
    await load.idle();
    load.close();
    const told = await journalledTransitions(data);
    const last = told.at(-1) ?? 0;
    while (screen.lastSeq() < last) {
      if (!screen.connected()) await screen.connect(gateway.http, await signIn(gateway.http, "viewer"));
      await wait(50);
    }
    const first = screen.events[0]?.seq ?? 0;
    // The mines are gone: the gateway says more since the journal was read.
    const heard = screen.events.map(({ seq }) => seq).filter((seq) => seq <= last);
    expect(heard).toEqual(told.filter((seq) => seq >= first));
    expect(screen.events.length).toBeGreaterThan(50);
    expect(screen.gaps()).toBe(0);
  });
});
