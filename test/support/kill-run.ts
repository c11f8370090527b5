import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { startGateway } from "./gateway-process.ts";
import { compareRuns } from "./kill-compare.ts";
import { createLoad } from "./kill-load.ts";

export interface KillReport {
  readonly kills: number;
  readonly atSyscalls: number;
  readonly acknowledged: number;
  readonly transitions: number;
  readonly compared: number;
  readonly oldest: number;
  /** Everything that broke a promise, in words. Empty = all kept. */
  readonly faults: readonly string[];
}

/**
 * The same messages go to two gateways: one is killed again and again, at random moments and at exact sync
 * calls; the other is left alone. Then both are read back from disk and compared (P1, P2).
 */
export async function killRun(options: {
  readonly kills: number;
  readonly seed: number;
  readonly print?: (line: string) => void;
}): Promise<KillReport> {
  const random = seeded(options.seed);
  const dir = await mkdtemp(join(tmpdir(), "davylamp-kill-"));
  try {
    const config = await quickConfig(dir);
    const data = { calm: join(dir, "calm"), killed: join(dir, "killed") };
    const calm = await startGateway({ data: data.calm, config });
    let victim = await startGateway({ data: data.killed, config });
    const load = createLoad(random, [() => calm.port(), () => victim.port()]);
    let atSyscalls = 0;
    let traced = false;
    for (let kill = 1; kill <= options.kills; kill++) {
      await wait(150 + random() * 500);
      // A mine that got nothing through for many kills in a row would be late, and what is late is judged apart.
      while (!traced && load.isOld()) await wait(50);
      if (!traced) await victim.kill();
      else if (await endsWithin(victim, 15_000)) atSyscalls += 1;
      else await victim.kill();
      traced = kill % 2 === 1 && kill < options.kills;
      const again = await restart(data.killed, config, traced ? atSync(random) : []);
      if (again.atSyscall) atSyscalls += 1;
      victim = again.gateway;
      traced = traced && !again.atSyscall;
      options.print?.(`kill ${kill} of ${options.kills}`);
    }
    load.stop();
    await load.idle();
    await Promise.all([calm.kill("SIGTERM"), victim.kill("SIGTERM")]);
    load.close();
    return { kills: options.kills, atSyscalls, ...(await compareRuns(data, load.acknowledged(1))) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A chosen call can come before the gateway is ready; that start was killed too, and the next one is plain. */
async function restart(data: string, config: string, under: readonly string[]) {
  if (under.length > 0) {
    try {
      return { gateway: await startGateway({ data, config, under }), atSyscall: false };
    } catch {
      return { gateway: await startGateway({ data, config }), atSyscall: true };
    }
  }
  return { gateway: await startGateway({ data, config }), atSyscall: false };
}

/** SIGKILL in the middle of the n-th sync, or write (the logs write through): before the kernel has done it. */
function atSync(random: () => number): string[] {
  const when = 1 + Math.floor(random() * 60);
  return [
    "strace",
    "-f",
    "-qqq",
    "-o",
    "/dev/null",
    "-e",
    "trace=fdatasync,pwrite64",
    "-e",
    `inject=fdatasync,pwrite64:signal=SIGKILL:when=${when}`,
  ];
}

function endsWithin(
  gateway: { child: import("node:child_process").ChildProcess },
  ms: number,
): Promise<boolean> {
  const { child } = gateway;
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** The shipped configuration with delays a short run can live through, and rates a fast one needs. */
async function quickConfig(dir: string): Promise<string> {
  const config = join(dir, "config");
  await cp("config", config, { recursive: true });
  const path = join(config, "rules", "gas.yaml");
  const pack = parse(await readFile(path, "utf8")) as { rules: { id: string; onDelay?: string }[] };
  for (const rule of pack.rules) if (rule.id === "CO-01") rule.onDelay = "2s";
  await writeFile(path, stringify(pack));
  return config;
}

/** Mulberry32: the seed is printed with every report, so that a failure can be run again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
