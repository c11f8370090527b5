import { platform, setPriority } from "node:os";
import { setTimeout as timer } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../lib/assert.ts";
import { nodeDisk } from "../log/disk.ts";
import { createLogFollower } from "../log/log-follower.ts";
import { packed } from "../wire/series-parcel.ts";
import type { FromWorker, InfluxState, ToWorker, WorkerOptions } from "./calls.ts";
import { readCursor, writeCursor } from "./cursor-file.ts";
import { readSeries } from "./reader.ts";
import { createRefusedFile } from "./refused-file.ts";
import { createServer } from "./server.ts";
import { createSource } from "./source.ts";
import { createWriter, type WriterTrouble } from "./writer.ts";

/** A cursor that is a second old costs lines that are written again, the same rows. */
const SAVE_EVERY = 1_000;
const TELL_EVERY = 1_000;
const LEAST_PAUSE = 50;
const ANSWER_WITHIN = 2_000;
/** A third of what the line of the mines gets where both want a core. */
const NICE = 5;

// Who catches up takes what the line of the mines leaves. On Linux this is said of the thread that says it.
if (platform() === "linux") setPriority(NICE);

assert(parentPort !== null, "worker.ts runs in a worker");
const port = parentPort;
const tell = (message: FromWorker): void => port.postMessage(message);

const {
  server: settings,
  token,
  epoch,
  spoolDir,
  journalDir,
  cursorPath,
  refusedDir,
} = workerData as WorkerOptions;
const target = `${settings.url} ${settings.org} ${settings.bucket}`;
const found = await readCursor(cursorPath, epoch, target);
let saved = found ?? { epoch, target, spool: 0, journal: 0, now: 0 };
let reached = saved;
let heads = { spool: 0, journal: 0 };
let savedAt = 0;
let trouble: WriterTrouble | null = null;
/** While a request is not answered: who hangs is told of before the request is given up. */
let unanswered: WriterTrouble | null = null;
let wake = () => {};
let secretCame = () => {};
let closed = false;
const ending = new AbortController();

const server = createServer(settings);
server.token(token);
const refused = createRefusedFile(refusedDir);
const source = createSource({
  spool: createLogFollower({ dir: spoolDir, extension: "spl", disk: nodeDisk }),
  journal: createLogFollower({ dir: journalDir, extension: "jnl", disk: nodeDisk }),
  from: saved,
  fresh: found === null,
  trouble: (code, detail) => tell({ type: "fault", code, detail }),
});
const writer = createWriter({
  next: source.next,
  async more() {
    // Heads come many times a second; what fills a request costs the server less than what trickles in.
    await wait(LEAST_PAUSE);
    const { spool, journal } = source.waiting();
    if (spool + journal > 0 || closed) return;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  },
  write,
  refused: refused.put,
  async reached(to) {
    reached = { ...saved, ...to };
    if (Date.now() - savedAt >= SAVE_EVERY) await save();
  },
  trouble(what) {
    trouble = what;
    tellState();
  },
  async newSecret() {
    const came = new Promise<void>((resolve) => {
      secretCame = resolve;
    });
    tell({ type: "secret" });
    await Promise.race([came, wait(SAVE_EVERY)]);
  },
  wait,
  wall: Date.now,
});

port.on("message", take);
tell({ type: "ready" });
const telling = setInterval(() => {
  void saveLate();
  tellState();
}, TELL_EVERY);
const running = writer.run();

async function write(lines: Uint8Array): ReturnType<typeof server.write> {
  const late = setTimeout(() => {
    unanswered = { kind: "away", detail: `no answer for ${ANSWER_WITHIN / 1_000} s` };
    tellState();
  }, ANSWER_WITHIN);
  const answer = await server.write(lines);
  clearTimeout(late);
  unanswered = null;
  return answer;
}

async function save(): Promise<void> {
  const now = reached;
  await writeCursor(cursorPath, now);
  saved = now;
  savedAt = Date.now();
}

async function saveLate(): Promise<void> {
  // A disk that refuses is met, and told of, by the writer's own next step.
  if (reached !== saved) await save().catch(() => {});
}

function wait(ms: number): Promise<void> {
  return timer(ms, undefined, { signal: ending.signal }).catch(() => {});
}

function tellState(): void {
  const { spool, journal, now } = saved;
  const state: InfluxState = {
    saved: { spool, journal, now },
    waiting: {
      spool: Math.max(0, heads.spool - reached.spool),
      journal: Math.max(0, heads.journal - reached.journal),
    },
    ...writer.stats(),
    trouble: trouble ?? unanswered,
  };
  tell({ type: "state", state });
}

function take(message: ToWorker): void {
  switch (message.type) {
    case "series":
      void answer(message.id, message.query);
      break;
    case "labels":
      source.label(message.labels);
      break;
    case "heads":
      heads = message;
      source.synced(message);
      wake();
      break;
    case "secret":
      server.token(message.token);
      secretCame();
      break;
    case "close":
      void close();
      break;
  }
}

async function answer(id: number, query: Parameters<typeof readSeries>[0]): Promise<void> {
  try {
    tell({ type: "answer", id, value: packed(await readSeries(query, server.query)) });
  } catch (fault) {
    tell({ type: "refused", id, why: fault instanceof Error ? fault.message : String(fault) });
  }
}

/** What is under way is written again by the next run: only the cursor must be right. */
async function close(): Promise<void> {
  closed = true;
  writer.close();
  ending.abort();
  wake();
  server.close();
  await running;
  clearInterval(telling);
  await saveLate();
  port.close();
}
