import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Engine } from "../core/engine.ts";
import {
  openUpper,
  type Upper,
  type UpperFault,
  type UpperPoint,
  type UpperState,
} from "../files/upper/upper.ts";
import type { Logger } from "../lib/logger.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { PointDef } from "../model/point.ts";
import type { PointView } from "../model/view.ts";
import type { GatewaySettings } from "../wire/config/load.ts";
import type { UpperPlatform } from "../wire/config/upper-file.ts";
import { iso } from "../wire/time.ts";
import type { UpperTrouble } from "./self-watch.ts";

export const UPPER_FIGURES = {
  files_written_total: "Files put into the folder of an upper platform since start",
  left_out_total: "Records that no file of an upper platform has words for, since start",
  records_waiting: "Spool records not yet in an upper platform's files",
  oldest_seconds: "Age of the oldest record not yet in an upper platform's files",
  well: "1 while the folder of an upper platform takes files",
} as const;
export type UpperFigure = keyof typeof UPPER_FIGURES;

export interface UpperJoin {
  /** The last spool record that no platform needs; Infinity where there is none. */
  saved(): number;
  troubles(): ReadonlyMap<UpperTrouble, string | null>;
  figures(what: UpperFigure): Readonly<Record<string, number>>;
  /** The same as names and numbers, for `GET system`. */
  shown(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const HEADS_EVERY = 250;
/** Points looked at again in one go when definitions changed. */
const POINTS_A_TURN = 2_000;
/** A gap is shown for so long; it is in the log and in the journal as well. */
const SHOWN_MS = 10 * 60_000;
/** A worker says something every second; one that does not is dead, or about to be. */
const SILENT_MS = 30_000;

export interface UpperJoinOptions {
  readonly settings: GatewaySettings;
  readonly data: string;
  readonly epoch: string;
  readonly engine: Engine;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  readonly now: () => number;
  readonly mono: () => number;
  readonly log: Logger;
}

interface Running {
  readonly platform: UpperPlatform;
  readonly upper: Upper;
  /** The last state, and when it came (monotonic). */
  heard: { readonly state: UpperState | null; readonly at: number };
  gap: { readonly detail: string; readonly at: number } | null;
}

/** Joins the writers of upper platforms with the core's points and both logs. Without `upper` nothing of it runs. */
export async function joinUpper(options: UpperJoinOptions): Promise<UpperJoin> {
  const { engine, spool, journal, data, epoch, mono, log } = options;
  const folder = join(data, "upper");
  const running: Running[] = [];
  if (options.settings.upper.length > 0) await mkdir(folder, { recursive: true });
  for (const platform of options.settings.upper) running.push(await open(platform));
  const tell = createTelling(engine, running);
  const timer = running.length === 0 ? null : setInterval(tellHeads, HEADS_EVERY);
  if (timer !== null) tellHeads();

  async function open(platform: UpperPlatform): Promise<Running> {
    const onFault = (code: UpperFault, detail: string) => {
      log.warn({ platform: platform.name, code, detail }, "upper platform");
      if (code === "gap") one.gap = { detail, at: mono() };
    };
    const upper = await openUpper({
      platform: { ...platform, folder: resolve(platform.folder) },
      epoch,
      spoolDir: join(data, "spool"),
      journalDir: join(data, "journal"),
      place: join(folder, platform.name),
      onFault,
    });
    const one: Running = { platform, upper, heard: { state: null, at: mono() }, gap: null };
    return one;
  }

  /** Every point is called before the records that name it are told of. */
  function tellHeads(): void {
    const heads = { spool: spool.synced, journal: journal.synced };
    tell();
    for (const one of running) {
      one.upper.synced(heads);
      const state = one.upper.state();
      if (state !== one.heard.state) one.heard = { state, at: mono() };
    }
  }

  function awayOf({ platform, heard, upper }: Running): string | null {
    const where = `${platform.name} ${platform.folder}`;
    if (mono() - heard.at > SILENT_MS) return `${where}: its writer says nothing`;
    const away = upper.state()?.away ?? null;
    return away === null ? null : `${where}: ${away.detail}, since ${iso(away.since)}`;
  }

  function figureOf({ upper }: Running, what: UpperFigure): number {
    const state = upper.state();
    switch (what) {
      case "files_written_total":
        return state?.written ?? 0;
      case "left_out_total":
        return state?.leftOut ?? 0;
      case "records_waiting":
        return state?.waiting ?? 0;
      case "oldest_seconds":
        return state === null || state.until === 0 || state.waiting === 0
          ? 0
          : Math.max(0, Math.round((options.now() - state.until) / 1000));
      case "well":
        return Number(state !== null && state.away === null);
    }
  }

  return {
    saved: () => Math.min(...running.map(({ upper }) => upper.state()?.saved ?? 0)),
    troubles() {
      const troubles = new Map<UpperTrouble, string | null>();
      for (const one of running) {
        const { name } = one.platform;
        const unfetched = one.upper.state()?.unfetched ?? null;
        troubles.set(`upper-away#${name}`, awayOf(one));
        troubles.set(
          `upper-unfetched#${name}`,
          unfetched === null ? null : `${name}: ${unfetched} still lies there`,
        );
        const isShown = one.gap !== null && mono() - one.gap.at < SHOWN_MS;
        troubles.set(`upper-gap#${name}`, isShown ? `${name}: ${one.gap?.detail}` : null);
      }
      return troubles;
    },
    figures: (what) => Object.fromEntries(running.map((one) => [one.platform.name, figureOf(one, what)])),
    shown: () =>
      Object.fromEntries(
        running.flatMap((one) =>
          (Object.keys(UPPER_FIGURES) as UpperFigure[]).map((what) => [
            `upper:${one.platform.name}:${what}`,
            figureOf(one, what),
          ]),
        ),
      ),
    async close() {
      if (timer !== null) clearInterval(timer);
      await Promise.all(running.map(({ upper }) => upper.close()));
    },
  };
}

/** Tells each platform what mines and its points are called: new ones at once, changed ones by and by. */
function createTelling(engine: Engine, running: readonly Pick<Running, "platform" | "upper">[]): () => void {
  const told: { def: PointDef; listed: boolean; tableAt: number | null }[] = [];
  let config: ReturnType<Engine["config"]> = null;
  let seen = -1;
  /** Points from here on are still to be looked at again. */
  let again = 0;
  let checked = 0;

  function look(slot: number, tableAt: (view: PointView) => number | null): UpperPoint | null {
    const view = engine.pointOfSlot(slot);
    if (view === null) return null;
    const { mine, system, def, listed } = view;
    const next = { def, listed, tableAt: tableAt(view) };
    const before = told[slot];
    if (before?.def === def && before.listed === listed && before.tableAt === next.tableAt) return null;
    told[slot] = next;
    return { mine, system, ...next };
  }

  return () => {
    if (engine.config() !== config) {
      config = engine.config();
      const mines = (config?.mines ?? []).map(({ code, name, approvedUnderground }) => ({
        code,
        name,
        approved: approvedUnderground,
      }));
      for (const { upper } of running) upper.mines(mines, config?.rules ?? []);
    }
    const tableAt = createTableTimes(engine);
    const points: UpperPoint[] = [];
    const take = (slot: number) => {
      const point = look(slot, tableAt);
      if (point !== null) points.push(point);
    };
    const count = engine.slotCount();
    for (; checked < count; checked++) take(checked);
    if (engine.definitions() !== seen) {
      seen = engine.definitions();
      again = count;
    }
    for (let n = 0; again > 0 && n < POINTS_A_TURN; n++) take(--again);
    if (points.length === 0) return;
    for (const { platform, upper } of running) {
      const own = points.filter(({ system }) => system === platform.system || system === "person");
      if (own.length > 0) upper.points(own);
    }
  };
}

/** When the table of each stream was sent, asked for once a turn. */
function createTableTimes(engine: Engine): (view: PointView) => number | null {
  const times = new Map<string, number | null>();
  return ({ mine, system }) => {
    const key = `${mine}:${system}`;
    if (!times.has(key)) times.set(key, engine.table(mine, system)?.at ?? null);
    return times.get(key) ?? null;
  };
}
