import type { Effects } from "../../src/core/effects.ts";
import type { Engine } from "../../src/core/engine.ts";
import type { Act } from "../../src/model/act.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { EffectiveConfig } from "../../src/model/config.ts";
import type { Person } from "../../src/model/people.ts";
import type { PointDef } from "../../src/model/point.ts";
import { VERDICT } from "../../src/model/reading.ts";
import type { Rule } from "../../src/model/rule.ts";
import {
  aConfig,
  aMine,
  anEngine,
  aPoint,
  createFeed,
  MINE,
  type ReadingLike,
  RULES,
} from "./builders-core.ts";
import { duration, type Line, type Scenario, words } from "./scenario-text.ts";

/** Where scenarios begin: a full second. */
const BEGIN = 1_700_000_000_000;
/** Told of anyway; a scenario that means one names it. */
const QUIET_NOTICES = ["table-version", "table-confirm", "table-confirmed", "location-confirmed"];

export interface Played {
  readonly entries: readonly JournalEntry[];
  /** Lines whose transitions were not the expected ones, each as a text to read. */
  readonly differences: readonly string[];
}

/** Plays a scenario; `reborn`: the engine is imaged, cloned and restored before every line. */
export function play(scenario: Scenario, { reborn = false } = {}): Played {
  const stage = setUp(scenario, reborn);
  const differences: string[] = [];
  for (const line of scenario.lines) {
    const effects = stage.perform(line);
    const named = line.expected.filter((each) => !/^(verdict|refused|nothing)\b/.test(each));
    const told = effects.flatMap(({ entries }) => entries).filter((entry) => isTold(entry, named));
    const faults = [
      ...(told.length === named.length ? [] : [`${told.length} for ${named.length}`]),
      ...named.flatMap((each, i) => (told[i] === undefined ? [] : mismatch(each, told[i]))),
      ...asides(line, effects.at(-1)),
    ];
    if (faults.length === 0) continue;
    const happened = told.map((entry) => `    ${describe(entry)}`).join("\n");
    const place = `line ${line.number}: ${line.action}`;
    differences.push(`${place}\n  ${faults.join("\n  ")}\n  happened:\n${happened || "    nothing"}`);
  }
  return { entries: stage.entries, differences };
}

function setUp(scenario: Scenario, reborn: boolean) {
  const points: (PointDef & { system: string })[] = [];
  const policies: Record<string, { loc?: string; cycle?: number }> = {};
  let rules: readonly Rule[] = RULES;
  let mine: Record<string, string> = {};
  for (const setting of scenario.settings) {
    const { plain, keys } = words(setting);
    if (plain[0] === "mine") mine = keys;
    else if (plain[0] === "rule") rules = changed(rules, plain[1] as string, keys);
    else if (plain[0] === "point") {
      const { system = "safety", ...rest } = keys;
      points.push({ ...definition(plain[1] as string, rest), system });
      if (plain.includes("confirmed")) policies[`${system}:${plain[1]}`] = { loc: rest["loc"] as string };
    } else throw new Error(`no such setting: ${setting}`);
  }
  const config = aConfig({
    rules,
    mines: [aMine({ ...mine, systems: (mine["systems"] ?? "safety").split(","), points: policies } as never)],
  });
  return createStage(points, config, { reborn, linked: mine["links"] !== "none" });
}

const NUMBERS = ["alarmHigh", "alarmHighClear", "cutHigh", "restoreHigh", "resolution", "cycle"];

const definition = (code: string, keys: Record<string, string>): PointDef =>
  aPoint({ code, ...valuesOf(keys) });

const valuesOf = (keys: Record<string, string>): Partial<PointDef> =>
  Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [key, NUMBERS.includes(key) ? Number(value) : value]),
  );

function changed(rules: readonly Rule[], id: string, keys: Record<string, string>): Rule[] {
  const { limit, clear, after, kind = "high", down, state, ...rest } = keys;
  const values = Object.entries(rest).map(([key, value]) => [
    key,
    key.endsWith("Delay")
      ? duration(value)
      : /^(systems|statuses|types)$/.test(key)
        ? value.split(",")
        : value,
  ]);
  return rules
    .filter((rule) => rule.id !== id || keys["removed"] === undefined)
    .map((rule) => {
      if (rule.id !== id) return rule;
      const when =
        limit !== undefined
          ? { kind, limit: Number(limit), clear: Number(clear) }
          : after !== undefined
            ? { kind: "silence", of: "stream", after: duration(after) }
            : down !== undefined
              ? { kind: "link", down }
              : state !== undefined
                ? { kind: "state", is: [state] }
                : rule.when;
      return { ...rule, ...Object.fromEntries(values), when } as Rule;
    });
}

function createStage(
  points: (PointDef & { system: string })[],
  first: EffectiveConfig,
  { reborn, linked }: { reborn: boolean; linked: boolean },
) {
  let engine: Engine = anEngine();
  let feed = createFeed(engine);
  let now = BEGIN;
  let shift = 0;
  let config = first;
  let acts = 0;
  const defs = new Map(points.map(({ system, ...def }) => [def.code, { system, def }]));
  const entries: JournalEntry[] = [];
  const keep = (effects: Effects) => {
    entries.push(...effects.entries);
    return effects;
  };
  const rebirth = () => {
    const image = structuredClone(engine.image());
    engine = anEngine();
    engine.restore(image);
    feed = feed.with(engine);
  };
  const sendTable = (codes: readonly string[]) =>
    [...new Set(codes.map((code) => defs.get(code)?.system ?? "safety"))].map((system) =>
      keep(
        feed.points(
          now,
          codes.flatMap((code) => {
            const known = defs.get(code);
            return known?.system === system ? [known.def] : [];
          }),
          { system },
        ),
      ),
    );

  keep(feed.step({ type: "start", now, version: "test", epoch: "test" }));
  keep(feed.config(now, config));
  const up = { type: "link", now, mine: MINE, event: "up", connection: 1, system: null, why: "" } as const;
  if (linked) keep(feed.step(up));
  if (points.length > 0) sendTable([...defs.keys()]);

  const tickTo = (to: number): Effects[] => {
    const effects: Effects[] = [];
    for (now += 1_000; now < to; now += 1_000) effects.push(keep(feed.tick(now)));
    now = to;
    return effects;
  };

  const perform = (line: Line): Effects[] => {
    if (reborn) rebirth();
    const { plain: all, keys } = words(line.action);
    const [verb = "", ...plain] = all;
    const to = BEGIN + shift + line.at;
    if (verb === "asleep") {
      now = to;
      return [];
    }
    const before = to > now ? tickTo(to) : [];
    return [...before, ...act(verb, plain, keys, line.action)];
  };

  const act = (verb: string, plain: string[], keys: Record<string, string>, action: string): Effects[] => {
    const moment = (text: string | undefined) => (text === undefined ? now : BEGIN + duration(text));
    const connection = Number(keys["conn"] ?? 1);
    const system = keys["system"] ?? "safety";
    switch (verb) {
      case "tick":
        return [keep(feed.tick(now))];
      case "link":
        return [
          keep(
            feed.step({
              type: "link",
              now,
              mine: MINE,
              event: plain[0] as "up" | "down",
              connection,
              system: keys["system"] ?? null,
              why: "",
            }),
          ),
        ];
      case "online":
      case "offline": {
        const body = { kind: "status", ts: now, online: verb === "online", software: null } as const;
        return [keep(feed.packet(now, body, { system: keys["system"] ?? null, connection }))];
      }
      case "restart": {
        rebirth();
        const effects = keep(feed.step({ type: "start", now, version: "test", epoch: "test" }));
        const up = { type: "link", now, mine: MINE, event: "up", connection, system: null, why: "" } as const;
        return keys["link"] === "down" ? [effects] : [effects, keep(feed.step(up))];
      }
      case "clock": {
        const by = duration(plain[0] as string);
        shift += by;
        now += by;
        return [keep(feed.step({ type: "clock", now, by }))];
      }
      case "self":
        return [
          keep(
            feed.step({ type: "self", now, point: plain[0] as string, value: Number(plain[1]), detail: "" }),
          ),
        ];
      case "table":
        return sendTable(tableOf(action.slice("table".length), defs));
      case "reload": {
        config = { ...config, rules: changed(config.rules, plain[0] as string, keys) };
        return [keep(feed.config(now, config))];
      }
      case "people": {
        const people = Array.from(
          { length: Number(plain[0]) },
          (_, i): Person => ({ card: `card${i}`, down: BEGIN }),
        );
        const ts = moment(keys["ts"]);
        const body = {
          kind: "people",
          ts,
          part: 1,
          parts: 1,
          count: null,
          people,
          areas: null,
          rejected: [],
        } as const;
        return [keep(feed.packet(now, body, { system: "person" }))];
      }
      case "event": {
        const start = moment(keys["start"]);
        const end = keys["end"] === undefined ? {} : { end: moment(keys["end"]) };
        const one = { p: plain[0] as string, kind: plain[1] as string, start, ...end };
        return [keep(feed.packet(now, { kind: "events", ts: now, events: [one], rejected: [] }, { system }))];
      }
      case "ack":
      case "comment":
      case "confirm":
      case "accept":
      case "refuse": {
        acts++;
        const input = actOf(verb, plain, keys, entries, `act ${keys["id"] ?? acts}`);
        return [keep(feed.step({ type: "act", now, act: input }))];
      }
      default:
        return readings(verb, action, keys);
    }
  };

  const readings = (verb: string, action: string, keys: Record<string, string>): Effects[] => {
    const kind = verb === "backfill" ? "backfill" : "readings";
    const body = kind === "backfill" ? action.slice("backfill".length) : action;
    const ts = keys["ts"] === undefined ? now : BEGIN + shift + duration(keys["ts"]);
    const list = body.split(",").map((part): ReadingLike => {
      const { plain, keys: own } = words(part);
      const [code = "", value = "-"] = plain;
      const sent = own["t"] === undefined ? ts : sentAt(own["t"], shift);
      return { p: code, v: value === "-" ? null : Number(value), s: Number(own["s"] ?? 0), t: sent };
    });
    const system = keys["system"] ?? defs.get(list[0]?.p ?? "")?.system ?? "safety";
    const more = {
      system,
      connection: Number(keys["conn"] ?? 1),
      topicKind: kind,
      ...(keys["digest"] === undefined ? {} : { digest: 1_000_000 + Number(keys["digest"]) }),
    } as const;
    const seq = keys["seq"] === undefined ? null : Number(keys["seq"]);
    return [keep(feed.message(now, kind, list, { ts, seq, more }))];
  };

  return { perform, entries };
}

/** `2031` stands for a moment years ahead. */
const sentAt = (text: string, shift: number): number =>
  text === "2031" ? Date.UTC(2031, 0, 1) : BEGIN + shift + duration(text);

function tableOf(text: string, defs: Map<string, { system: string; def: PointDef }>): string[] {
  return text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const { plain, keys } = words(part);
      const code = plain[0] as string;
      const known = defs.get(code) ?? { system: "safety", def: aPoint({ code }) };
      defs.set(code, { ...known, def: { ...known.def, ...valuesOf(keys) } });
      return code;
    });
}

function actOf(
  verb: string,
  plain: string[],
  keys: Record<string, string>,
  entries: readonly JournalEntry[],
  id: string,
): Act {
  const role = (keys["role"] ?? "duty") as Act["actor"]["role"];
  const actor = { user: keys["by"] ?? "wang", role, mines: ["*"], device: "desk" };
  if (verb === "confirm") {
    const point = `${MINE}:${keys["system"] ?? "safety"}:${plain[0]}`;
    return { id, actor: { ...actor, role: "lead" }, do: "confirm-location", point, loc: plain[1] as string };
  }
  if (verb === "accept" || verb === "refuse") {
    const system = plain[0] ?? "safety";
    return {
      id,
      actor: { ...actor, role: "lead" },
      do: "confirm-table",
      mine: MINE,
      system,
      accept: verb === "accept",
    };
  }
  const told = entries.filter((each) => each.type === "transition" && nameOf(each) === plain[0]);
  const last = told.at(-1);
  const alarm = last?.type === "transition" ? last.alarm : null;
  const of = { id, actor, alarm: alarm?.id ?? "none" };
  const expect = keys["expect"] === "first" ? seqOf(told[0]) : (alarm?.seq ?? null);
  return verb === "ack"
    ? { ...of, do: "acknowledge", note: null, expect: keys["expect"] === "none" ? null : expect }
    : { ...of, do: "comment", note: "noted", expect: null };
}

const seqOf = (entry: JournalEntry | undefined): number | null =>
  entry?.type === "transition" ? entry.alarm.seq : null;

function isTold(entry: JournalEntry, named: readonly string[]): boolean {
  if (entry.type === "people") return false;
  if (entry.type !== "notice") return true;
  return !QUIET_NOTICES.includes(entry.code) || named.includes(`notice ${entry.code}`);
}

/** How a scenario names the subject: the point's code, `set:…`, `link:…` or `mine`. */
function nameOf(entry: JournalEntry & { type: "transition" }): string {
  const { subject } = entry.alarm;
  const tail = subject.id.split(":").at(-1) as string;
  return subject.kind === "mine"
    ? "mine"
    : /^(point|gateway)$/.test(subject.kind)
      ? tail
      : `${subject.kind}:${tail}`;
}

const STATES = ["normal", "unacknowledged", "acknowledged", "returned"];
const LEVELS = ["none", "blue", "yellow", "orange", "red"];

/** Every word of an expectation must hold of what was told. */
function mismatch(expectation: string, entry: JournalEntry): string[] {
  const { plain, keys } = words(expectation);
  const [subject, what, ...rest] = plain;
  if (entry.type !== "transition") {
    const same = entry.type === "notice" && subject === "notice" && what === entry.code;
    return same ? [] : [`expected ${expectation}, told ${describe(entry)}`];
  }
  const { alarm, transition } = entry;
  const holds = (word: string): boolean => {
    if (STATES.includes(word)) return alarm.state === word;
    if (LEVELS.includes(word)) return alarm.level === word;
    if (word === "retro") return alarm.retrospective;
    return alarm.rule === word;
  };
  const facts: Record<string, unknown> = {
    value: alarm.value,
    quality: alarm.quality,
    episode: alarm.episode,
    raised: alarm.raisedAt - BEGIN,
    returned: alarm.returnedAt === null ? null : alarm.returnedAt - BEGIN,
    peak: alarm.peak?.value,
    limit: alarm.limit,
    from: alarm.limits?.from,
    people: alarm.people?.underground,
    credibility: alarm.people?.quality,
    by: transition.by,
    parent: alarm.parent === null ? "none" : "some",
    events: alarm.mineEvents.length,
    calibrating: alarm.calibrating,
  };
  const told = (key: string, value: string) =>
    key === "raised" || key === "returned" ? facts[key] === duration(value) : String(facts[key]) === value;
  const faults = [
    ...(subject === nameOf(entry) ? [] : [`subject ${nameOf(entry)}`]),
    ...(what === transition.what ? [] : [`what ${transition.what}`]),
    ...rest.filter((word) => !holds(word)).map((word) => `not ${word}`),
    ...Object.entries(keys)
      .filter(([key, value]) => !told(key, value))
      .map(([key, value]) => `${key} is ${facts[key]}, not ${value}`),
  ];
  return faults.length === 0 ? [] : [`expected ${expectation}: ${faults.join(", ")}`];
}

/** Expectations about the answer rather than the journal: verdict bytes, refused acts. */
function asides(line: Line, effects: Effects | undefined): string[] {
  return line.expected.flatMap((each) => {
    const { plain } = words(each);
    if (plain[0] === "verdict") {
      const bits = plain.slice(1).reduce((sum, word) => sum | VERDICT[word as keyof typeof VERDICT], 0);
      const got = effects?.verdicts?.[0] ?? 0;
      return got === bits ? [] : [`expected ${each}: verdict is ${got}`];
    }
    if (plain[0] !== "refused") return [];
    const result = effects?.result;
    const why = result?.ok === false ? result.why : result?.already ? "already" : "nothing refused";
    return why === plain[1] ? [] : [`expected ${each}: ${why}`];
  });
}

function describe(entry: JournalEntry): string {
  if (entry.type === "notice") return `notice ${entry.code} (${entry.detail})`;
  if (entry.type !== "transition") return entry.type;
  const { alarm, transition } = entry;
  const raised = (alarm.raisedAt - BEGIN) / 1_000;
  const { level, rule, value, quality, episode } = alarm;
  const fate = `${nameOf(entry)} ${transition.what} ${alarm.state} ${level} ${rule}`;
  return `${fate} value=${value} quality=${quality} raised=${raised}s episode=${episode}`;
}
