import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Now } from "../lib/now.ts";
import type { Disk } from "../log/disk.ts";
import type { LogTrouble } from "../log/segment-log.ts";
import type { Arrival } from "../model/input.ts";

/** The gateway's own points; each is judged by a rule of `config/rules/gateway.yaml`. */
export type TroublePoint =
  | "journal-slow"
  | "disk-low"
  | "disk-full"
  | "log-io"
  | "clock-step"
  | "clock-off"
  | "loop-stall"
  | "store-behind"
  | "no-screen"
  | "config-bad"
  | "replay-differs"
  | "spool-gap"
  | "delay-broken"
  | "inbox-pressed"
  | "config-unconfirmed"
  | "table-held"
  | "channel-failed"
  | "outbox-late"
  | "no-screen#duty"
  | "canary-lost"
  | "screen-deaf"
  | "duty-silent"
  | "store-behind#influx"
  | "influx-away"
  | "influx-held"
  | "influx-refused"
  | "receiver-down"
  | "receiver-gap"
  | "files-stuck"
  | UpperTrouble;

/** One of several of its kind is named behind `#`. */
type Reported = TroublePoint | `receiver-${"down" | "gap"}#${string}`;

/** One of a platform above us: what the files of its folder suffer from, then its name. */
export type UpperTrouble = `upper-${"away" | "unfetched" | "gap"}#${string}`;

const TICK_MS = 1_000;
const DISK_EVERY_TICKS = 5;
const TABLES_EVERY_TICKS = 10;
/** A trouble that is a moment (a slow sync) is held this long, so that a screen can show it. */
const HOLD_MS = 10_000;
const STALL_MS = 200;
const DRIFT_MS = 2_000;
const REBASE_MS = 60_000;
const REBASE_AFTER_MS = 60_000;
/** Free space at which writing is in danger (P5). */
const DISK_LOW = 0.1;

/**
 * The gateway watches itself with its own eyes (architecture §3 rule 4): once a second a tick, and a reading of
 * a point of its own when that point changes.
 */
export function createSelfWatch(options: {
  readonly take: (arrival: Arrival) => void;
  readonly now: Now;
  readonly disk: Disk;
  readonly data: string;
  readonly behind: () => string | null;
  /** The inbox or the write queue is full: mines are not read. */
  readonly pressed: () => boolean;
  /** Streams whose newest point table waits for a person. */
  readonly heldTables: () => readonly string[];
  /** Ways out of the house that fail, and what waits in them too long. */
  readonly notify: () => { readonly failed: string | null; readonly late: string | null };
  /** What keeps rows from InfluxDB; null = nothing. */
  readonly influx: () => Readonly<Record<"away" | "held" | "refused" | "behind", string | null>>;
  /** By name, why a broker we are the client of is not connected; null = it is. */
  readonly receivers: () => ReadonlyMap<string, string | null>;
  /** What keeps text files from being read or moved; null = nothing. */
  readonly files: () => string | null;
  /** Of each platform above us what keeps its files from it; null = nothing. */
  readonly upper: () => ReadonlyMap<UpperTrouble, string | null>;
  /** What of the promise about delays is broken; null = nothing. */
  readonly delay: () => string | null;
  /** Why nobody on duty can be reached; null = somebody can. */
  readonly unreachable: () => string | null;
  /** Once a second: the tick itself, and what goes with it. */
  readonly tick: () => void;
}) {
  const raised = new Map<Reported, { until: number | null; detail: string }>();
  const loop = monitorEventLoopDelay({ resolution: 20 });
  let timer: NodeJS.Timeout | null = null;
  let ticks = 0;
  let offSince: number | null = null;
  let loopMax = 0;

  /** `on` stays until it is taken back; `moment` ends by itself. Said once, on change. */
  function report(point: Reported, what: "on" | "off" | "moment", detail: string): void {
    const at = options.now.now();
    const known = raised.get(point);
    if (what === "off") {
      if (raised.delete(point)) self(point, 0, detail);
      return;
    }
    raised.set(point, { until: what === "moment" ? at + HOLD_MS : null, detail });
    if (known === undefined) self(point, 1, detail);
  }

  const self = (point: Reported, value: number, detail: string) =>
    options.take({ type: "self", point, value, detail });

  function tick(): void {
    ticks += 1;
    options.tick();
    const at = options.now.now();
    for (const [point, { until }] of raised) {
      if (until !== null && at >= until) report(point, "off", "over");
    }
    watchClock(at);
    loopMax = loop.max / 1e6;
    loop.reset();
    if (loopMax > STALL_MS)
      report("loop-stall", "moment", `the event loop stood still for ${Math.round(loopMax)} ms`);
    const behind = options.behind();
    report("store-behind", behind === null ? "off" : "on", behind ?? "caught up");
    watchInflux();
    for (const [name, why] of options.receivers())
      report(`receiver-down#${name}`, why === null ? "off" : "on", why ?? "connected again");
    for (const [point, what] of options.upper())
      report(point, what === null ? "off" : "on", what ?? "its files are in place");
    report("inbox-pressed", options.pressed() ? "on" : "off", "packets wait and mines are not read");
    const { failed, late } = options.notify();
    report("channel-failed", failed === null ? "off" : "on", failed ?? "every channel takes messages");
    report("outbox-late", late === null ? "off" : "on", late ?? "nothing waits too long");
    const files = options.files();
    report("files-stuck", files === null ? "off" : "on", files ?? "every folder of text files is read");
    const delay = options.delay();
    report("delay-broken", delay === null ? "off" : "on", delay ?? "in time again");
    if (ticks % TABLES_EVERY_TICKS === 0) {
      const nobody = options.unreachable();
      report("duty-silent", nobody === null ? "off" : "on", nobody ?? "somebody on duty can be reached");
      const held = options.heldTables();
      report("table-held", held.length > 0 ? "on" : "off", held.join(", "));
    }
    if (ticks % DISK_EVERY_TICKS === 1) void watchDisk();
  }

  function watchInflux(): void {
    const { away, held, refused, behind } = options.influx();
    const say = (point: TroublePoint, what: string | null, well: string) =>
      report(point, what === null ? "off" : "on", what ?? well);
    say("influx-away", away, "InfluxDB takes lines");
    say("influx-held", held, "InfluxDB lets us in");
    say("influx-refused", refused, "no line was refused lately");
    say("store-behind#influx", behind, "caught up");
  }

  function watchClock(at: number): void {
    const drift = options.now.drift();
    const off = Math.abs(drift) > DRIFT_MS;
    report("clock-off", off ? "on" : "off", `the wall clock differs by ${Math.round(drift)} ms`);
    if (Math.abs(drift) <= REBASE_MS) {
      offSince = null;
      return;
    }
    offSince ??= at;
    if (at - offSince < REBASE_AFTER_MS) return;
    offSince = null;
    const by = options.now.rebase();
    options.take({ type: "clock", by });
    report("clock-step", "moment", `the clock was set by ${Math.round(by / 1000)} s`);
  }

  async function watchDisk(): Promise<void> {
    try {
      const { free, total } = await options.disk.free(options.data);
      const share = free / total;
      report("disk-low", share < DISK_LOW ? "on" : "off", `${Math.round(share * 100)} % of the disk is free`);
    } catch (error) {
      report("disk-low", "on", `the disk cannot be asked: ${String(error)}`);
    }
  }

  /** What a log says of itself, as a trouble. A torn tail that was cut at start is no trouble: it was never acknowledged. */
  function logTrouble(log: string, code: LogTrouble, detail: string): void {
    const words = `${log}: ${detail}`;
    if (code === "slow") report("journal-slow", "moment", words);
    else if (code === "io" || code === "corrupt") report("log-io", "moment", words);
    else if (code === "full") report("disk-full", "moment", words);
  }

  return {
    report,
    logTrouble,
    start(): void {
      loop.enable();
      timer = setInterval(tick, TICK_MS);
    },
    stop(): void {
      loop.disable();
      if (timer !== null) clearInterval(timer);
    },
    loopMaxMs: () => loopMax,
    /** What is reported now, each with its words. */
    troubles: (): ReadonlyMap<string, string> =>
      new Map([...raised].map(([point, { detail }]) => [point, detail])),
  };
}

export type SelfWatch = ReturnType<typeof createSelfWatch>;
