import type { Engine } from "../core/engine.ts";
import { type Gateway, LaneFull } from "../gateway.ts";
import type { Clock } from "../lib/clock.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { Act } from "../model/act.ts";
import { VERDICT } from "../model/reading.ts";
import type { Store } from "../store/api.ts";
import type { ActOutcome, RefusedConnection, SeriesAnswer, SeriesQuery, WebPorts } from "../web/ports.ts";
import { decodeEntry } from "../wire/journal-codec.ts";
import type { Accounts } from "./accounts.ts";

export interface WebPortsOptions {
  readonly clock: Clock;
  readonly epoch: string;
  readonly engine: Engine;
  readonly gateway: Gateway;
  readonly journal: SegmentLog;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly refused: () => Iterable<RefusedConnection>;
  readonly screens: (count: number) => void;
  readonly pushed: (seq: number) => void;
  readonly health: WebPorts["health"];
  readonly metrics: WebPorts["metrics"];
  readonly system: WebPorts["system"];
  readonly handleMqtt: WebPorts["handleMqtt"];
}

/** What the web room asks for, from the rooms that have it. */
export function createWebPorts(options: WebPortsOptions): WebPorts {
  const { engine, gateway, journal, store } = options;
  return {
    clock: options.clock,
    epoch: () => options.epoch,
    head: () => journal.synced,
    async *journal(from) {
      for await (const batch of journal.read(from)) yield batch.map(decodeEntry);
    },
    openAlarms: () => engine.openAlarms(),
    mines: () => engine.mines(),
    mine: (code) => engine.mine(code),
    points: (mine) => engine.points(mine),
    point: (id) => engine.point(id),
    people: (mine) => engine.people(mine),
    table: (mine, system) => engine.table(mine, system),
    rules: () => engine.config()?.rules ?? [],
    liveGeneration: () => engine.liveGeneration(),
    changedSince: (generation) => engine.changedSince(generation),
    series: (query) => series(store, query),
    async alarms({ mines, levels, classes, state, from, to, q, limit, after }) {
      const page = await store.alarms({
        ...(state === null ? {} : { state: state as never }),
        ...(mines === null ? {} : { mine: mines }),
        ...(levels === null ? {} : { level: levels }),
        ...(classes === null ? {} : { class: classes }),
        ...(from === null ? {} : { from }),
        ...(to === null ? {} : { to }),
        ...(q === null ? {} : { q }),
        limit,
        after,
      });
      return page.items.map(({ alarm }) => alarm);
    },
    alarm: (id) => store.alarm(id),
    act: (act) => carryOut(gateway, act),
    receipt(receipt) {
      void gateway.take({ type: "receipt", ...receipt }).catch(() => {});
      return true;
    },
    screens: options.screens,
    pushed: options.pushed,
    cursors: store.cursors,
    ...options.accounts,
    refused: options.refused,
    health: options.health,
    metrics: options.metrics,
    system: options.system,
    handleMqtt: options.handleMqtt,
  };
}

async function carryOut(gateway: Gateway, act: Act): Promise<ActOutcome> {
  try {
    const result = await gateway.take({ type: "act", act });
    return result ?? { ok: false, why: "not-possible", detail: "this act changes nothing" };
  } catch (error) {
    if (error instanceof LaneFull) return { ok: false, why: "busy", detail: error.message };
    throw error;
  }
}

/** The store answers in columns; a screen wants rows. NaN, no value, is null there. */
async function series(store: Store, query: SeriesQuery): Promise<SeriesAnswer> {
  const answer = await store.series(query);
  if (answer === null) return { step: query.step, rows: [], next: null };
  const { t, s, next } = answer;
  if (answer.step === "raw") {
    const { v, flags } = answer;
    const row = (_: unknown, i: number) => ({
      t: t[i] ?? 0,
      v: number(v[i]),
      s: s[i] ?? 0,
      flags: flags[i] ?? VERDICT.plain,
    });
    return { step: "raw", rows: Array.from({ length: answer.n }, row), next };
  }
  const { min, minAt, max, maxAt, avg, count } = answer;
  const minute = (_: unknown, i: number) => ({
    t: t[i] ?? 0,
    n: count[i] ?? 0,
    min: number(min[i]),
    minAt: number(minAt[i]),
    max: number(max[i]),
    maxAt: number(maxAt[i]),
    avg: number(avg[i]),
    s: s[i] ?? 0,
  });
  return { step: "1m", rows: Array.from({ length: answer.n }, minute), next };
}

const number = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;
