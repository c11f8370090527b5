import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type GatewayProcess, startGateway } from "./gateway-process.ts";
import { journalledTransitions } from "./journalled.ts";
import { seeded } from "./kill-run.ts";
import { createMineClient } from "./mine-client.ts";
import { createScreen, type Session, signIn } from "./screen.ts";

export interface ReconnectReport {
  readonly reconnects: number;
  /** Ends of the gateway, and how many of them were kills. */
  readonly ends: number;
  readonly kills: number;
  readonly transitions: number;
  /** Events taken by all screens together. */
  readonly taken: number;
  /** Everything that was missed or taken twice, in words. Empty = nothing. */
  readonly faults: readonly string[];
}

const MINE = "520523017311";
const POINTS = 60;
const EVERY_MS = 250;

/**
 * Screens that lose their line again and again, and a gateway that is stopped and killed under them, while alarms
 * flood: at the end every screen must have every transition of the journal once, from its first on.
 */
export async function reconnectRun(options: {
  readonly reconnects: number;
  readonly ends: number;
  readonly screens: number;
  readonly seed: number;
  readonly print?: (line: string) => void;
}): Promise<ReconnectReport> {
  const random = seeded(options.seed);
  const data = await mkdtemp(join(tmpdir(), "davylamp-reconnect-"));
  let gateway = await startGateway({ data, config: "config" });
  const flood = createFlood(() => gateway.port());
  const screens = Array.from({ length: options.screens }, (_, i) => createScreen(`screen-${i}`));
  let session = await signIn(gateway.http, "viewer");
  let reconnects = 0;
  let kills = 0;
  try {
    await Promise.all(screens.map((screen) => screen.connect(gateway.http, session)));
    for (let round = 0; round <= options.ends; round++) {
      const due = Math.ceil((options.reconnects * (round + 1)) / (options.ends + 1));
      while (reconnects < due) {
        reconnects += 1;
        await again(screens[Math.floor(random() * screens.length)] as Screen, gateway, session);
        await wait(random() * 30);
      }
      if (round === options.ends) break;
      const kill = random() < 0.6;
      kills += Number(kill);
      await gateway.kill(kill ? "SIGKILL" : "SIGTERM");
      gateway = await startGateway({ data, config: "config" });
      session = await signIn(gateway.http, "viewer");
      await Promise.all(screens.map((screen) => again(screen, gateway, session)));
      options.print?.(`end ${round + 1} of ${options.ends}, ${reconnects} reconnects`);
    }
    await flood.stop();
    const told = await journalledTransitions(data);
    const faults = await Promise.all(screens.map((screen, i) => faultsOf(screen, i, told, gateway, session)));
    const taken = screens.reduce((sum, { events }) => sum + events.length, 0);
    const ends = options.ends;
    return { reconnects, ends, kills, transitions: told.length, taken, faults: faults.flat() };
  } finally {
    flood.close();
    for (const screen of screens) screen.cut();
    await gateway.kill();
    await rm(data, { recursive: true, force: true });
  }
}

type Screen = ReturnType<typeof createScreen>;

/** As a pulled cable does it, and back. */
async function again(screen: Screen, gateway: GatewayProcess, session: Session): Promise<void> {
  screen.cut();
  await screen.connect(gateway.http, session);
}

/** Waits until the screen has come to the end, and looks for what it missed or took twice. */
async function faultsOf(
  screen: Screen,
  i: number,
  told: readonly number[],
  gateway: GatewayProcess,
  session: Session,
): Promise<string[]> {
  const last = told.at(-1) ?? 0;
  while (screen.lastSeq() < last) {
    if (!screen.connected()) await screen.connect(gateway.http, session);
    await wait(50);
  }
  const seqs = screen.events.map(({ seq }) => seq);
  const first = seqs[0] ?? 0;
  const should = told.filter((seq) => seq >= first && seq <= screen.lastSeq());
  const has = new Set(seqs);
  const missed = should.filter((seq) => !has.has(seq)).map((seq) => `screen ${i} missed ${seq}`);
  const twice = seqs.length === has.size ? [] : [`screen ${i} took ${seqs.length - has.size} twice`];
  const holes = screen.gaps() === 0 ? [] : [`screen ${i} was sent ${screen.gaps()} holes`];
  return [...missed, ...twice, ...holes];
}

/** All points over their limits and back, over and over. */
function createFlood(port: () => number | null) {
  const client = createMineClient({ mine: MINE, password: `demo-${MINE}`, port, window: 8 });
  const codes = Array.from({ length: POINTS }, (_, i) => `FLOOD-${i}`);
  const send = (kind: string, body: object) =>
    client.send({ topic: `mine/v1/${MINE}/safety/${kind}`, payload: JSON.stringify(body) });
  const points = codes.map((code) => ({
    code,
    type: "0001",
    kind: "analog",
    unit: "%CH4",
    place: code,
    cycle: 0,
  }));
  send("points", { ts: Date.now(), points });
  let turn = 0;
  let ts = 0;
  const step = () => {
    ts = Math.max(ts + 1, Date.now() - 1_000);
    turn += 1;
    send("readings", { ts, readings: codes.map((p) => ({ p, v: turn % 2 === 0 ? 0.3 : 1.62 })) });
  };
  const timer = setInterval(step, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      await client.idle();
    },
    close() {
      clearInterval(timer);
      client.close();
    },
  };
}
