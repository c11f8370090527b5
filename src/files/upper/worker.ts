import { setTimeout as timer } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../lib/assert.ts";
import { createBackoff, untilDone } from "../../lib/backoff.ts";
import { nodeDisk } from "../../log/disk.ts";
import { createLogFollower } from "../../log/log-follower.ts";
import { createTape } from "../../log/tape.ts";
import type { FromWorker, ToWorker, UpperState, WorkerOptions } from "./calls.ts";
import { createCrew, NO_CREW } from "./crew.ts";
import { createDrafter } from "./drafts.ts";
import { createUpperFolder } from "./folder.ts";
import { createGatherer } from "./gather.ts";
import { createKnown } from "./known.ts";
import { AWAY_MS, createLine, type Line } from "./line.ts";
import { type Place, readPlan, writeJson } from "./place.ts";
import { createKeeper, readKept } from "./staff-files.ts";

/** One platform: reads both logs behind the gateway's back and puts files into its folder. */

const TELL_EVERY = 1_000;
const LOOK_EVERY = 30_000;
/** Heads come many times a second; rounds do not. */
const LEAST_PAUSE = 50;

assert(parentPort !== null, "worker.ts runs in a worker");
const port = parentPort;
const tell = (message: FromWorker): void => port.postMessage(message);
const { platform, epoch, spoolDir, journalDir, place: base } = workerData as WorkerOptions;

const found = await readKept(base, epoch, (detail) => tell({ type: "fault", code: "io", detail }));
const keeper = createKeeper(base, found);
const known = createKnown();
const folder = createUpperFolder(platform.folder, platform.every);
const ending = new AbortController();
let line: Line | null = null;
let running: Promise<void> = Promise.resolve();
let heads = { spool: 0, journal: 0 };
let away: UpperState["away"] = null;
let unfetched: string | null = null;
let wake = () => {};
let announce: (heads: { readonly spool: number; readonly journal: number }) => void = () => {};

port.on("message", take);
tell({ type: "ready" });
const telling = setInterval(tellState, TELL_EVERY);
const looking = setInterval(() => void look(), Math.min(LOOK_EVERY, platform.fetchedWithin ?? LOOK_EVERY));

function take(message: ToWorker): void {
  switch (message.type) {
    case "mines":
      known.mines(message.mines);
      known.rules(message.rules);
      break;
    case "points":
      known.points(message.points);
      break;
    case "heads": {
      const isFirst = heads.spool === 0 && line === null;
      heads = message;
      if (isFirst) running = start();
      announce(message);
      wake();
      break;
    }
    case "close":
      void close();
      break;
  }
}

/** At the first heads: a platform that is new begins there, and reads what lies before only to know it. */
async function start(): Promise<void> {
  const place: Place = found ?? {
    epoch,
    spool: 0,
    journal: heads.journal,
    begin: heads.spool,
    until: 0,
    rounds: 0,
    points: {},
    snapshots: [],
    tables: {},
  };
  if (found === null) await saveFirst(place);
  const plan = await readPlan(`${base}.plan`, place);
  const spool = createTape(
    createLogFollower({ dir: spoolDir, extension: "spl", disk: nodeDisk }),
    place.spool,
  );
  const journal = createTape(
    createLogFollower({ dir: journalDir, extension: "jnl", disk: nodeDisk }),
    place.journal,
  );
  announce = (to) => {
    spool.synced(to.spool);
    journal.synced(to.journal);
  };
  announce(heads);
  const drafter = createDrafter(platform, known);
  line = createLine({
    platform,
    spool,
    journal,
    gatherer: createGatherer({
      systems: [platform.system, "person"],
      isOurs: drafter.isOurs,
      isSwitch: (mine, system, code) => known.point(mine, system, code)?.def.kind === "switch",
      from: place,
      crew: createCrew(place.crew ?? NO_CREW, drafter.wanted),
    }),
    drafter,
    folder,
    place,
    plan,
    save: keeper.save,
    savePlan: (next) => writeJson(`${base}.plan`, next),
    async more() {
      await wait(LEAST_PAUSE);
      if (ending.signal.aborted || spool.left() > 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    },
    wait,
    away: tellAway,
    fault: (code, detail) => tell({ type: "fault", code, detail }),
  });
  await line.run();
  await Promise.all([spool.close(), journal.close()]);
}

/** Where it begins is on disk before anything else: a kill while it reads what lies before must not move it. */
function saveFirst(place: Place): Promise<void> {
  return untilDone(() => keeper.save(place), {
    backoff: createBackoff(AWAY_MS),
    stopped: () => ending.signal.aborted,
    wait,
    told: (fault) => tellAway(fault === null ? null : String(fault)),
  });
}

function tellAway(detail: string | null): void {
  away = detail === null ? null : { detail, since: away?.since ?? Date.now() };
  tellState();
}

function wait(ms: number): Promise<void> {
  return timer(ms, undefined, { signal: ending.signal }).catch(() => {});
}

function tellState(): void {
  const saved = (line?.place() ?? found)?.spool ?? 0;
  const { written, leftOut, passed } = line?.stats() ?? {
    written: 0,
    leftOut: 0,
    passed: { spool: saved, until: 0 },
  };
  const state: UpperState = {
    saved,
    waiting: Math.max(0, heads.spool - passed.spool),
    until: passed.until,
    written,
    leftOut,
    away,
    unfetched,
  };
  tell({ type: "state", state });
}

async function look(): Promise<void> {
  if (platform.fetchedWithin === undefined) return;
  // A folder that is away is told of by whoever writes into it.
  unfetched = await folder.overdue(platform.fetchedWithin, Date.now()).catch(() => null);
}

/** What is under way is made again by the next run, the same. */
async function close(): Promise<void> {
  line?.close();
  ending.abort();
  wake();
  await running;
  clearInterval(telling);
  clearInterval(looking);
  port.close();
}
