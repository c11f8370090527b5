import { createHash } from "node:crypto";
import { GATEWAY_MINE, type MineCode } from "../model/mine.ts";
import type { Notification } from "../model/notification.ts";
import { LEVELS, type Level, levelRank } from "../model/rule.ts";
import type { Instant } from "../model/time.ts";
import { type eventJson, instant } from "../wire/alarm.ts";
import type { Language, MessageTexts } from "../wire/config/messages-file.ts";
import type { Message, Receiver } from "./channel.ts";
import { bytesOf, cut, type Escape, fill, plain, shortened } from "./words.ts";

/** What messages are worded with. */
export interface Wording {
  readonly texts: MessageTexts;
  /** The console as people reach it; null = messages carry no link. */
  readonly publicUrl: string | null;
  /** Minutes east of UTC in the county. */
  readonly offsetMinutes: (at: Instant) => number;
  readonly phoneOf: (mine: MineCode) => string | null;
}

type Event = ReturnType<typeof eventJson>;

/** Lines a digest spells out; the rest are counted, and named by their steps. */
export const DIGEST_LINES = 10;
const LONGEST = { mine: 40, place: 60, title: 60, basis: 60, other: 80 };

interface Parts {
  readonly id: string;
  readonly at: Instant;
  readonly language: Language;
  readonly receiver: Receiver | null;
  /** The most urgent first. */
  readonly rows: readonly Notification[];
  /** By record, of the first few rows at least. */
  readonly events: Readonly<Record<number, string>>;
}

/** The message that tells of these rows: of one as it is, of several as a digest. */
export function messageOf({ id, at, language, receiver, rows, events }: Parts, wording: Wording): Message {
  const steps = [...new Set(rows.map(({ step }) => step))];
  const told = rows.flatMap((row): Told[] => {
    const body = events[row.seq];
    return body === undefined ? [] : [{ row, event: JSON.parse(body) as Event }];
  });
  const single = steps.length === 1 ? told[0] : undefined;
  const repeated = rows.some((row) => row.repeated);
  const link = linkTo(wording, single?.row.alarm ?? null);
  const about: About = { wording, language, repeated, link, steps, rows, told };
  return {
    id,
    key: keyOf(rows),
    steps,
    repeated,
    at,
    receiver,
    link,
    event: single === undefined ? null : (events[single.row.seq] ?? null),
    words({ safe, mostBytes, mostSteps = steps.length }) {
      const named = steps.slice(0, mostSteps);
      const shown = steps.length > mostSteps ? [...named, `+${steps.length - mostSteps}`] : named;
      const lesser = { ...about, steps: shown };
      return single === undefined
        ? fitted((lines) => digestWords(lesser, safe, lines), shown, mostBytes)
        : fitted(() => alarmWords(lesser, single, safe), shown, mostBytes);
    },
    field(name, most) {
      const digest = digestFields(about, plain, 1);
      const alarm = told[0] === undefined ? () => "" : alarmFields(about, told[0], plain);
      const value = single === undefined ? digest(name) || alarm(name) : alarm(name) || digest(name);
      return shortened(value, most);
    },
  };
}

/** A message that says of itself that it is a trial. */
export function testMessage(
  { id, at, channel, language, receiver }: Omit<Parts, "rows" | "events"> & { readonly channel: string },
  wording: Wording,
): Message {
  const { test } = wording.texts[language];
  const link = linkTo(wording, null);
  const step = `test#${id}`;
  const fields: Readonly<Record<string, string>> = {
    title: channel,
    time: clock(wording, at),
    link: link ?? "",
    step,
    level: wording.texts[language].words.none,
    count: "0",
  };
  const field = (name: string) => fields[name] ?? "";
  return {
    id,
    key: step,
    steps: [step],
    repeated: false,
    at,
    receiver,
    link,
    event: null,
    words: ({ safe, mostBytes }) => ({
      title: fill(test.title, (name) => safe(field(name))),
      text: cut(
        fill(test.text, (name) => (name === "link" ? field(name) : safe(field(name)))),
        mostBytes,
      ),
    }),
    field: (name, most) => shortened(name === "title" ? fill(test.title, field) : field(name), most),
  };
}

interface Told {
  readonly row: Notification;
  readonly event: Event;
}

interface About {
  readonly wording: Wording;
  readonly language: Language;
  readonly repeated: boolean;
  readonly link: string | null;
  readonly steps: readonly string[];
  readonly rows: readonly Notification[];
  readonly told: readonly Told[];
}

interface Words {
  readonly title: string;
  readonly text: string;
}

type Fields = (name: string) => string;

function alarmWords(about: About, told: Told, safe: Escape): Words {
  const { alarm } = about.wording.texts[about.language];
  const fields = alarmFields(about, told, safe);
  return { title: fill(alarm.title, fields), text: fill(alarm.text, fields) };
}

function alarmFields(
  { wording, language, repeated, link }: About,
  { row, event }: Told,
  safe: Escape,
): Fields {
  const { words } = wording.texts[language];
  const { alarm, transition } = event;
  const short = (text: string, most: number) => safe(shortened(plain(text), most));
  const withUnit = (value: number | null) =>
    value === null ? "" : short(`${value} ${alarm.unit ?? ""}`, LONGEST.other);
  return (name) => {
    switch (name) {
      case "again":
        return repeated ? words.again : "";
      case "level":
        return words[alarm.level];
      case "what":
        return wordOf(words, transition.what) ?? words.changed;
      case "why":
        return row.why === "raise" || row.why === "step-up" ? "" : (reasonOf(words, row.why) ?? "");
      case "mine":
        return alarm.mine === GATEWAY_MINE ? words.gateway : short(alarm.mineName, LONGEST.mine);
      case "place":
        return short(alarm.place, LONGEST.place);
      case "title":
        return short(language === "en" ? alarm.titleEn : alarm.title, LONGEST.title);
      case "value":
        return withUnit(alarm.value);
      case "limit":
        return alarm.limit === null ? "" : `${words.limit} ${withUnit(alarm.limit)}`;
      case "basis":
        return alarm.basis === null ? "" : short(alarm.basis, LONGEST.basis);
      case "time":
        return clock(wording, atOf(event));
      case "people":
        return alarm.people === null ? "" : `${words.people} ${alarm.people.underground}`;
      case "phone":
        return short(wording.phoneOf(alarm.mine) ?? "", LONGEST.other);
      case "link":
        return link ?? "";
      case "step":
        return row.step;
      default:
        return "";
    }
  };
}

/** Of an alarm that begins or grows its onset, which may be before we knew; of any other change its own moment. */
function atOf({ t, transition, alarm }: Event): Instant {
  const begins = transition.what === "raise" || transition.what === "escalate";
  return instant(begins ? alarm.raisedAt : t);
}

type WordTable = MessageTexts["zh"]["words"];

const wordOf = (words: WordTable, what: string): string | null =>
  what === "raise" ||
  what === "step-up" ||
  what === "return" ||
  what === "acknowledge" ||
  what === "end" ||
  what === "escalate"
    ? words[what]
    : null;

const reasonOf = (words: WordTable, why: string): string | null =>
  why === "not-delivered" || why === "not-acknowledged" || why === "no-call" || why === "no-feedback"
    ? words[why]
    : null;

function digestWords(about: About, safe: Escape, lines: number): Words {
  const { digest } = about.wording.texts[about.language];
  const fields = digestFields(about, safe, lines);
  return { title: fill(digest.title, fields), text: fill(digest.text, fields) };
}

function digestFields(about: About, safe: Escape, lines: number): Fields {
  const { wording, language, repeated, link, steps, rows, told } = about;
  const { words, digest } = wording.texts[language];
  const alarms = new Map(rows.map((row) => [row.alarm, row.level]));
  const mines = minesOf(about, safe);
  return (name) => {
    switch (name) {
      case "again":
        return repeated ? words.again : "";
      case "level":
        return words[worst(rows)];
      case "mine":
        return mines.length <= 3
          ? mines.join(" ")
          : `${mines.slice(0, 3).join(" ")} … ${mines.length} ${words.mines}`;
      case "count":
        return String(alarms.size);
      case "levels":
        return levelsOf([...alarms.values()], words);
      case "lines":
        return told
          .slice(0, lines)
          .map((one) => {
            const fields = alarmFields(about, one, safe);
            return fill(digest.line, (field) =>
              field === "mine" && mines.length === 1 ? "" : fields(field),
            );
          })
          .join("\n");
      case "more":
        return Math.min(lines, told.length) < rows.length ? words.more : "";
      case "link":
        return link ?? "";
      case "step":
        return steps[0] ?? "";
      case "steps":
        return steps.join(" ");
      default:
        return "";
    }
  };
}

/** By name where an event of it is at hand, else by code. */
function minesOf({ rows, told, wording, language }: About, safe: Escape): string[] {
  const names = new Map(told.map(({ row, event }) => [row.mine, event.alarm.mineName]));
  return [...new Set(rows.map(({ mine }) => mine))].map((mine) =>
    mine === GATEWAY_MINE
      ? wording.texts[language].words.gateway
      : safe(shortened(plain(names.get(mine) ?? mine), LONGEST.mine)),
  );
}

const worst = (rows: readonly Notification[]): Level =>
  rows.reduce<Level>((least, { level }) => (levelRank(level) > levelRank(least) ? level : least), "none");

/** The worst first, those that are none left out. */
function levelsOf(levels: readonly Level[], words: WordTable): string {
  return [...LEVELS]
    .reverse()
    .flatMap((level) => {
      const count = levels.filter((one) => one === level).length;
      return count === 0 ? [] : [`${words[level]} ${count}`];
    })
    .join(", ");
}

/** As many lines as fit. Whatever must be left out, the steps stay: by them a receiver knows a repeat. */
function fitted(worded: (lines: number) => Words, steps: readonly string[], mostBytes: number): Words {
  for (let lines = DIGEST_LINES; lines >= 0; lines -= 1) {
    const words = worded(lines);
    if (bytesOf(words.text) <= mostBytes) return words;
  }
  const named = `\n${steps.join(" ")}`;
  const { title, text } = worded(0);
  return { title, text: cut(text, Math.max(0, mostBytes - bytesOf(named))) + named };
}

function linkTo({ publicUrl }: Wording, alarm: string | null): string | null {
  if (publicUrl === null) return null;
  const base = publicUrl.replace(/\/+$/, "");
  return alarm === null ? `${base}/` : `${base}/#/alarms/${encodeURIComponent(alarm)}`;
}

/** A moment as the county's clock shows it. */
function clock({ offsetMinutes }: Wording, at: Instant): string {
  return new Date(at + offsetMinutes(at) * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

/** A standing subscriber knows a step by itself; a person's by whom and what it reaches. */
function keyOf(rows: readonly Notification[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  if (rows.length === 1) return first.person === null ? first.step : first.id;
  const digest = createHash("sha256").update(rows.map(({ id }) => id).join("\n"));
  return `${first.step}+${digest.digest("hex").slice(0, 16)}`;
}
