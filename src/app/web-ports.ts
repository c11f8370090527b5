import type { Engine } from "../core/engine.ts";
import { type Gateway, LaneFull } from "../gateway.ts";
import type { Clock } from "../lib/clock.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { Act } from "../model/act.ts";
import type { Alarm } from "../model/alarm.ts";
import { BOUNDS } from "../model/bounds.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { Store } from "../store/api.ts";
import type { ActOutcome, AlarmPage, AlarmQuery, RefusedConnection, WebPorts } from "../web/ports.ts";
import type { ChannelSettings } from "../wire/config/channels.ts";
import { decodeEntry } from "../wire/journal-codec.ts";
import type { Accounts } from "./accounts.ts";
import { kpis } from "./kpis.ts";
import { checkSheet } from "./mine-check/sheet.ts";
import { createPushDevices } from "./push-devices.ts";

export interface WebPortsOptions {
  readonly clock: Clock;
  readonly epoch: string;
  readonly engine: Engine;
  readonly gateway: Gateway;
  readonly journal: SegmentLog;
  readonly store: Store;
  readonly series: WebPorts["series"];
  readonly accounts: Accounts;
  /** Null where nobody beyond the screens is told of anything. */
  readonly notifier: Notifier | null;
  readonly channels: readonly ChannelSettings[];
  readonly refused: () => Iterable<RefusedConnection>;
  readonly credentials: WebPorts["credentials"];
  readonly check: WebPorts["check"];
  readonly screens: WebPorts["screens"];
  readonly pushed: WebPorts["pushed"];
  readonly canary: WebPorts["canary"];
  readonly health: WebPorts["health"];
  readonly metrics: WebPorts["metrics"];
  readonly system: WebPorts["system"];
  readonly handleMqtt: WebPorts["handleMqtt"];
}

/** What the web room asks for, from the rooms that have it. */
export function createWebPorts(options: WebPortsOptions): WebPorts {
  const { engine, gateway, journal, store, notifier } = options;
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
    limits: (id) => engine.limits(id),
    shadows: () => engine.shadows(),
    rules: () => engine.config()?.rules ?? [],
    liveGeneration: () => engine.liveGeneration(),
    changedSince: (generation) => engine.changedSince(generation),
    series: options.series,
    alarms: (query) => alarms(store, query),
    alarm: (id) => store.alarm(id),
    kpis: (query) => kpis(store, engine, query),
    notifications: (query) => store.outbox.list(query),
    reports: async (channel, secret, body) =>
      (await notifier?.report(channel, secret, body)) ?? { ok: false, why: "unknown" },
    opened: async (token, rung) => (await notifier?.opened(token, rung)) === true,
    ...createPushDevices({ engine, channels: options.channels, subscriptions: store.outbox.subscriptions }),
    duty: () => engine.duty(),
    roster: () => engine.config()?.duty?.people ?? [],
    accounts: () =>
      new Map(
        (engine.config()?.duty?.people ?? []).flatMap(({ id, user }) => (user === null ? [] : [[id, user]])),
      ),
    preNotices: () => engine.preNotices(),
    statuses: () => engine.statuses(),
    floods: () => engine.floods(),
    shelves: () => engine.shelves(),
    outOfService: () => engine.outOfService(),
    requests: () => engine.requests(),
    unrest: () => engine.unrest(),
    dutyLog: (query) => store.dutyLog(query),
    pushes: (alarm) => store.pushes(alarm),
    act: (act, past) => carryOut(gateway, act, past),
    receipt({ urgent, ...receipt }) {
      // Receipts can wait, what people and clocks do cannot: in a flood they leave the lane to them.
      if (gateway.stats().own >= BOUNDS.inboxOwn / 2) return false;
      if (!urgent && gateway.waiting() > CONGESTED_MS) return false;
      void gateway.take({ type: "receipt", ...receipt }).catch(() => {});
      return true;
    },
    screens: options.screens,
    pushed: options.pushed,
    canary: options.canary,
    cursors: store.cursors,
    ...options.accounts,
    refused: options.refused,
    credentials: options.credentials,
    check: options.check,
    checkSheet,
    health: options.health,
    metrics: options.metrics,
    system: options.system,
    handleMqtt: options.handleMqtt,
  };
}

/** While what mines sent waits longer than this, what a screen says of one alarm waits for the next alarms. */
const CONGESTED_MS = 100;

async function carryOut(gateway: Gateway, act: Act, past?: Alarm): Promise<ActOutcome> {
  try {
    const result = await gateway.take({ type: "act", act, ...(past === undefined ? {} : { past }) });
    return result ?? { ok: false, why: "not-possible", detail: "this act changes nothing" };
  } catch (error) {
    if (error instanceof LaneFull) return { ok: false, why: "busy", detail: error.message };
    throw error;
  }
}

const LIMIT = 100;

/** The index pages by what came last; the outside by an opaque word for it. */
async function alarms(store: Store, query: AlarmQuery): Promise<AlarmPage> {
  const limit = query.limit ?? LIMIT;
  const [raisedAt, id] = (query.cursor ?? "").split("~");
  const found = await store.alarms({
    state: query.state ?? null,
    mines: query.mine ?? null,
    levels: query.level ?? null,
    classes: query.class ?? null,
    from: query.from ?? null,
    to: query.to ?? null,
    q: query.q ?? null,
    limit,
    after: id === undefined ? null : { raisedAt: Number(raisedAt), id },
  });
  const last = found.at(-1);
  return {
    items: found.map((alarm) => ({ id: alarm.id, seq: alarm.seq, alarm })),
    next: last === undefined || found.length < limit ? null : `${last.raisedAt}~${last.id}`,
  };
}
