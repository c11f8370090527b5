import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backup, restore } from "../../src/cli/backup.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog } from "../../src/log/read-log.ts";
import { startGateway } from "../support/gateway-process.ts";
import { createLoad } from "../support/kill-load.ts";
import { signIn } from "../support/screen.ts";

let dir: string;
const at = (name: string) => join(dir, name);
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-backup-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const silent = () => {};
const save = (to: string) => backup({ data: at("data"), to: at(to), json: true, version: "test" }, silent);
const bring = (from: string, data: string) => restore({ from: at(from), data: at(data), json: true }, silent);

async function bodies(data: string, log: "journal" | "spool"): Promise<string[]> {
  const found: string[] = [];
  const extension = log === "journal" ? "jnl" : "spl";
  for await (const records of readLog({ dir: join(at(data), log), extension, disk: nodeDisk }, 1))
    for (const { seq, body } of records) found.push(`${seq} ${Buffer.from(body).toString("base64")}`);
  return found;
}

/** Readings of one point that the restored gateway has in its history. */
async function rowsOf(http: string): Promise<number> {
  const { cookie } = await signIn(http, "duty");
  const now = Date.now();
  const query = `from=${now - 600_000}&to=${now}&step=raw`;
  const url = `${http}/api/v1/points/${encodeURIComponent("520523017311:safety:K-CH4")}/series?${query}`;
  const answer = (await (await fetch(url, { headers: { cookie } })).json()) as { rows?: unknown[] };
  return answer.rows?.length ?? 0;
}

async function journalHead(http: string): Promise<number> {
  const metrics = await (await fetch(`${http}/metrics`)).text();
  return Number(/^davylamp_journal_head (\d+)$/m.exec(metrics)?.[1]);
}

const epochOf = async (data: string) => (await readdir(at(data))).find((name) => name.startsWith("epoch-"));

describe("a backup", () => {
  it("taken under load is a state the gateway was in: it starts, goes on, and has lost nothing before it", async () => {
    const gateway = await startGateway({ data: at("data"), config: "config" });
    const load = createLoad(Math.random, [() => gateway.port()]);
    await expect.poll(() => rowsOf(gateway.http)).toBeGreaterThan(20);
    await expect.poll(() => journalHead(gateway.http)).toBeGreaterThan(20);
    for (const name of ["one", "two", "three"]) {
      expect(await save(name)).toBe(0);
      await wait(200);
    }
    load.stop();
    await load.idle();
    load.close();
    await gateway.kill("SIGKILL");
    const whole = { journal: await bodies("data", "journal"), spool: await bodies("data", "spool") };

    for (const name of ["one", "two", "three"]) {
      await bring(name, `of-${name}`);
      for (const log of ["journal", "spool"] as const) {
        const kept = await bodies(`of-${name}`, log);
        expect(kept.length).toBeGreaterThan(10);
        expect(whole[log].slice(0, kept.length)).toEqual(kept);
      }
      const again = await startGateway({ data: at(`of-${name}`), config: "config" });
      await expect.poll(() => rowsOf(again.http), { timeout: 30_000 }).toBeGreaterThan(10);
      await again.kill("SIGTERM");
      const [before, after] = [await bodies(name, "journal"), await bodies(`of-${name}`, "journal")];
      expect(after.slice(0, before.length)).toEqual(before);
      expect(await epochOf(`of-${name}`)).not.toBe(await epochOf("data"));
    }
  });

  it("is refused into a folder that is not empty, of a folder that is no data directory, and from half of one", async () => {
    const gateway = await startGateway({ data: at("data"), config: "config" });
    await gateway.kill("SIGTERM");
    await expect(backup({ data: at("none"), to: at("x"), json: true, version: "t" }, silent)).rejects.toThrow(
      /holds no journal; name a data directory with --data/,
    );
    await save("one");
    await expect(save("one")).rejects.toThrow(/is not empty; name a new folder with --to/);
    await expect(bring("one", "data")).rejects.toThrow(/is not empty; name a new folder with --data/);
    await rm(join(at("one"), "backup.json"));
    await expect(bring("one", "two")).rejects.toThrow(/is no whole backup: it has no backup.json/);
  });

  it("with one changed byte is not brought back, and leaves nothing behind", async () => {
    const gateway = await startGateway({ data: at("data"), config: "config" });
    await gateway.kill("SIGTERM");
    await save("one");
    const name = (await readdir(join(at("one"), "spool"))).find((each) => each.endsWith(".spl")) ?? "";
    const path = join(at("one"), "spool", name);
    const bytes = await readFile(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] as number) ^ 1;
    await writeFile(path, bytes);
    await expect(bring("one", "two")).rejects.toThrow(/the spool is not whole: /);
    await expect(readdir(at("two"))).rejects.toThrow();
  });
});
