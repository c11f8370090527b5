import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog, verifyLog } from "../../src/log/segment-log.ts";
import { decodeInput, INPUT_TYPES } from "../../src/wire/input-codec.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createMineClient } from "../support/mine-client.ts";

const MINE = "520523017311";
const folder = mkdtempSync(join(tmpdir(), "davylamp-tiny-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", folder]).status === 0;
if (!mounted) console.log("skipped: no right to mount a small file system, so no disk can be filled");

describe.skipIf(!mounted)("a disk that fills up under a gateway", () => {
  const data = join(folder, "data");
  let gateway: GatewayProcess;
  const filler = join(folder, "filler");

  beforeAll(async () => {
    gateway = await startGateway({ data, config: "config" });
  });

  afterAll(async () => {
    await gateway?.kill();
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  it("withholds PUBACK, keeps serving, goes on by itself when there is room, and has lost nothing", async () => {
    const mine = createMineClient({ mine: MINE, password: `demo-${MINE}`, port: () => gateway.mqttPort });
    const big = "x".repeat(20_000);
    let n = 0;
    const send = () => {
      n += 1;
      mine.send({
        topic: `mine/v1/${MINE}/safety/readings`,
        payload: JSON.stringify({ ts: Date.now(), seq: n, readings: [{ p: "HAND-CH4", v: 0.3 }], pad: big }),
      });
    };
    send();
    await mine.idle();
    fill(filler);
    const before = mine.acknowledged.length;
    for (let i = 0; i < 2_000; i++) send();
    await quiet(() => mine.acknowledged.length);
    const stuck = mine.acknowledged.length;
    expect(stuck).toBeLessThan(before + 2_000);
    expect((await fetch(`${gateway.http}/health/live`)).status).toBe(200);

    unlinkSync(filler);
    execFileSync("mount", ["-o", "remount,size=200m", folder]);
    await mine.idle();
    expect(mine.acknowledged.length).toBe(before + 2_000);
    mine.close();
    await gateway.kill("SIGTERM");
    expect(
      await verifyLog({ dir: join(data, "journal"), extension: "jnl", disk: nodeDisk, chained: true }),
    ).toMatchObject({ ok: true });
    const kept = await readingsOf(data);
    expect(mine.acknowledged.filter(({ payload }) => !kept.has(payload))).toEqual([]);
  });
});

function fill(path: string): void {
  const file = openSync(path, "w");
  const block = Buffer.alloc(64 * 1024, 1);
  try {
    for (;;) writeSync(file, block);
  } catch {
    closeSync(file);
  }
}

/** Waits until a count has stood still for two seconds. */
async function quiet(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    await wait(2_000);
  }
}

async function readingsOf(data: string): Promise<Set<string>> {
  const kept = new Set<string>();
  const none = () => {
    throw new Error("no configuration is needed for packets");
  };
  for await (const batch of readLog({ dir: join(data, "spool"), extension: "spl", disk: nodeDisk }, 1)) {
    for (const record of batch.filter(({ type }) => type === INPUT_TYPES.packet)) {
      const decoded = decodeInput(record, none);
      if (decoded.ok) kept.add(Buffer.from(decoded.payload ?? []).toString());
    }
  }
  return kept;
}
