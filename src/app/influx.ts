import { join } from "node:path";
import type { Engine } from "../core/engine.ts";
import { type Influx, type InfluxFault, openInflux, type PointLabel } from "../influx/influx.ts";
import type { Logger } from "../lib/logger.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { SeriesAnswer, SeriesQuery } from "../model/series.ts";
import type { PointView } from "../model/view.ts";
import { influxServer } from "../wire/config/influx-file.ts";
import type { GatewaySettings } from "../wire/config/load.ts";
import { createSeries } from "./series.ts";

export interface InfluxJoin {
  /** The last spool record that InfluxDB no longer needs; Infinity where there is none. */
  saved(): number;
  series(query: SeriesQuery): Promise<SeriesAnswer>;
  /** What of it is a trouble now; null = nothing. */
  troubles(): InfluxTroubles;
  figures(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface InfluxTroubles {
  readonly away: string | null;
  readonly held: string | null;
  readonly refused: string | null;
  readonly behind: string | null;
}

const HEADS_EVERY = 250;
/** Points looked at again in one go when definitions changed: a thousandth of a second of the loop. */
const LABELS_A_TURN = 2_000;
/** How far the writing may fall behind before it is a trouble of its own (records of the spool). */
const BEHIND_RECORDS = 200_000;
/** A refused line is shown for so long. */
const SHOWN_MS = 60_000;

export interface InfluxJoinOptions {
  readonly settings: GatewaySettings;
  readonly secrets: (reference: string) => string | undefined;
  readonly data: string;
  readonly epoch: string;
  readonly engine: Engine;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  readonly embedded: (query: SeriesQuery) => Promise<SeriesAnswer>;
  readonly mono: () => number;
  readonly now: () => number;
  readonly log: Logger;
}

/** Joins the influx room with the core's points and both logs. Without `influx` in gateway.yaml nothing of it runs. */
export async function joinInflux(options: InfluxJoinOptions): Promise<InfluxJoin> {
  const { engine, spool, journal, data, epoch, mono, log } = options;
  const { influx: settings } = options.settings;
  if (settings === undefined) return withoutInflux(options.embedded);
  const { server, secret } = influxServer(settings);
  const influx = await openInflux({
    server,
    epoch,
    spoolDir: join(data, "spool"),
    journalDir: join(data, "journal"),
    cursorPath: join(data, "influx.cursor"),
    refusedDir: join(data, "influx-refused"),
    secret: () => (secret === null ? null : (options.secrets(secret) ?? null)),
    onFault: (code: InfluxFault, detail: string) => log.warn({ code, detail }, "InfluxDB"),
  });
  const labels = createLabels(engine, influx);
  const refusals = createRefusals(mono);
  const timer = setInterval(tellHeads, HEADS_EVERY);
  tellHeads();

  /** Every point is called before the records that name it are told of. */
  function tellHeads(): void {
    const heads = { spool: spool.synced, journal: journal.synced };
    labels.tell();
    influx.synced(heads);
  }

  return {
    saved: () => influx.state()?.saved.spool ?? 0,
    series: createSeries({ influx, embedded: options.embedded, now: options.now, log }),
    troubles() {
      const state = influx.state();
      const trouble = state?.trouble ?? null;
      const records = state?.waiting.spool ?? 0;
      return {
        away: trouble === null || trouble.kind === "held" ? null : trouble.detail,
        held: trouble?.kind === "held" ? `${server.url} ${server.bucket}: ${trouble.detail}` : null,
        refused: refusals.lately(state?.refused ?? 0),
        behind: records > BEHIND_RECORDS ? `InfluxDB is ${records} records behind` : null,
      };
    },
    figures() {
      const state = influx.state();
      if (state === null) return {};
      const { written, refused, requests, waiting, saved, trouble } = state;
      return {
        lines_written: written,
        lines_refused: refused,
        requests,
        records_waiting: waiting.spool,
        transitions_waiting: waiting.journal,
        spool_saved: saved.spool,
        journal_saved: saved.journal,
        well: Number(trouble === null),
      };
    },
    async close() {
      clearInterval(timer);
      await influx.close();
    },
  };
}

const withoutInflux = (embedded: InfluxJoin["series"]): InfluxJoin => ({
  saved: () => Number.POSITIVE_INFINITY,
  series: embedded,
  troubles: () => ({ away: null, held: null, refused: null, behind: null }),
  figures: () => ({}),
  close: () => Promise.resolve(),
});

/** Tells what points are called: new ones at once, changed ones by and by. */
function createLabels(engine: Engine, influx: Pick<Influx, "label">) {
  const told: string[] = [];
  let seen = -1;
  /** Points from here on are still to be looked at again. */
  let again = 0;
  let checked = 0;

  function look(slot: number): PointLabel | null {
    const view = engine.pointOfSlot(slot);
    if (view === null) return null;
    const label = labelOf(view);
    const text = `${label.type}\n${label.loc}\n${label.place}\n${label.twoValued}`;
    if (told[slot] === text) return null;
    told[slot] = text;
    return label;
  }

  return {
    tell(): void {
      const count = engine.slotCount();
      const labels: PointLabel[] = [];
      const take = (slot: number) => {
        const label = look(slot);
        if (label !== null) labels.push(label);
      };
      for (; checked < count; checked++) take(checked);
      if (engine.definitions() !== seen) {
        seen = engine.definitions();
        again = count;
      }
      for (let n = 0; again > 0 && n < LABELS_A_TURN; n++) take(--again);
      if (labels.length > 0) influx.label(labels);
    },
  };
}

/** What the series of a point is called by in InfluxDB (contract §9). */
export function labelOf({ mine, system, def, loc }: PointView): PointLabel {
  const { code, type, kind, states, place } = def;
  const two = kind === "switch" && Object.keys(states ?? {}).every((value) => value === "0" || value === "1");
  return { mine, system, code, type, loc: loc ?? def.loc ?? null, place, twoValued: two };
}

function createRefusals(mono: () => number) {
  let known = 0;
  let until = Number.NEGATIVE_INFINITY;
  return {
    lately(refused: number): string | null {
      if (refused > known) until = mono() + SHOWN_MS;
      known = refused;
      return mono() < until
        ? `${refused} lines since the start, in influx-refused/ of the data directory`
        : null;
    },
  };
}
