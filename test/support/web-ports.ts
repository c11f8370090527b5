import type { Act, ActResult, Role } from "../../src/model/act.ts";
import type { Alarm, JournalRecord, Service, Transition } from "../../src/model/alarm.ts";
import type { DutyRecord, DutyView, Person, PreNotice, StatusChange } from "../../src/model/duty.ts";
import type { KpiAnswer, Kpis } from "../../src/model/kpi.ts";
import type { MineCheck } from "../../src/model/mine-check.ts";
import type { Notification } from "../../src/model/notification.ts";
import type { Level, Rule } from "../../src/model/rule.ts";
import type {
  FloodView,
  LimitsView,
  LiveValue,
  MineView,
  PointView,
  RequestView,
  ShadowView,
  ShelfView,
  UnrestView,
} from "../../src/model/view.ts";
import type { ActOutcome, AlarmPage, UserView, WebPorts } from "../../src/web/ports.ts";
import { anAlarm } from "./any-alarm.ts";

export const MINE = "520523017311";
export const OTHER = "520523017312";
const ONSET = Date.UTC(2026, 0, 10, 4);

let made = 0;
/** One after the other, each of its own case. */
export function nextAlarm(over: Partial<Alarm> = {}): Alarm {
  made += 1;
  const raisedAt = ONSET + made;
  return anAlarm({
    id: `ALARM${String(made).padStart(8, "0")}`,
    case: `CASE${made}`,
    raisedAt,
    detectedAt: raisedAt + 20,
    ...over,
  });
}

export const USERS: Record<string, { role: Role; mines: string[] }> = {
  viewer: { role: "viewer", mines: ["*"] },
  duty: { role: "duty", mines: ["*"] },
  lead: { role: "lead", mines: ["*"] },
  admin: { role: "admin", mines: ["*"] },
  auditor: { role: "auditor", mines: ["*"] },
  mine: { role: "mine", mines: [MINE] },
  here: { role: "duty", mines: [MINE] },
};
export const passwordOf = (name: string) => `demo-${name}`;
export const tokenOf = (name: string) => `token-of-${name}-0123456789`;

/** A house in memory: a journal, an engine that acknowledges, accounts. `act` and `raise` tell the web room. */
export function createHouse() {
  const records: JournalRecord[] = [];
  const alarms = new Map<string, Alarm>();
  const index = new Map<string, Alarm>();
  const sessions = new Map<string, { user: string; expires: number }>();
  const users = new Map<string, UserView>(
    Object.entries(USERS).map(([name, { role, mines }]) => [name, { name, role, mines, disabled: false }]),
  );
  const points = new Map<string, PointView>();
  const changed = new Map<string, number>();
  const cursors = new Map<string, { epoch: string; seq: number }>();
  const acts = new Map<string, ActResult>();
  const seen: { alarm: string; rung: string; by: string; device: string }[] = [];
  let generation = 1;
  let tell: (batch: JournalRecord[]) => void = () => {};

  const house = {
    epoch: "epoch-1",
    records,
    alarms,
    index,
    /** Readings were dropped by retention; what they made is kept. */
    rowsGone: false,
    users,
    sessions,
    cursors,
    receipts: seen,
    confirmed: [] as Act[],
    /** Alarm acts as the gateway was given them. */
    given: [] as Act[],
    /** What the next acts are answered, where it is not the usual. */
    answer: null as ActOutcome | null,
    asked: [] as object[],
    figures: { total: someKpis("*"), groups: [someKpis("duty"), someKpis("lead")] } as KpiAnswer,
    sent: [] as Notification[],
    duty: null as DutyView | null,
    roster: [] as Person[],
    preNotices: [] as PreNotice[],
    statuses: [] as StatusChange[],
    dutyLog: [] as DutyRecord[],
    floods: [] as FloodView[],
    shelves: [] as ShelfView[],
    services: [] as Service[],
    requests: [] as RequestView[],
    unrest: [] as UnrestView[],
    pushes: [] as { alarm: string; n: number; stored: number; pushed: number | null }[],
    seats: [] as readonly { user: string; role: Role }[],
    flights: [] as { screens: number; deaf: readonly string[] }[],
    points,
    screens: 0,
    pushed: 0,
    journalReads: 0,
    skew: 0,
    /** An act is answered before the web room hears of its record. */
    tellLate: false,
    actDelay: null as Promise<void> | null,
    health: { live: true, ready: true, checks: [{ name: "journal", ok: true, detail: "synced" }] },
    verify: async (name: string, password: string): Promise<UserView | null> =>
      password === passwordOf(name) ? (users.get(name) ?? null) : null,
    onTold(then: (batch: JournalRecord[]) => void) {
      tell = then;
    },
    head: () => records.length,

    /** Journals these as one batch, as the gateway does after its sync. */
    journal(entries: JournalRecordBody[]): JournalRecord[] {
      const batch = entries.map((entry) => {
        const seq = records.length + 1;
        const record =
          entry.type === "transition"
            ? { ...entry, seq, alarm: { ...entry.alarm, seq } }
            : ({ ...entry, seq } as JournalRecord);
        records.push(record);
        if (record.type === "transition") alarms.set(record.alarm.id, record.alarm);
        return record;
      });
      if (house.tellLate) setImmediate(() => setImmediate(tell, batch));
      else tell(batch);
      return batch;
    },
    raise: (...of: Alarm[]) => house.journal(of.map((alarm) => transition(alarm, "raise"))),
    notice: () =>
      house.journal([
        { type: "notice", t: ONSET, mine: MINE, system: null, code: "x", detail: "", inputs: [] } as never,
      ]),
    end(id: string) {
      const alarm = alarms.get(id)!;
      const over = { state: "normal" as const, n: alarm.n + 1, returnedAt: Date.now(), endedAt: Date.now() };
      return house.journal([transition({ ...alarm, ...over }, "end")]);
    },

    setPoint(id: string, value: number): void {
      const [mine = "", system = "", code = ""] = id.split(":");
      generation += 1;
      changed.set(id, generation);
      points.set(id, {
        id,
        slot: 0,
        mine,
        system,
        def: { code, type: "0001", kind: "analog", place: "x" },
        loc: null,
        confirmed: true,
        unit: "%CH4",
        limits: null,
        value,
        word: null,
        state: 0,
        quality: "good",
        at: ONSET,
        listed: true,
      });
    },

    ports: {} as WebPorts,
  };

  const ports: WebPorts = {
    clock: { wall: () => Date.now() + house.skew, mono: () => performance.now() + house.skew },
    epoch: () => house.epoch,
    head: () => records.length,
    async *journal(from) {
      house.journalReads += 1;
      for (let i = from - 1; i < records.length; i += 300) yield records.slice(i, i + 300);
    },
    openAlarms: () => [...alarms.values()],
    mines: () => [aMine(MINE, "一号矿"), aMine(OTHER, "二号矿")],
    mine: (code) => (code === MINE ? aMine(MINE, "一号矿") : code === OTHER ? aMine(OTHER, "二号矿") : null),
    points: (mine) => [...points.values()].filter((point) => point.mine === mine),
    point: (id) => points.get(id) ?? null,
    people: () => ({
      ts: ONSET,
      underground: 1,
      quality: "good",
      people: [{ card: "00012345", name: "矿工甲", down: ONSET }],
      areas: [],
    }),
    table: () => ({
      version: 1,
      at: ONSET,
      points: [{ code: "T1", type: "0001", kind: "analog", place: "x" }],
      held: null,
      changes: [
        { version: 1, at: ONSET, code: "T1", what: "added", detail: "", confirm: false },
        { version: 2, at: ONSET + 1, code: "T1", what: "loosened", detail: "alarmHigh 1 → 2", confirm: true },
      ],
    }),
    limits: (id) => (points.has(id) ? { ...LIMITS, point: id } : null),
    shadows: () => [aShadow(MINE), aShadow(OTHER)],
    rules: () => [aRule("CH4-04")],
    liveGeneration: () => generation,
    changedSince: (since) =>
      [...changed].filter(([, at]) => at > since).map(([id]) => points.get(id) as LiveValue),
    async series({ id, step }) {
      if (step !== "raw") {
        const empty = { t: ONSET, n: 1, min: null, minAt: null, max: null, maxAt: null, avg: null, s: 0 };
        return { step, rows: step === "1m" && house.rowsGone ? [] : [empty], next: null };
      }
      const rows = [
        { t: ONSET, v: 0.5, s: 0, flags: 0 },
        { t: ONSET + 1000, v: null, s: 128, flags: 0 },
      ];
      return { step, rows: points.has(id) ? rows : [], next: null };
    },
    async alarms({ limit = 200, cursor }): Promise<AlarmPage> {
      const all = [...index.values()].sort((a, b) => b.raisedAt - a.raisedAt);
      const from = cursor ? Number(cursor) : 0;
      const page = all.slice(from, from + limit);
      return {
        items: page.map((alarm) => ({ id: alarm.id, seq: alarm.seq, alarm })),
        next: from + limit < all.length ? String(from + limit) : null,
      };
    },
    async alarm(id) {
      const own = records.filter((r) => r.type === "transition" && r.alarm.id === id);
      const alarm = alarms.get(id) ?? index.get(id);
      if (alarm === undefined) return null;
      return {
        alarm,
        transitions: own.map((r) => ({
          seq: r.seq,
          t: r.t,
          transition: (r as never as { transition: Transition }).transition,
        })),
        evidence: null,
      };
    },
    async act(act: Act, past?: Alarm): Promise<ActOutcome> {
      await house.actDelay;
      house.given.push(act);
      if (house.answer !== null) return house.answer;
      if (!("alarm" in act)) {
        house.confirmed.push(act);
        const [record] = house.notice();
        return { ok: true, seq: record!.seq, already: false };
      }
      const known = acts.get(act.id);
      if (known?.ok) return { ...known, already: true };
      const alarm = alarms.get(act.alarm) ?? past;
      if (alarm === undefined) return { ok: false, why: "unknown-alarm", detail: "no such alarm" };
      if (act.expect !== null && act.expect !== alarm.seq) {
        return { ok: false, why: "stale", detail: "it has changed since" };
      }
      const by = act.actor.user;
      const next: Alarm =
        act.do === "acknowledge"
          ? { ...alarm, state: "acknowledged", acknowledged: { by, at: ONSET, note: act.note, device: "" } }
          : alarm;
      const [record] = house.journal([transition({ ...next, n: alarm.n + 1 }, act.do as "comment", by)]);
      const result: ActResult = { ok: true, seq: record!.seq, already: false };
      acts.set(act.id, result);
      return result;
    },
    receipt(receipt) {
      seen.push(receipt);
      return true;
    },
    kpis: async (query) => {
      house.asked.push(query);
      return house.figures;
    },
    notifications: async (query) => {
      house.asked.push(query);
      return house.sent;
    },
    reports: async () => ({ ok: false, why: "unknown" }),
    opened: async () => false,
    pushDevices: async () => [],
    subscribe: async () => ({ why: "unknown-device" }),
    duty: () => house.duty,
    roster: () => house.roster,
    accounts: () => new Map(house.roster.flatMap(({ id, user }) => (user === null ? [] : [[id, user]]))),
    preNotices: () => house.preNotices,
    statuses: () => house.statuses,
    floods: () => house.floods,
    shelves: () => house.shelves,
    outOfService: () => house.services,
    requests: () => house.requests,
    unrest: () => house.unrest,
    dutyLog: async ({ before, limit }) =>
      house.dutyLog.filter(({ seq }) => before === null || seq < before).slice(0, limit),
    pushes: async (alarm) => house.pushes.filter((one) => one.alarm === alarm),
    screens(seats) {
      house.screens = seats.length;
      house.seats = seats;
    },
    pushed(seq) {
      house.pushed = seq;
    },
    canary(flight) {
      house.flights.push(flight);
    },
    cursors: {
      get: async (consumer) => cursors.get(consumer) ?? null,
      set: async (consumer, epoch, seq) => void cursors.set(consumer, { epoch, seq }),
    },
    sessions: {
      create: async (secret, session) => void sessions.set(secret, session),
      async get(secret) {
        const session = sessions.get(secret);
        const user = session && users.get(session.user);
        return user && !user.disabled ? { user } : null;
      },
      revoke: async (secret) => void sessions.delete(secret),
    },
    tokens: {
      async get(secret) {
        const user = [...users.values()].find(({ name }) => tokenOf(name) === secret);
        return user ? { token: { id: user.name }, user } : null;
      },
    },
    users: { verify: (name, password) => house.verify(name, password) },
    refused: () => [{ at: ONSET, address: "10.0.0.9", clientId: "x", claimed: MINE, reason: "password" }],
    credentials: {
      list: () => [{ id: "abcdefgh", system: null, note: "", by: "admin", createdAt: ONSET }],
      issue: async () => ({ id: "abcdefgh", password: "abcdefgh-secret" }),
      revoke: async () => true,
    },
    check: async (mine, hours) => aCheck(mine, hours),
    checkSheet: ({ mine }, by) => `<!doctype html><p>${mine} ${by}</p>`,
    health: () => house.health,
    metrics: async () => "davylamp_up 1\n",
    system: () => ({
      version: "0.1.0",
      node: process.version,
      startedAt: ONSET,
      configHash: null,
      dev: true,
      reload: null,
      receivers: [],
      figures: { packets: 1 },
    }),
    handleMqtt: (stream) => stream.pipe(stream),
  };
  house.ports = ports;
  return house;
}

const aCheck = (mine: string, hours: number): MineCheck => ({
  mine,
  name: "一号矿",
  at: ONSET,
  hours,
  version: "0.1.0",
  state: "warn",
  items: [
    {
      check: "clock",
      title: { zh: "时钟偏差", en: "Clock" },
      state: "warn",
      figure: { zh: "90 秒", en: "90 s" },
      from: { zh: "中位数", en: "median" },
      samples: [],
      remedy: { zh: "对时", en: "set the clock" },
    },
  ],
});

/** Figures that say little but fit. */
export const someKpis = (key: string): Kpis => {
  const none = { n: 0, share: 0 };
  const times = { n: 0, p50: null, p90: null, p99: null };
  return {
    key,
    name: key,
    time: 1,
    rings: 0,
    rate: { average: 0, worst: 0, worstAt: ONSET },
    floods: { n: 0, time: 0, share: 0 },
    chattering: { subjects: 0, rings: 0 },
    fleeting: 0,
    standing: 0,
    stale: 0,
    levels: { none, blue: none, yellow: none, orange: none, red: none },
    topRules: [],
    topSubjects: [],
    toAcknowledge: times,
    unacknowledged: 0,
    toCall: times,
    toFeedback: times,
    shelved: { n: 0, standing: 0 },
  };
};

export type FakeHouse = ReturnType<typeof createHouse>;
type JournalRecordBody = JournalRecord extends infer R ? (R extends unknown ? Omit<R, "seq"> : never) : never;

export function transition(alarm: Alarm, what: Transition["what"], by?: string): JournalRecordBody {
  return {
    type: "transition",
    t: ONSET,
    transition: {
      from: what === "raise" ? "normal" : "unacknowledged",
      to: alarm.state,
      n: alarm.n,
      what,
      ...(by === undefined ? {} : { by }),
    },
    alarm,
    inputs: [1],
    evidence: null,
  } as JournalRecordBody;
}

const LIMITS: Omit<LimitsView, "point"> = {
  type: "0001",
  unit: "%CH4",
  loc: "CF_FACE",
  proposed: "CF_RETURN",
  locFrom: { by: "file", at: "mines/520523017311.yaml:18" },
  alarm: { value: 1, from: "law", kind: "law", what: "第536条 CF_FACE", at: "rules/safety.yaml:12" },
  cut: {
    value: 1.2,
    from: "county",
    kind: "override",
    what: "limits.0001",
    at: "mines/520523017311.yaml:30",
  },
  release: { value: 0.9, from: "mine", kind: "table", what: "alarmHighClear", at: null },
  lower: null,
  grades: null,
};

const aShadow = (mine: string): ShadowView => ({
  rule: { ...aRule(`PER-07-${mine.slice(-1)}`), shadow: true },
  raised: 3,
  open: 1,
  last: [
    {
      id: "S1",
      mine,
      mineName: mine,
      subject: { kind: "point", id: `${mine}:safety:T1`, name: "T1" },
      point: `${mine}:safety:T1`,
      place: "x",
      level: "yellow",
      from: ONSET,
      to: null,
      value: 1.1,
      unit: "%CH4",
      limit: 1,
    },
  ],
});

function aMine(code: string, name: string): MineView {
  return {
    config: {
      code,
      name,
      aliases: [],
      kind: "coal",
      status: "producing",
      gasGrade: "high",
      rockBurst: false,
      approvedUnderground: 100,
      contacts: [],
      systems: ["safety"],
      cycles: {},
      points: {},
      limits: {},
    },
    link: "up",
    worst: "none" as Level,
    open: 0,
    unacknowledged: 0,
    newestSample: ONSET,
    newestMessage: ONSET,
    underground: 1,
    streams: [
      {
        mine: code,
        system: "safety",
        link: "up",
        newestSample: ONSET,
        newestMessage: ONSET,
        offset: 0,
        points: 1,
        tableVersion: 1,
        tableHeld: null,
        cycle: 30,
        seqGaps: 0,
      },
    ],
    counters: { accepted: 1 },
    rejects: [{ at: ONSET, topic: "t", reason: "time", what: "x" }],
  };
}

function aRule(id: string): Rule {
  return {
    id,
    title: "甲烷达到断电值",
    titleEn: "Methane at the cut limit",
    basis: null,
    unverified: true,
    systems: ["safety"],
    types: ["0001"],
    locs: [],
    ladder: "CH4",
    when: { kind: "high", limit: "cut", clear: "release" },
    level: "orange",
    ack: "required",
    onDelay: 0,
    offDelay: 0,
    class: "over-limit",
    onBad: "hold",
    statuses: [],
    response: { cause: "c", consequence: "q", action: "a", within: 60_000 },
    latch: false,
    parent: null,
    shadow: false,
    source: "safety.yaml:1",
  };
}
