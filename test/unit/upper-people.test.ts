import { mkdir, readdir, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PeopleRules, peopleRulesOf } from "../../src/files/upper/people-rules.ts";
import { writeJson } from "../../src/files/upper/place.ts";
import type { SegmentLog } from "../../src/log/segment-log.ts";
import type { Alarm, Transition } from "../../src/model/alarm.ts";
import type { MineEvent } from "../../src/model/input.ts";
import type { Rule } from "../../src/model/rule.ts";
import { HOUR } from "../../src/model/time.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { journalEntry, MINE, T0, transitionOf } from "../support/store-logs.ts";
import {
  aNewPlace,
  aPlatform,
  filesIn,
  openUpper,
  readAll,
  runLine,
  spoolPacket,
  spoolTick,
} from "../support/upper-line.ts";

let dir: string;
let folder: string;
let logs: { spool: SegmentLog; journal: SegmentLog };
let close: () => Promise<void>;
beforeEach(async () => {
  ({ dir, folder, logs, close } = await openUpper());
});
afterEach(() => close());

const RULES: PeopleRules = {
  "PER-01": { kind: "sos", after: null },
  "PER-02": { kind: "over-capacity", after: null },
  "PER-03": { kind: "over-capacity", after: null },
  "PER-04": { kind: "overtime", after: 14 * HOUR },
  "PER-05": { kind: "restricted", after: null },
};
const at = (seconds: number) => T0 + seconds * 1000;
const tick = (seconds: number) => spoolTick(logs.spool, at(seconds));
const person = { system: "person" } as const;
/** Records of the mine's own personnel system, so many seconds after the beginning. */
const tell = (seconds: number, ...events: object[]) =>
  spoolPacket(logs.spool, at(seconds), { ts: at(seconds), events }, { ...person, kind: "events" });
/** A whole list of who is underground. */
const list = (seconds: number, people: readonly object[], areas?: readonly object[]) =>
  spoolPacket(
    logs.spool,
    at(seconds),
    { ts: at(seconds), people, ...(areas === undefined ? {} : { areas }) },
    { ...person, kind: "people" },
  );
const ZHANG = { card: "1", name: "张三", down: at(-3600), team: "综采队", job: "瓦检员" };
const LI = { card: "2", name: "李四", down: at(-7200), leader: true };
const AREAS = [
  { code: "A1", name: "采面", kind: "key", quota: 1 },
  { code: "X1", name: "老空", kind: "restricted" },
];

const aboutPeople = (rule: string, kind: "card" | "area" | "mine", code: string, more: Partial<Alarm> = {}) =>
  anAlarm({
    id: `${rule}:${code}`,
    mine: MINE,
    system: "person",
    subject: { kind, id: kind === "mine" ? MINE : `${MINE}:person:${code}`, name: code },
    point: null,
    type: null,
    class: "person",
    rule,
    limit: null,
    returnedAt: null,
    endedAt: null,
    ...more,
  });
/** A step of an alarm of ours, as the gateway journalled it. */
const step = (seconds: number, what: Transition["what"], alarm: Alarm) =>
  journalEntry(logs.journal, { ...transitionOf(alarm, { what }), t: at(seconds) });

const platform = (more: object = {}) => aPlatform(folder, more);
async function run(more: Parameters<typeof runLine>[4] = {}, of = platform()) {
  await logs.spool.sync();
  await logs.journal.sync();
  return runLine(dir, logs, of, [], { rules: RULES, ...more });
}
/** What a reader makes of the files of one type: the round's second, and its events. */
async function told(type: string, of = platform()): Promise<[number, MineEvent[]][]> {
  const read = readAll(await filesIn(folder), of);
  return read.flatMap(({ type: found, moment, body }) =>
    found === type && body.kind === "events" ? [[(moment - T0) / 1000, [...body.events]]] : [],
  );
}
const textOf = async (type: string) =>
  [...(await filesIn(folder))].flatMap(([name, bytes]) => (name.includes(`_${type}_`) ? [`${bytes}`] : []));

describe("a mine's own records of people", () => {
  it("are written when they begin and when they end, and never for being told again", async () => {
    list(1, [ZHANG, LI]);
    const sos = { id: "7", kind: "sos", card: "1", start: at(5) };
    tell(6, sos, { kind: "overtime", card: "2", start: at(2) });
    tick(30);
    tell(31, sos);
    tick(60);
    tell(61, { ...sos, end: at(58) }, { kind: "overtime", card: "2", start: at(2), end: at(60) });
    tick(90);
    tell(91, { ...sos, end: at(58) });
    // A beginning that comes after its end does not open it again.
    tell(92, sos);
    tick(120);
    await run();
    const event = { kind: "sos", card: "1", start: at(5) };
    expect(await told("RYQJ")).toEqual([
      [30, [event]],
      [90, [{ ...event, end: at(58) }]],
    ]);
    const long = { kind: "overtime", card: "2", start: at(2) };
    expect(await told("RYCS")).toEqual([
      [30, [long]],
      [90, [{ ...long, end: at(60) }]],
    ]);
    // With who it is, also when the card has come up meanwhile.
    expect((await textOf("RYQJ")).map((text) => text.includes("~1;张三;2026-11-21 08:00:05;"))).toEqual([
      true,
      true,
    ]);
  });

  it("of one start are one record each, and one that begins and ends within a round is written once", async () => {
    tell(1, { kind: "sos", card: "1", start: at(1) }, { kind: "sos", card: "2", start: at(1) });
    tell(9, { kind: "sos", card: "1", start: at(1), end: at(8) }, { kind: "sos", card: "1", start: at(9) });
    tick(30);
    await run();
    expect(await told("RYQJ")).toEqual([
      [
        30,
        [
          { kind: "sos", card: "1", start: at(1), end: at(8) },
          { kind: "sos", card: "2", start: at(1) },
          { kind: "sos", card: "1", start: at(9) },
        ],
      ],
    ]);
  });

  it("of too many say who was there and what is allowed, by the list and the areas", async () => {
    list(
      1,
      [
        { ...ZHANG, area: "A1" },
        { ...LI, area: "A1" },
        { card: "3", down: at(0), up: at(1) },
      ],
      AREAS,
    );
    tell(5, { id: "a", kind: "over-capacity", area: "A1", start: at(2) });
    tell(6, { id: "b", kind: "over-capacity", start: at(3) });
    tick(30);
    list(31, [{ ...LI, area: "A1" }]);
    tell(35, { id: "a", kind: "over-capacity", area: "A1", start: at(2), end: at(31) });
    tick(60);
    await run();
    expect(await told("RYCY")).toEqual([
      [
        30,
        [
          { kind: "over-capacity", area: "A1", start: at(2) },
          { kind: "over-capacity", start: at(3) },
        ],
      ],
      [60, [{ kind: "over-capacity", area: "A1", start: at(2), end: at(31) }]],
    ]);
    const [first, second] = await textOf("RYCY");
    expect(first).toContain(
      "~区域;1;2;A1;采面;2026-11-21 08:00:02;;1,2~矿井;3;2;;;2026-11-21 08:00:03;;1,2~",
    );
    expect(second).toContain("~区域;1;2;A1;采面;2026-11-21 08:00:02;2026-11-21 08:00:31;1,2~");
  });

  it("of a card where nobody may be name the area the list has it in, if it is such a one", async () => {
    list(
      1,
      [
        { ...ZHANG, area: "X1" },
        { ...LI, area: "A1" },
      ],
      AREAS,
    );
    tell(
      5,
      { kind: "restricted", card: "1", start: at(2) },
      { kind: "restricted", card: "2", start: at(2) },
      { kind: "restricted", card: "2", area: "X9", start: at(3) },
    );
    tick(30);
    await run();
    expect(await told("RYXZ")).toEqual([
      [
        30,
        [
          { kind: "restricted", card: "1", area: "X1", start: at(2) },
          { kind: "restricted", card: "2", start: at(2) },
          { kind: "restricted", card: "2", area: "X9", start: at(3) },
        ],
      ],
    ]);
  });

  it("without a card, or with a code no file can say, are left out and counted", async () => {
    tell(1, { kind: "sos", start: at(1) }, { kind: "overtime", card: "1;2", start: at(1) });
    tell(2, { kind: "over-capacity", card: "1", start: at(1) }, { kind: "001", card: "1", start: at(1) });
    tick(30);
    const { leftOut } = await run();
    expect(leftOut).toBe(3);
    expect((await filesIn(folder)).size).toBe(0);
  });

  it("bear the platform's codes, words and signs, and come back as what they were", async () => {
    const theirs = "999999999999";
    const more = {
      codes: { [MINE]: theirs },
      dialect: {
        encoding: "gb18030",
        field: ",",
        record: "^",
        end: "]]]",
        time: "slashes",
        types: { NRYQJ: "RYQJ" },
      },
    };
    list(1, [{ ...ZHANG, card: `${MINE}00001`, name: "张,三^", area: `${MINE}0008` }]);
    tell(5, { kind: "sos", card: `${MINE}00001`, start: at(2), end: at(4) });
    tick(30);
    await run({}, platform(more));
    const event = { kind: "sos", card: `${theirs}00001`, area: `${theirs}0008`, start: at(2), end: at(4) };
    expect(await told("RYQJ", platform(more))).toEqual([[30, [event]]]);
    expect([...(await filesIn(folder)).keys()]).toContain(`${theirs}_NRYQJ_20261121080030.txt`);
  });
});

describe("alarms of ours about people", () => {
  it("are written where the mine records nothing: when they rise, and when they are over", async () => {
    list(1, [ZHANG, LI]);
    const sos = aboutPeople("PER-01", "card", "1", { raisedAt: at(1) });
    const mine = aboutPeople("PER-02", "mine", "", { raisedAt: at(2), limit: 1 });
    tick(5);
    step(5, "raise", sos);
    step(6, "raise", mine);
    step(7, "raise", aboutPeople("PER-06", "mine", ""));
    tick(30);
    step(40, "return", { ...sos, returnedAt: at(39) });
    step(41, "end", { ...sos, returnedAt: at(39), endedAt: at(41) });
    step(50, "rule-change", { ...mine, returnedAt: at(50), endedAt: at(50) });
    tick(60);
    await run();
    const event = { kind: "sos", card: "1", start: at(1) };
    expect(await told("RYQJ")).toEqual([
      [30, [event]],
      [60, [{ ...event, end: at(39) }]],
    ]);
    const many = { kind: "over-capacity", start: at(2) };
    expect(await told("RYCY")).toEqual([
      [30, [many]],
      [60, [{ ...many, end: at(50) }]],
    ]);
    expect((await textOf("RYCY"))[0]).toContain("~矿井;1;2;");
  });

  it("are the occurrence the mine records too, and the mine's own end is its record's last word", async () => {
    list(1, [ZHANG, LI]);
    // The mine first: our alarm rises from its record, and returns when the list shows that it is over.
    tell(5, { id: "7", kind: "sos", card: "1", start: at(4) });
    const first = aboutPeople("PER-01", "card", "1", { raisedAt: at(4) });
    step(5, "raise", first);
    // We first: the list shows it, and the mine tells of it afterwards.
    const second = aboutPeople("PER-01", "card", "2", { raisedAt: at(1) });
    step(3, "raise", second);
    tick(30);
    step(31, "return", { ...first, returnedAt: at(31) });
    tell(35, { id: "8", kind: "sos", card: "2", start: at(3) });
    tick(60);
    tell(61, { id: "7", kind: "sos", card: "1", start: at(4), end: at(55) });
    tell(62, { id: "8", kind: "sos", card: "2", start: at(3), end: at(56) });
    step(63, "return", { ...second, returnedAt: at(63) });
    tick(90);
    await run();
    const one = { kind: "sos", card: "1", start: at(4) };
    const other = { kind: "sos", card: "2", start: at(1) };
    expect(await told("RYQJ")).toEqual([
      [30, [one, other]],
      [60, [{ ...one, end: at(31) }]],
      [
        90,
        [
          { ...one, end: at(55) },
          { ...other, end: at(63) },
        ],
      ],
    ]);
  });

  it("that lapse with their rule end nothing that the mine recorded", async () => {
    tell(1, { kind: "sos", card: "1", start: at(1) });
    const sos = aboutPeople("PER-01", "card", "1", { raisedAt: at(1) });
    step(2, "raise", sos);
    tick(30);
    step(40, "rule-change", { ...sos, returnedAt: at(40) });
    tick(60);
    tell(61, { kind: "sos", card: "1", start: at(1), end: at(58) });
    tick(90);
    await run();
    const event = { kind: "sos", card: "1", start: at(1) };
    expect(await told("RYQJ")).toEqual([
      [30, [event]],
      [90, [{ ...event, end: at(58) }]],
    ]);
  });

  it("that are over before the mine says so end when it does", async () => {
    list(1, [ZHANG]);
    const mine = aboutPeople("PER-02", "mine", "", { raisedAt: at(1), limit: 0 });
    step(2, "raise", mine);
    tick(30);
    tell(31, { kind: "over-capacity", start: at(5) });
    step(40, "rule-change", { ...mine, returnedAt: at(40) });
    tick(60);
    tell(61, { kind: "over-capacity", start: at(5), end: at(55) });
    tick(90);
    await run();
    const event = { kind: "over-capacity", start: at(1) };
    expect(await told("RYCY")).toEqual([
      [30, [event]],
      [60, [{ ...event, end: at(40) }]],
      [90, [{ ...event, end: at(55) }]],
    ]);
  });

  it("are not written again for what people say of them days later", async () => {
    list(1, [ZHANG]);
    const sos = aboutPeople("PER-01", "card", "1", { raisedAt: at(1), returnedAt: at(20) });
    step(2, "raise", { ...sos, returnedAt: null });
    step(20, "return", sos);
    tick(30);
    tick(3 * 86_400);
    const cause = { code: "other", text: "误按", measure: null, by: "值班员", at: at(3 * 86_400) } as const;
    step(3 * 86_400 + 1, "cause", { ...sos, cause });
    tick(3 * 86_400 + 30);
    await run();
    expect(await told("RYQJ")).toEqual([[30, [{ kind: "sos", card: "1", start: at(1), end: at(20) }]]]);
  });

  it("do not swallow a second call that begins when the first is over", async () => {
    const sos = aboutPeople("PER-01", "card", "1", { raisedAt: at(1) });
    tick(1);
    step(2, "raise", sos);
    step(20, "return", { ...sos, returnedAt: at(20) });
    tick(30);
    tell(41, { kind: "sos", card: "1", start: at(40) });
    tick(60);
    await run();
    expect((await told("RYQJ")).flatMap(([, events]) => events)).toEqual([
      { kind: "sos", card: "1", start: at(1), end: at(20) },
      { kind: "sos", card: "1", start: at(40) },
    ]);
  });

  it("of overtime begin with the highest step: what the county notices earlier is its own", async () => {
    const down = at(3600 - 14 * 3600);
    list(1, [{ ...ZHANG, down }]);
    const early = aboutPeople("PER-04b", "card", "1", { raisedAt: at(-7200) });
    step(2, "raise", early);
    tick(30);
    tick(3600);
    step(3601, "step-up", { ...early, rule: "PER-04" });
    tick(3630);
    await run();
    expect(await told("RYCS")).toEqual([[3630, [{ kind: "overtime", card: "1", start: at(3600) }]]]);
  });

  it("of a restricted area are a record of each card in it, from when it came until it left", async () => {
    const inside = (one: object, areaSince?: number) => ({ ...one, area: "X1", areaSince });
    const alarm = aboutPeople("PER-05", "area", "X1", { raisedAt: at(1) });
    list(1, [inside(ZHANG, at(-5)), LI], AREAS);
    step(2, "raise", alarm);
    tick(30);
    list(31, [inside(ZHANG, at(-5)), inside(LI)]);
    tick(60);
    list(61, [ZHANG, inside(LI)]);
    tick(90);
    list(91, [ZHANG, LI]);
    step(92, "return", { ...alarm, returnedAt: at(91) });
    list(95, [inside(ZHANG, at(94)), LI]);
    tick(120);
    await run();
    const zhang = { kind: "restricted", card: "1", area: "X1", start: at(-5) };
    const li = { kind: "restricted", card: "2", area: "X1", start: at(31) };
    expect(await told("RYXZ")).toEqual([
      [30, [zhang]],
      [60, [li]],
      [90, [{ ...zhang, end: at(61) }]],
      [120, [{ ...li, end: at(91) }]],
    ]);
  });

  it("are known by what the rules in force say of people", () => {
    const rule = (id: string, is: object, ladder: string | null = null) =>
      ({ id, ladder, when: { kind: "people", is } }) as unknown as Rule;
    expect(
      peopleRulesOf([
        rule("A", { what: "sos" }),
        rule("B", { what: "over", of: "rockburst" }),
        rule("C", { what: "overtime", after: 12 * HOUR }, "L"),
        rule("D", { what: "overtime", after: 14 * HOUR }, "L"),
        rule("E", { what: "overtime", after: 10 * HOUR }),
        rule("F", { what: "restricted" }),
        rule("G", { what: "underground", above: "permitted" }),
        rule("H", { what: "leader-absent" }),
        { id: "I", ladder: null, when: { kind: "bits", mask: 1 } } as unknown as Rule,
      ]),
    ).toEqual({
      A: { kind: "sos", after: null },
      B: { kind: "over-capacity", after: null },
      D: { kind: "overtime", after: 14 * HOUR },
      E: { kind: "overtime", after: 10 * HOUR },
      F: { kind: "restricted", after: null },
    });
  });
});

describe("who cards are", () => {
  const rosters = async () =>
    (await textOf("RYXX")).map((text) =>
      text
        .split("~")
        .slice(1, -1)
        .map((row) => row.split(";").slice(0, 2).join(" ")),
    );

  it("is written when a list shows somebody new or otherwise, and once a day", async () => {
    list(1, [ZHANG, { card: "9", down: at(0) }]);
    tick(30);
    list(31, [ZHANG]);
    tick(60);
    list(61, [LI]);
    tick(90);
    // What a later list does not say of a card it is still known by; an older one changes nothing.
    list(91, [
      { card: "1", down: at(90) },
      { ...LI, name: "李斯" },
    ]);
    spoolPacket(logs.spool, at(92), { ts: at(5), people: [LI] }, { ...person, kind: "people" });
    tick(120);
    tick(16 * 3600);
    tick(16 * 3600 + 30);
    await run();
    expect(await rosters()).toEqual([
      ["1 张三"],
      ["1 张三", "2 李四"],
      ["1 张三", "2 李斯"],
      ["1 张三", "2 李斯"],
    ]);
    expect((await textOf("RYXX"))[1]).toContain("~1;张三;瓦检员;;综采队;;;;~2;李四;;;;;;1;~");
    // Whoever reads the lists afterwards knows team and job by it.
    const lists = readAll(await filesIn(folder), platform()).filter(({ type }) => type === "RYSS");
    expect(lists.at(-1)?.body).toMatchObject({
      people: [{ card: "1", team: "综采队", job: "瓦检员" }, { card: "2" }],
    });
  });

  it("is forgotten of those who were not underground for three months", async () => {
    list(1, [ZHANG, LI]);
    tick(30);
    list(80 * 86_400, [LI]);
    list(100 * 86_400, [{ card: "9", down: at(0) }]);
    tick(100 * 86_400 + 30);
    list(100 * 86_400 + 31, [LI]);
    tick(100 * 86_400 + 60);
    await run();
    expect((await rosters()).at(-1)).toEqual(["2 李四"]);
  });
});

describe("what is remembered of people", () => {
  it("is for us alone, and is nothing where no file needs it", async () => {
    list(1, [ZHANG]);
    tell(2, { kind: "sos", card: "1", start: at(1) });
    tick(30);
    await run();
    for (const end of ["cursor", "plan"])
      expect((await stat(join(dir, `place.${end}`))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dir, "place.cursor"), "utf8")).toContain("张三");
    const sheets = join(dir, "place.staff");
    const [sheet = ""] = await readdir(sheets);
    expect((await stat(join(sheets, sheet))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(sheets, sheet), "utf8")).toContain("瓦检员");
    tick(60);
    await run({}, platform({ types: ["CDSS", "RYSS"] }));
    list(61, [ZHANG]);
    tick(90);
    await run({}, platform({ types: ["CDSS", "RYSS"] }));
    expect(await readFile(join(dir, "place.cursor"), "utf8")).not.toContain("张三");
    expect(await readdir(sheets)).toEqual([]);
  });

  it("goes on after a restart; a sheet of cards that cannot be read is told of and begun anew", async () => {
    list(1, [ZHANG, LI]);
    tick(30);
    await run();
    list(31, [{ ...ZHANG, job: "班长" }]);
    tick(60);
    await run();
    const last = async () => (await textOf("RYXX")).at(-1);
    expect(await last()).toContain("~1;张三;班长;;综采队;;;;~2;李四;");
    const sheets = join(dir, "place.staff");
    const names = await readdir(sheets);
    expect(names).toHaveLength(1);
    await writeFile(join(sheets, names[0] as string), "[");
    list(61, [LI]);
    tick(90);
    const { faults } = await run();
    expect(faults).toEqual([expect.stringContaining(`the cards known of ${MINE} cannot be read`)]);
    expect(await last()).toContain(":30~2;李四;");
  });

  it("stands in no file but those that the norm has names in", async () => {
    list(
      1,
      [
        { ...ZHANG, area: "A1" },
        { ...LI, area: "A1" },
      ],
      AREAS,
    );
    tell(2, { kind: "over-capacity", area: "A1", start: at(1) }, { kind: "sos", card: "1", start: at(1) });
    tick(30);
    await run();
    const named = [...(await filesIn(folder))].flatMap(([name, bytes]) =>
      `${bytes}`.includes("张三") ? [name.split("_")[1]] : [],
    );
    expect(named.sort()).toEqual(["RYQJ", "RYSS", "RYXX"]);
  });

  it("of before a platform was there completes what ends afterwards, and is not written by itself", async () => {
    list(1, [ZHANG]);
    tell(2, { id: "7", kind: "sos", card: "1", start: at(1) });
    const begin = tick(300);
    list(601, [LI]);
    tell(602, { id: "7", kind: "sos", card: "1", start: at(1), end: at(600) });
    tick(630);
    await writeJson(join(dir, "place.cursor"), aNewPlace({ begin }));
    await run();
    expect(await told("RYQJ")).toEqual([[630, [{ kind: "sos", card: "1", start: at(1), end: at(600) }]]]);
    expect((await textOf("RYXX"))[0]).toContain("1;张三");
  });

  class Killed extends Error {}

  it("survives a kill anywhere: the same files under the same names, nothing lost or told twice", async () => {
    const alarm = (i: number, returnedAt: number | null) =>
      aboutPeople("PER-01", "card", `c${i}`, { id: `sos ${i}`, raisedAt: at(i * 10), returnedAt });
    const area = aboutPeople("PER-05", "area", "X1", { raisedAt: at(1) });
    step(2, "raise", area);
    for (let i = 0; i < 24; i++) {
      const s = i * 10 + 1;
      list(
        s,
        [
          { ...ZHANG, area: i % 3 === 0 ? "X1" : "A1" },
          { ...LI, name: `李${i % 4}` },
        ],
        AREAS,
      );
      tell(s + 1, { id: `e${i}`, kind: "overtime", card: `${i}`, start: at(s) });
      if (i > 3)
        tell(s + 2, { id: `e${i - 4}`, kind: "overtime", card: `${i - 4}`, start: at(s - 40), end: at(s) });
      step(s + 3, "raise", alarm(i, null));
      if (i > 4) step(s + 4, "return", alarm(i - 5, at(s)));
    }
    tick(240);
    await run();
    const whole = await filesIn(folder);
    expect(whole.size).toBeGreaterThan(30);
    for (let dies = 1; dies < 90; dies += 11) {
      await rm(folder, { recursive: true });
      await mkdir(folder);
      for (const end of ["cursor", "plan"]) await rm(join(dir, `place.${end}`), { force: true });
      let touches = 0;
      const touch = () => {
        if (++touches === dies) throw new Killed();
      };
      await run({
        pause: () => {
          throw new Killed();
        },
        folder: (real) => ({
          ...real,
          async put(draft) {
            touch();
            const done = await real.put(draft);
            touch();
            return done;
          },
        }),
        save: async () => touch(),
      }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      const seen = new Map(await filesIn(folder));
      for (const name of seen.keys()) await unlink(join(folder, name));
      await run();
      for (const [name, bytes] of await filesIn(folder)) seen.set(name, bytes);
      expect([...seen.keys()].sort(), `died at ${dies}`).toEqual([...whole.keys()]);
      for (const [name, bytes] of whole) expect(seen.get(name)?.equals(bytes), name).toBe(true);
    }
  });
});
