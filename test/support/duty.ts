import type { Engine } from "../../src/core/engine.ts";
import type { Act, ActResult, Role } from "../../src/model/act.ts";
import type { Alarm, JournalEntry } from "../../src/model/alarm.ts";
import { dayNumber } from "../../src/model/calendar.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { ChainStep, DutyConfig, EscalationChain, Person } from "../../src/model/duty.ts";
import type { Arrival } from "../../src/model/input.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { aConfig, aMine, anEngine, aPoint, aRule, createFeed, RULES } from "./builders-core.ts";

/** 2026-02-02, a Monday, at 00:00 in China. */
export const MONDAY = Date.UTC(2026, 1, 1, 16);
export const CHINA: EffectiveConfig["offsets"] = [{ from: 0, minutes: 480 }];

export const aPerson = (id: string, more: Partial<Person> = {}): Person => ({
  id,
  user: id,
  name: id,
  role: "officer",
  mines: ["*"],
  devices: [
    { id: "phone", channel: "voice", to: "1" },
    { id: "mobile", channel: "sms", to: "1" },
  ],
  ...more,
});

export const aStep = (
  when: ChainStep["when"],
  seconds: number,
  to: ChainStep["to"][number] | readonly ChainStep["to"][number][],
  via: readonly string[] | null = null,
): ChainStep => ({
  when,
  after: seconds * SECOND,
  to: Array.isArray(to) ? to : [to as ChainStep["to"][number]],
  via,
});

export const OFFICER = { kind: "on-duty", part: "officer" } as const;
export const LEAD = { kind: "on-duty", part: "lead" } as const;

/** SYS-02 and SYS-03 of domain.md §10. */
export const RED: EscalationChain = {
  levels: ["red"],
  mines: ["*"],
  steps: [
    aStep("raise", 0, OFFICER),
    aStep("not-delivered", 30, { kind: "next-device" }),
    aStep("not-acknowledged", 60, LEAD),
    aStep("not-acknowledged", 180, { kind: "role", role: "boss" }),
    aStep("no-call", 300, LEAD),
    aStep("no-feedback", 1_800, LEAD),
  ],
  repeat: 5 * MINUTE,
  remind: 30 * MINUTE,
  returnedTimes: 3,
  preNoticeHold: 10 * MINUTE,
};

/** Two crews by turns, day and night; above them one who is never on the roster. */
export function aDuty(more: Partial<DutyConfig> = {}): DutyConfig {
  return {
    people: [
      aPerson("an"),
      aPerson("bo"),
      aPerson("li", { role: "lead" }),
      aPerson("lu", { role: "lead" }),
      aPerson("wu", { role: "boss" }),
    ],
    shifts: [
      { id: "day", name: "白班", from: 8 * 60, to: 20 * 60 },
      { id: "night", name: "夜班", from: 20 * 60, to: 8 * 60 },
    ],
    crews: [
      { id: "one", name: "一班", parts: { officer: ["an"], lead: ["li"] } },
      { id: "two", name: "二班", parts: { officer: ["bo"], lead: ["lu"] } },
    ],
    rotations: [
      {
        from: dayNumber("2026-01-01") ?? 0,
        cycle: [
          { day: "one", night: "two" },
          { day: "two", night: "one" },
        ],
      },
    ],
    chains: [RED],
    quiet: [],
    handoverWithin: 30 * MINUTE,
    coverDays: 7,
    ...more,
  };
}

const LIMIT = { kind: "high", limit: 1, clear: 1 } as const;
const POINT_RULES = (["red", "orange", "yellow"] as const).map((level, i) =>
  aRule({ id: level, types: [`9${i}`], when: LIMIT, level, ladder: "X" }),
);
const TROUBLES = ["duty-nobody", "duty-uncovered", "duty-unreachable"].map((type) =>
  aRule({
    id: type,
    systems: ["gateway"],
    types: [type],
    when: { kind: "state", is: ["fault"] },
    class: "gateway",
  }),
);

/** Red on R…, orange on O…, yellow on Y…; U steps up from orange to red at 2; the gateway's own troubles. */
export const aDutyConfig = (more: Partial<EffectiveConfig> = {}): EffectiveConfig =>
  aConfig({
    offsets: CHINA,
    duty: aDuty(),
    rules: [
      ...POINT_RULES,
      ...TROUBLES,
      aRule({ id: "U1", types: ["93"], when: LIMIT, level: "orange", ladder: "U" }),
      aRule({ id: "U2", types: ["93"], when: { ...LIMIT, limit: 2, clear: 2 }, level: "red", ladder: "U" }),
      ...RULES.filter(({ id }) => id.startsWith("LINK") || id.startsWith("FAN")),
    ],
    mines: [aMine({ systems: ["safety"], contacts: [{ name: "调度室", role: "dispatch", phone: "0" }] })],
    ...more,
  });

export const DUTY_POINTS = ["R1", "R2", "O1", "Y1", "U1"].map((code) =>
  aPoint({ code, type: { R: "90", O: "91", Y: "92", U: "93" }[code[0] as "R"], cycle: 0 }),
);

/** An engine on duty from a moment on, with what it told. */
export function createWatchRoom(
  options: { begin?: number; config?: EffectiveConfig; swap?: (engine: Engine) => Engine } = {},
) {
  const { begin = MONDAY + 3 * HOUR, config = aDutyConfig() } = options;
  let engine = anEngine();
  let feed = createFeed(engine);
  let now = begin;
  let acts = 0;
  const entries: JournalEntry[] = [];
  const keep = <T extends { entries: readonly JournalEntry[] }>(effects: T): T => {
    entries.push(...effects.entries);
    // A restart between two ticks in which nothing happens is like the one before.
    if (options.swap !== undefined && (effects.entries.length > 0 || entries.length % 3 === 0)) {
      engine = options.swap(engine);
      feed = feed.with(engine);
    }
    return effects;
  };
  keep(feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" }));
  keep(feed.config(now, config));
  keep(feed.points(now, DUTY_POINTS));

  const room = {
    entries,
    now: () => now,
    engine: () => engine,
    /** Second by second, as live. */
    wait(ms: number) {
      const end = now + ms;
      while (now < end) {
        now = Math.min(end, now + SECOND);
        keep(feed.tick(now));
      }
    },
    /** The machine stands still; the deadlines of that time fire with the next tick. */
    asleep(ms: number) {
      now += ms;
      keep(feed.tick(now));
    },
    /** The gateway is down for so long, and comes back. */
    down(ms: number) {
      now += ms;
      keep(feed.step({ type: "start", now, version: "test", epoch: "test", firstCall: "with-raise" }));
    },
    clock(by: number) {
      now += by;
      keep(feed.step({ type: "clock", now, by }));
    },
    reload(next: EffectiveConfig) {
      keep(feed.config(now, next));
    },
    /** One message, with as many readings of the point as there are values. */
    send(code: string, ...values: readonly number[]) {
      keep(
        feed.readings(
          now,
          values.map((v) => ({ p: code, v })),
        ),
      );
    },
    /** Anything that comes from outside. */
    input(arrival: Arrival) {
      keep(feed.step({ ...arrival, now } as Parameters<typeof feed.step>[0]));
    },
    self(point: string, value: number) {
      keep(feed.step({ type: "self", now, point, value, detail: "" }));
    },
    act(what: Deed, user = "an", role: Role = "duty", mines = ["*"]): ActResult | null {
      acts++;
      const actor = { user, role, mines, device: "desk" };
      return keep(feed.step({ type: "act", now, act: { id: `act ${acts}`, actor, ...what } as Act })).result;
    },
    receipt(code: string, by: string, rung: "delivered" | "seen" = "delivered") {
      keep(feed.step({ type: "receipt", now, alarm: room.alarm(code).id, rung, by, device: "phone" }));
    },
    ack: (code: string, user = "an") =>
      room.act({ do: "acknowledge", alarm: room.alarm(code).id, expect: null, note: null }, user),
    /** The newest alarm of a point. */
    alarm(code: string): Alarm {
      const found = entries.findLast(
        (entry) => entry.type === "transition" && entry.alarm.subject.id.endsWith(`:${code}`),
      );
      if (found?.type !== "transition") throw new Error(`no alarm of ${code}`);
      return engine.alarm(found.alarm.id) ?? found.alarm;
    },
    /** Every step of calling about a point: seconds after the room began, why, whom on what. */
    steps: (code: string): string[] =>
      entries.flatMap((entry) => {
        if (entry.type !== "transition" || entry.transition.why === undefined) return [];
        if (!entry.alarm.subject.id.endsWith(`:${code}`)) return [];
        const { why, calls = [], note = "" } = entry.transition;
        const whom = calls.map(({ person, device }) => `${person}/${device}`).join(" ") || note;
        return [`${(entry.t - begin) / SECOND} ${why} ${whom}`];
      }),
    /** Everything told of the gateway's own troubles. */
    troubles: (): string[] =>
      entries.flatMap((entry) =>
        entry.type === "transition" && entry.alarm.mine === "gateway" && entry.transition.what !== "escalate"
          ? [`${entry.transition.what} ${entry.alarm.rule} ${entry.alarm.place}`]
          : [],
      ),
    notices: (code: string): string[] =>
      entries.flatMap((entry) => (entry.type === "notice" && entry.code === code ? [entry.detail] : [])),
    dutyLog: () => entries.flatMap((entry) => (entry.type === "duty" ? [entry.duty] : [])),
  };
  return room;
}

type WithoutActor<T> = T extends unknown ? Omit<T, "id" | "actor"> : never;
export type Deed = WithoutActor<Act>;
