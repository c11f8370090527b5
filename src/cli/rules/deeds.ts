import type { Effects } from "../../core/effects.ts";
import type { Act } from "../../model/act.ts";
import type { LinkInput } from "../../model/input.ts";
import { REJECT_REASONS } from "../../model/reading.ts";
import type { Instant } from "../../model/time.ts";
import { ALARM_VERBS, actorOf, alarmAct, isAlarmVerb } from "./alarm-acts.ts";
import { MINE, type ReadingLike } from "./feed.ts";
import { event, people } from "./people.ts";
import { duration, words } from "./scenario-text.ts";
import { changed, pointOf, valuesOf } from "./scene.ts";
import { type Stage, sendTables } from "./stage.ts";

/** One action of a scenario, in words. */
export interface Deed {
  readonly verb: string;
  readonly plain: readonly string[];
  readonly keys: Readonly<Record<string, string>>;
  /** All of it, for those that are lists with commas. */
  readonly action: string;
}

type Doing = (stage: Stage, deed: Deed) => Effects[];

/** Does what a line says; what is no verb of its own is readings. */
export function deed(stage: Stage, one: Deed): Effects[] {
  const doing = Object.hasOwn(DEEDS, one.verb) ? DEEDS[one.verb] : undefined;
  return doing === undefined ? readings(stage, one, "readings") : doing(stage, one);
}

const DEEDS: Readonly<Record<string, Doing>> = {
  tick: (stage) => [stage.keep(stage.feed.tick(stage.now))],
  link: (stage, { plain, keys }) => [
    line(stage, plain[0] as "up" | "down", connectionOf(keys), keys["system"] ?? null),
  ],
  online: (stage, one) => status(stage, one, true),
  offline: (stage, one) => status(stage, one, false),
  restart: (stage, { keys }) => {
    stage.rebirth();
    const start = {
      type: "start",
      now: stage.now,
      version: "test",
      epoch: "test",
      firstCall: "with-raise",
    } as const;
    const effects = stage.keep(stage.feed.step(start));
    return keys["link"] === "down" ? [effects] : [effects, line(stage, "up", connectionOf(keys), null)];
  },
  clock: (stage, { plain }) => {
    const by = duration(plain[0] ?? "");
    stage.shift += by;
    stage.now += by;
    return [stage.keep(stage.feed.step({ type: "clock", now: stage.now, by }))];
  },
  self: (stage, { plain }) => {
    const [point = "", value] = plain;
    const own = { type: "self", now: stage.now, point, value: Number(value), detail: "" } as const;
    return [stage.keep(stage.feed.step(own))];
  },
  table: (stage, { action }) => sendTables(stage, tableOf(stage, action.slice("table".length))),
  reload: (stage, { plain, keys }) => [
    stage.configure({ ...stage.config, rules: changed(stage.config.rules, plain[0] ?? "", { ...keys }) }),
  ],
  people,
  event,
  ...(Object.fromEntries(ALARM_VERBS.map((verb) => [verb, act])) as Record<string, Doing>),
  confirm: act,
  accept: act,
  refuse: act,
  backfill: (stage, one) => readings(stage, one, "backfill"),
};

const connectionOf = (keys: Deed["keys"]): number => Number(keys["conn"] ?? 1);

function line(stage: Stage, event: LinkInput["event"], connection: number, system: string | null): Effects {
  const one = { type: "link", now: stage.now, mine: MINE, event, connection, system, why: "" } as const;
  return stage.keep(stage.feed.step(one));
}

function status(stage: Stage, { keys }: Deed, online: boolean): Effects[] {
  const body = { kind: "status", ts: stage.now, online, software: null } as const;
  const by = { system: keys["system"] ?? null, connection: connectionOf(keys) };
  return [stage.keep(stage.feed.packet(stage.now, body, by))];
}

function readings(stage: Stage, { action, keys }: Deed, kind: "readings" | "backfill"): Effects[] {
  const body = kind === "backfill" ? action.slice("backfill".length) : action;
  const ts = keys["ts"] === undefined ? stage.now : stage.begin + stage.shift + duration(keys["ts"]);
  const list = body.split(",").map((part): ReadingLike => {
    const { plain, keys: own } = words(part);
    const [code = "", value = "-"] = plain;
    if (!stage.defs.has(code) && !/^\w/.test(code)) throw new Error(`neither a verb nor a point: ${code}`);
    if (value !== "-" && value !== REFUSED && !Number.isFinite(Number(value)))
      throw new Error(`${code}: no value: ${value}`);
    const sent = own["t"] === undefined ? ts : sentAt(stage, own["t"]);
    const bad = value === REFUSED ? { bad: NOT_A_NUMBER } : {};
    const v = value === "-" || value === REFUSED ? null : Number(value);
    return { p: code, v, s: Number(own["s"] ?? 0), t: sent, ...bad };
  });
  const system = keys["system"] ?? stage.defs.get(list[0]?.p ?? "")?.system ?? "safety";
  const more = {
    system,
    connection: connectionOf(keys),
    topicKind: kind,
    ...(keys["digest"] === undefined ? {} : { digest: 1_000_000 + Number(keys["digest"]) }),
  } as const;
  const seq = keys["seq"] === undefined ? null : Number(keys["seq"]);
  return [stage.keep(stage.feed.message(stage.now, kind, list, { ts, seq, more }))];
}

/** Stands for a value that is refused at the door. */
const REFUSED = "!";
const NOT_A_NUMBER = REJECT_REASONS.indexOf("value-not-a-number");

/** `2031` stands for a moment years ahead. */
const sentAt = (stage: Stage, text: string): Instant =>
  text === "2031" ? Date.UTC(2031, 0, 1) : stage.begin + stage.shift + duration(text);

function tableOf(stage: Stage, text: string): string[] {
  return text
    .split(",")
    .filter((part) => part.trim() !== "")
    .map((part) => {
      const { plain, keys } = words(part);
      const code = plain[0] ?? "";
      const known = stage.defs.get(code) ?? { system: "safety", def: pointOf(code, {}, stage.config) };
      stage.defs.set(code, { ...known, def: { ...known.def, ...valuesOf(keys) } });
      return code;
    });
}

function act(stage: Stage, one: Deed): Effects[] {
  stage.acts++;
  const id = `act ${one.keys["id"] ?? stage.acts}`;
  return [stage.keep(stage.feed.step({ type: "act", now: stage.now, act: actOf(stage, one, id) }))];
}

function actOf({ entries, now }: Stage, one: Deed, id: string): Act {
  const { verb, plain, keys } = one;
  const actor = actorOf(verb, keys);
  if (isAlarmVerb(verb)) return { id, actor, ...alarmAct(entries, now, one) };
  const lead = { ...actor, role: "lead" } as const;
  if (verb === "confirm") {
    const point = `${MINE}:${keys["system"] ?? "safety"}:${plain[0]}`;
    return { id, actor: lead, do: "confirm-location", point, loc: plain[1] ?? "" };
  }
  const system = plain[0] ?? "safety";
  return { id, actor: lead, do: "confirm-table", mine: MINE, system, accept: verb === "accept" };
}
