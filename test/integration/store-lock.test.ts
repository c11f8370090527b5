import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlreadyRunning, lockDataDirectory } from "../../src/store/lock.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-lock-"));
});
const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(kill));
  await rm(dir, { recursive: true });
});

const LOCK_JS = new URL("../../dist/store/lock.js", import.meta.url).href;
/** Takes the lock, says so, and keeps it until it is killed. */
const HOLDER = `
  const { lockDataDirectory } = await import(${JSON.stringify(LOCK_JS)});
  try { await lockDataDirectory(process.argv[1]); console.log("won"); setInterval(() => {}, 1000); }
  catch (fault) { console.log(fault.name + " " + fault.pid); }`;

function contender(): { process: ChildProcess; said: Promise<string> } {
  const child = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const said = once(child.stdout, "data").then(([data]) => String(data).trim());
  return { process: child, said };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe("the lock of a data directory", () => {
  it("is won by exactly one of two processes that come at once, and freed by SIGKILL, twenty times", async () => {
    for (let round = 0; round < 20; round++) {
      const two = [contender(), contender()];
      const said = await Promise.all(two.map((one) => one.said));
      const winner = two[said.indexOf("won")];
      expect(said.filter((word) => word === "won")).toHaveLength(1);
      expect(said).toContain(`AlreadyRunning ${winner?.process.pid}`);
      await Promise.all(two.map((one) => kill(one.process)));
    }
  });

  it("names its holder to the one who comes second, in the same process too", async () => {
    const held = await lockDataDirectory(dir);
    const refused = await lockDataDirectory(dir).catch((fault: unknown) => fault);
    expect(refused).toBeInstanceOf(AlreadyRunning);
    expect(refused).toMatchObject({ pid: process.pid, host: hostname() });
    expect(Date.parse((refused as AlreadyRunning).since ?? "")).not.toBeNaN();
    held.release();
    (await lockDataDirectory(dir)).release();
  });

  it("does not care what an old lock.json says", async () => {
    await writeFile(join(dir, "lock.json"), '{"pid":1,"host":"elsewhere","since":"2020-01-01T00:00:00Z"}');
    const held = await lockDataDirectory(dir);
    expect(JSON.parse(await readFile(join(dir, "lock.json"), "utf8"))).toMatchObject({ pid: process.pid });
    held.release();
  });
});
