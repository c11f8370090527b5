import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createMineClient } from "../support/mine-client.ts";
import { createScreen, signIn } from "../support/screen.ts";

const MINE = "520523017312";
/** Both logs' first segments: their batches are written through, others are not. */
const slowed = (data: string) => [
  "strace",
  "-f",
  "-qqq",
  "-o",
  "/dev/null",
  ...["spool/00000000000000000001.spl", "journal/00000000000000000001.jnl"].flatMap((name) => [
    "-P",
    join(data, name),
  ]),
  "-e",
  "trace=fdatasync,pwrite64",
  "-e",
  "inject=fdatasync,pwrite64:delay_enter=900000",
];
const traced = spawnSync("strace", ["-V"]).status === 0;
if (!traced) console.log("skipped: strace is not installed, so no disk can be slowed down");

describe.skipIf(!traced)("a disk whose every sync takes nine tenths of a second", () => {
  const data = mkdtempSync(join(tmpdir(), "davylamp-slow-"));
  let gateway: GatewayProcess;

  beforeAll(async () => {
    gateway = await startGateway({ data, config: "config", under: slowed(data) });
  });

  afterAll(async () => {
    await gateway?.kill();
    rmSync(data, { recursive: true, force: true });
  });

  it("does not keep the gateway from starting, nor an alarm from the screen before it is recorded", async () => {
    const screen = createScreen("slow-screen");
    await screen.connect(gateway.http, await signIn(gateway.http, "viewer"));
    const mine = createMineClient({ mine: MINE, password: `demo-${MINE}`, port: () => gateway.mqttPort });
    const point = {
      code: "SLOW-CH4",
      type: "0001",
      kind: "analog",
      unit: "%CH4",
      place: "慢盘试验",
      loc: "CF_CORNER",
      cycle: 0,
    };
    const ts = Date.now();
    mine.send({ topic: `mine/v1/${MINE}/safety/points`, payload: JSON.stringify({ ts, points: [point] }) });
    mine.send({
      topic: `mine/v1/${MINE}/safety/readings`,
      payload: JSON.stringify({ ts: ts + 1, readings: [{ p: "SLOW-CH4", v: 1.62 }] }),
    });
    const recorded = await screen.event((alarm) => alarm.point === `${MINE}:safety:SLOW-CH4`);
    expect(screen.provisional.map(({ id }) => id)).toContain(recorded.id);
    await mine.idle();
    mine.close();
    const trouble = await screen.event((alarm) => alarm.point === "gateway:gateway:journal-slow");
    expect(trouble.rule).toBe("GW-01");
  });
});
