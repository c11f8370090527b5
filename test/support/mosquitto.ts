import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./free-port.ts";

const MOSQUITTO = "/usr/sbin/mosquitto";

/** Why there is no real Mosquitto; null = there is one. */
export const noMosquitto: string | null = existsSync(MOSQUITTO)
  ? null
  : "no Mosquitto: Debian's package mosquitto";
if (noMosquitto !== null) console.log(`skipped: ${noMosquitto}`);

export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** What it keeps for clients that are away is gone. */
  forget(): Promise<void>;
  readonly pid: number;
}

/** Debian's Mosquitto in a directory of its own, on a port that stays the same over restarts. */
export async function createMosquitto(dir: string, lines: readonly string[] = []): Promise<Mosquitto> {
  const kept = join(dir, "kept");
  await mkdir(kept, { recursive: true });
  const port = await freePort();
  const conf = join(dir, "mosquitto.conf");
  const usual = [
    `listener ${port} 127.0.0.1`,
    // Started by root it would become another user, who may not write here.
    `user ${userInfo().username}`,
    "allow_anonymous true",
    "persistence true",
    `persistence_location ${kept}/`,
    "autosave_interval 1",
    "max_inflight_messages 1000",
    "max_queued_messages 0",
    "log_dest none",
  ];
  await writeFile(conf, `${[...usual, ...lines].join("\n")}\n`);
  let child: ChildProcess | null = null;

  async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const own = child;
    child = null;
    if (own === null || own.exitCode !== null || own.signalCode !== null) return;
    const gone = once(own, "exit");
    own.kill(signal);
    await gone;
  }

  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      child = spawn(MOSQUITTO, ["-c", conf], { stdio: "ignore" });
      await listens(port, child);
    },
    stop,
    async forget() {
      await rm(kept, { recursive: true });
      await mkdir(kept);
    },
    get pid() {
      return child?.pid ?? 0;
    },
  };
}

async function listens(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const up = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => false,
      ),
      once(child, "exit").then(() => null),
    ]);
    socket.destroy();
    if (up === null) throw new Error("mosquitto ended before it listened");
    if (up) return;
    await wait(20);
  }
}
