import { describe, expect, it } from "vitest";
import { askingOf } from "../../src/core/duty/chain.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import type { Body } from "../../src/model/input.ts";
import type { PointDef } from "../../src/model/point.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { aPoint, aRule, MINE } from "../support/builders-core.ts";
import {
  aDuty,
  aDutyConfig,
  aPerson,
  aStep,
  createWatchRoom,
  DUTY_POINTS,
  LEAD,
  MONDAY,
  OFFICER,
  RED,
} from "../support/duty.ts";

const with_ = (chains: readonly (typeof RED)[], more: Parameters<typeof aDuty>[0] = {}) =>
  aDutyConfig({ duty: aDuty({ chains, ...more }) });

/** Values a minute apart, sent later. */
const backfill = (from: number, values: readonly number[]) => {
  const t = Float64Array.from(values, (_, i) => from + i * MINUTE);
  const n = values.length;
  const codes = values.map(() => "R1");
  const columns = { n, codes, t, v: Float64Array.from(values), s: new Uint32Array(n), bad: null };
  return packet({ kind: "backfill", ts: from, seq: null, columns });
};
const table = (points: readonly PointDef[]) =>
  packet({ kind: "points", ts: MONDAY, part: 1, parts: 1, points, rejected: [] });
let digest = 1_000;
function packet(body: Exclude<Body, { kind: "unusable" }>) {
  const about = { mine: MINE, system: "safety", topicKind: body.kind, qos: 1, connection: 1 } as const;
  return { type: "packet", ...about, digest: digest++, body } as const;
}

const isAbout = (code: string) => (entry: JournalEntry) =>
  entry.type === "transition" && entry.alarm.subject.id.endsWith(`:${code}`);

describe("a red alarm", () => {
  it("calls the officer on duty with the record that raises it", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    expect(room.steps("R1")).toEqual(["0 raise an/phone"]);
    const [raise, ...more] = room.entries.filter(isAbout("R1"));
    expect(more).toEqual([]);
    expect(raise).toMatchObject({
      t: room.now(),
      transition: { what: "raise", n: 1, why: "raise", calls: [{ person: "an", device: "phone" }] },
      alarm: { n: 1, escalation: { step: 1, at: room.now() }, state: "unacknowledged" },
    });
    expect(raise).toMatchObject({ alarm: { seq: room.engine().alarm(room.alarm("R1").id)?.seq } });
    room.wait(MINUTE);
    expect(room.entries.filter(isAbout("R1")).slice(1)).toMatchObject([
      { transition: { what: "escalate", n: 2, why: "not-delivered" }, alarm: { escalation: { step: 2 } } },
      { transition: { what: "escalate", n: 3, why: "not-acknowledged" }, alarm: { escalation: { step: 3 } } },
    ]);
  });

  it("calls in a record of its own where the spool is of a run that did so", () => {
    const room = createWatchRoom();
    room.input({ type: "start", version: "test", epoch: "test" });
    room.send("R1", 2);
    const [raise, call] = room.entries.filter(isAbout("R1"));
    expect(raise).toMatchObject({ transition: { what: "raise", n: 1 }, alarm: { escalation: null } });
    expect(call).toMatchObject({
      t: room.now(),
      transition: { from: "unacknowledged", to: "unacknowledged", n: 2, what: "escalate", why: "raise" },
      alarm: { escalation: { step: 1, at: room.now() }, state: "unacknowledged" },
    });
  });

  it("calls in a record of its own where another follows the raise at once", () => {
    const room = createWatchRoom();
    room.send("R1", 2, 3);
    const told = room.entries.filter(isAbout("R1"));
    expect(told.map((entry) => entry.type === "transition" && entry.transition.what)).toEqual([
      "raise",
      "escalate",
    ]);
    expect(room.engine().alarm(room.alarm("R1").id)?.peak?.value).toBe(3);
  });

  it("tries the next device when none reports it, then the next person, at the configured seconds", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.wait(4 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "30 not-delivered an/mobile",
      "60 not-acknowledged li/phone",
      "90 not-delivered li/mobile",
      // No device of the lead is left: the next in the chain need not wait for the rest of the time.
      "120 not-delivered wu/phone",
      "150 not-delivered wu/mobile",
    ]);
  });

  it("waits for the acknowledgement, not for another device, once a device has it", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.wait(29 * SECOND);
    room.receipt("R1", "an");
    room.wait(61 * SECOND);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "60 not-acknowledged li/phone",
      "90 not-delivered li/mobile",
    ]);
  });

  it("takes a receipt by the person's account as well as by the name", () => {
    const people = aDuty().people.map((each) => (each.id === "an" ? { ...each, user: "an.account" } : each));
    const room = createWatchRoom({ config: aDutyConfig({ duty: aDuty({ people }) }) });
    room.send("R1", 2);
    room.receipt("R1", "an.account", "seen");
    room.wait(45 * SECOND);
    expect(room.steps("R1")).toHaveLength(1);
  });

  it("goes on to the last step and repeats it, never silent", () => {
    const chain = { ...RED, steps: RED.steps.filter(({ when }) => when !== "not-delivered") };
    const room = createWatchRoom({ config: with_([chain]) });
    room.send("R1", 2);
    room.wait(14 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "60 not-acknowledged li/phone",
      "180 not-acknowledged wu/phone",
      "480 not-acknowledged wu/phone",
      "780 not-acknowledged wu/phone",
    ]);
    expect(room.alarm("R1").escalation).toEqual({ step: 5, at: MONDAY + 3 * HOUR + 780 * SECOND });
  });

  it("asks for the call and for the feedback after the acknowledgement, and reminds of what is still missing", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.wait(20 * SECOND);
    room.ack("R1");
    room.wait(66 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "320 no-call li/phone",
      "1820 no-feedback li/phone",
      "2120 no-call li/phone",
      "3620 no-feedback li/phone",
      "3920 no-call li/phone",
    ]);
  });

  it("that is over and acknowledged still owes the call and the feedback", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.ack("R1");
    room.send("R1", 0);
    expect(room.alarm("R1").state).toBe("normal");
    room.wait(6 * MINUTE);
    expect(room.steps("R1")).toEqual(["0 raise an/phone", "300 no-call li/phone"]);
  });

  it("that returned unacknowledged is still called about, more calmly", () => {
    const chain = { ...RED, steps: RED.steps.filter(({ when }) => when !== "not-delivered") };
    const room = createWatchRoom({ config: with_([chain]) });
    room.send("R1", 2);
    room.wait(10 * SECOND);
    room.send("R1", 0);
    room.wait(27 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "180 not-acknowledged li/phone",
      "540 not-acknowledged wu/phone",
      "1440 not-acknowledged wu/phone",
    ]);
  });
});

describe("a chain begins anew", () => {
  it("when the alarm steps up, for those who had it before have not had this", () => {
    const orange = { ...RED, levels: ["orange" as const] };
    const room = createWatchRoom({ config: with_([RED, orange]) });
    room.send("U1", 1);
    room.receipt("U1", "an");
    room.wait(40 * SECOND);
    room.send("U1", 2);
    room.wait(31 * SECOND);
    expect(room.steps("U1")).toEqual([
      "0 raise an/phone",
      "40 step-up an/phone",
      "70 not-delivered an/mobile",
    ]);
    expect(room.alarm("U1").escalation?.step).toBe(2);
  });

  it("when it steps up after it was acknowledged", () => {
    const orange = { ...RED, levels: ["orange" as const] };
    const room = createWatchRoom({ config: with_([RED, orange]) });
    room.send("U1", 1);
    room.ack("U1");
    room.wait(5 * SECOND);
    room.send("U1", 2);
    expect(room.steps("U1")).toEqual(["0 raise an/phone", "5 step-up an/phone"]);
  });

  it("and an alarm of a level without a chain calls nobody", () => {
    const room = createWatchRoom();
    room.send("Y1", 1);
    room.wait(HOUR);
    expect(room.steps("Y1")).toEqual([]);
  });
});

describe("nobody is called about", () => {
  it("an alarm that is folded under another, until it stands for itself again", () => {
    const silence = aRule({
      id: "silent",
      types: ["94"],
      when: { kind: "silence", of: "point" },
      level: "red",
      parent: "LINK-04",
      class: "sensor-fault",
    });
    const { rules } = aDutyConfig();
    const room = createWatchRoom({ config: aDutyConfig({ rules: [...rules, silence] }) });
    const link = (event: "up" | "down") =>
      ({ type: "link", mine: MINE, event, connection: 1, system: null, why: "" }) as const;
    room.input(link("up"));
    room.input(table([...DUTY_POINTS, aPoint({ code: "S1", type: "94", cycle: 30 })]));
    for (let i = 0; i < 4; i++) {
      room.send("Y1", 0);
      room.wait(25 * SECOND);
    }
    expect(room.alarm("S1").parent).toBeNull();
    const called = room.steps("S1").length;
    expect(called).toBeGreaterThan(0);
    room.input(link("down"));
    room.wait(61 * SECOND);
    expect(room.alarm("S1").parent).not.toBeNull();
    const before = room.steps("S1").length;
    room.wait(5 * MINUTE);
    expect(room.steps("S1")).toHaveLength(before);
    room.input(link("up"));
    room.send("Y1", 0);
    room.wait(SECOND);
    expect(room.alarm("S1").parent).toBeNull();
    expect(room.steps("S1").at(-1)).toMatch(/ raise an\/phone$/);
    expect(room.alarm("S1").escalation?.step).toBe(1);
  });

  it("an alarm on the shelf, until it comes back", () => {
    const yellow = { ...RED, levels: ["yellow" as const] };
    const room = createWatchRoom({ config: with_([RED, yellow]) });
    room.send("Y1", 1);
    const { id } = room.alarm("Y1");
    const until = room.now() + 20 * MINUTE;
    expect(
      room.act({ do: "shelve", alarm: id, expect: null, until, reason: "标校" }, "li", "lead"),
    ).toMatchObject({
      ok: true,
    });
    room.wait(19 * MINUTE);
    expect(room.steps("Y1")).toEqual(["0 raise an/phone"]);
    room.wait(2 * MINUTE);
    expect(room.steps("Y1").slice(0, 3)).toEqual([
      "0 raise an/phone",
      "1200 raise an/phone",
      "1230 not-delivered an/mobile",
    ]);
  });

  it("what was only found out afterwards", () => {
    const room = createWatchRoom();
    room.send("R1", 0);
    room.input(backfill(room.now() - 20 * MINUTE, [2, 0]));
    room.wait(5 * MINUTE);
    expect(room.alarm("R1")).toMatchObject({ retrospective: true, state: "returned" });
    expect(room.steps("R1")).toEqual([]);
  });

  it("anything that is suppressed, folded, done with, a test, or that nobody must acknowledge", () => {
    const until = MONDAY;
    const asking = (fields: Parameters<typeof anAlarm>[0]) => askingOf(anAlarm(fields));
    const acknowledged = { by: "an", at: MONDAY, note: null, device: "desk" };
    const shelved = { kind: "shelved", by: "li", until, reason: "" } as const;
    const out = { kind: "out-of-service", by: "li", until, reason: "" } as const;
    expect(asking({})).toBe("answer");
    expect(asking({ state: "returned" })).toBe("answer");
    expect(asking({ state: "acknowledged", acknowledged })).toBe("follow-up");
    expect(asking({ state: "normal", acknowledged })).toBe("follow-up");
    for (const suppression of [shelved, out, { kind: "by-design", because: "" } as const])
      expect(asking({ suppression })).toBe("nothing");
    expect(asking({ parent: "p" })).toBe("nothing");
    expect(asking({ ack: "none" })).toBe("nothing");
    expect(asking({ class: "test" })).toBe("nothing");
    expect(asking({ retrospective: true, state: "returned" })).toBe("nothing");
    expect(asking({ state: "normal" })).toBe("nothing");
    const handling = { ...anAlarm().handling, stage: "archived" as const };
    expect(asking({ state: "acknowledged", acknowledged, handling })).toBe("nothing");
  });

  it("anything without a duty.yaml; one that is put there calls for what is still open", () => {
    const { duty, ...bare } = aDutyConfig();
    const room = createWatchRoom({ config: bare });
    room.send("R1", 2);
    room.send("R2", 2);
    room.ack("R2");
    room.wait(5 * MINUTE);
    expect(room.steps("R1")).toEqual([]);
    room.reload({ ...bare, duty: duty ?? null });
    expect(room.steps("R1")).toEqual(["300 raise an/phone"]);
    room.wait(5 * MINUTE);
    expect(room.steps("R2")).toEqual(["600 no-call li/phone"]);
  });
});

describe("a change of duty.yaml while a chain runs", () => {
  it("goes on where it was, with the steps that are there now", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.receipt("R1", "an");
    room.wait(70 * SECOND);
    room.receipt("R1", "li");
    const chain = {
      ...RED,
      steps: [
        aStep("raise", 0, OFFICER),
        aStep("not-acknowledged", 60, LEAD),
        aStep("not-acknowledged", 100, { kind: "person", person: "bo" }),
      ],
    };
    room.reload(with_([chain]));
    room.wait(3 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "60 not-acknowledged li/phone",
      "100 not-acknowledged bo/phone",
    ]);
  });

  it("with fewer steps than were made repeats the last one", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.receipt("R1", "an");
    room.wait(70 * SECOND);
    room.reload(with_([{ ...RED, steps: [aStep("raise", 0, OFFICER)], repeat: 2 * MINUTE }]));
    room.wait(4 * MINUTE);
    expect(room.steps("R1").slice(2)).toEqual([
      "180 not-acknowledged an/phone",
      "300 not-acknowledged an/phone",
    ]);
  });

  it("without a chain ends it, and one for another mine leaves it alone", () => {
    const own = {
      ...RED,
      mines: ["520523017311"],
      steps: [aStep("raise", 0, { kind: "person" as const, person: "wu" })],
    };
    const room = createWatchRoom({ config: with_([RED, own]) });
    room.send("R1", 2);
    expect(room.steps("R1")).toEqual(["0 raise wu/phone"]);
    room.reload(with_([{ ...RED, levels: ["orange"] }]));
    room.wait(20 * MINUTE);
    expect(room.steps("R1")).toHaveLength(1);
  });
});

describe("time that nobody could call in", () => {
  it("counts, and makes one step a chain; the others keep their distance", () => {
    const chain = { ...RED, steps: RED.steps.filter(({ when }) => when !== "not-delivered") };
    const room = createWatchRoom({ config: with_([chain]) });
    room.send("R1", 2);
    room.wait(10 * SECOND);
    room.down(20 * MINUTE);
    room.wait(3 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "1211 not-acknowledged li/phone",
      "1331 not-acknowledged wu/phone",
    ]);
  });

  it("counts after the acknowledgement, too", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    room.ack("R1");
    room.down(2 * HOUR);
    room.wait(MINUTE);
    expect(room.steps("R1")).toEqual(["0 raise an/phone", "7201 no-call li/phone"]);
  });

  it("is none when the clock was set: every deadline moves with it", () => {
    for (const by of [-HOUR, HOUR]) {
      const room = createWatchRoom();
      room.send("R1", 2);
      room.receipt("R1", "an");
      room.wait(20 * SECOND);
      room.clock(by);
      room.wait(39 * SECOND);
      expect(room.steps("R1")).toHaveLength(1);
      room.wait(SECOND);
      expect(room.steps("R1")[1]).toBe(`${by / SECOND + 60} not-acknowledged li/phone`);
    }
  });
});

describe("a step that finds nobody", () => {
  const empty = aDuty().crews.map((crew) => ({ ...crew, parts: { officer: [], lead: [] } }));

  it("is a trouble, does not wait for the next, and is made again once somebody is there", () => {
    const room = createWatchRoom({ config: with_([RED], { crews: empty }) });
    room.wait(SECOND);
    room.send("R1", 2);
    room.wait(5 * SECOND);
    expect(room.steps("R1")).toEqual([
      "1 raise nobody",
      "2 not-acknowledged nobody",
      "3 not-acknowledged wu/phone",
    ]);
    expect(room.troubles().map((each) => each.split(" ").slice(0, 2).join(" "))).toEqual([
      "raise duty-nobody",
      "raise duty-uncovered",
      "raise duty-unreachable",
      "return duty-unreachable",
    ]);
  });

  it("stays a trouble as long as there is nobody at all", () => {
    const chain = { ...RED, steps: RED.steps.filter(({ to }) => to[0]?.kind !== "role") };
    const room = createWatchRoom({ config: with_([chain], { crews: empty }) });
    room.send("R1", 2);
    room.wait(2 * MINUTE);
    expect(room.steps("R1")).toEqual(["0 raise nobody", "1 not-acknowledged nobody"]);
    expect(room.engine().alarm(room.alarm("duty-unreachable").id)?.state).toBe("unacknowledged");
    room.reload(with_([chain]));
    room.wait(2 * SECOND);
    expect(room.steps("R1").at(-1)).toBe("121 not-acknowledged li/phone");
    expect(room.engine().alarm(room.alarm("duty-unreachable").id)?.state).toBe("returned");
  });

  it("is none for a person who has nothing to do with the mine", () => {
    const people = aDuty().people.map((each) => (each.id === "an" ? { ...each, mines: ["other"] } : each));
    const room = createWatchRoom({ config: with_([RED], { people }) });
    room.send("R1", 2);
    expect(room.steps("R1")).toEqual(["0 raise nobody"]);
  });
});

describe("whom a step calls", () => {
  it("on every channel it names, or on what the person has", () => {
    const steps = [
      aStep("raise", 0, OFFICER, ["sms", "voice"]),
      aStep("not-acknowledged", 10, { kind: "role", role: "lead" }, ["mail"]),
      aStep("not-acknowledged", 20, { kind: "contact", role: null }, ["sms"]),
      aStep("not-acknowledged", 30, { kind: "desk" }),
    ];
    const room = createWatchRoom({ config: with_([{ ...RED, steps }]) });
    room.send("R1", 2);
    room.wait(40 * SECOND);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone an/mobile",
      "10 not-acknowledged li/phone lu/phone",
      "20 not-acknowledged contact:520523017311:0/phone",
      "30 not-acknowledged desk",
    ]);
    expect(room.troubles()).toEqual([]);
  });

  it("follows the shift: at eight it is another officer", () => {
    const people = [...aDuty().people, aPerson("x")];
    const crews = aDuty().crews.map((crew, i) =>
      i === 0 ? crew : { ...crew, parts: { officer: ["x"], lead: [] } },
    );
    const rotations = [{ from: 0, cycle: [{ day: "two", night: "one" }] }];
    const chain = {
      ...RED,
      steps: [aStep("raise", 0, OFFICER), aStep("not-acknowledged", 60, OFFICER)],
      repeat: MINUTE,
    };
    const room = createWatchRoom({
      begin: MONDAY + 8 * HOUR - 90 * SECOND,
      config: with_([chain], { people, crews, rotations, handoverWithin: 60 * SECOND }),
    });
    room.send("R1", 2);
    room.wait(3 * MINUTE);
    expect(room.steps("R1")).toEqual([
      "0 raise an/phone",
      "60 not-acknowledged an/phone",
      // Nobody has taken over yet: those who go home are called after those who came.
      "120 not-acknowledged x/phone an/phone",
      "180 not-acknowledged x/phone",
    ]);
  });
});

describe("quiet hours", () => {
  it("let yellow wait for the morning, and never red", () => {
    const yellow = { ...RED, levels: ["yellow" as const], steps: [aStep("raise", 0, OFFICER)] };
    const quiet = [{ from: 22 * 60, to: 6 * 60, levels: ["yellow" as const] }];
    const room = createWatchRoom({ config: with_([RED, yellow], { quiet }) });
    room.send("Y1", 1);
    room.send("R1", 2);
    expect(room.steps("Y1")).toEqual([]);
    expect(room.steps("R1")).toHaveLength(1);
    room.wait(3 * HOUR);
    expect(room.steps("Y1")).toEqual(["10800 raise an/phone"]);
  });
});

describe("the gateway's own troubles", () => {
  it("are called about, and nobody is asked for a telephone call to a mine", () => {
    const rules = aDutyConfig().rules.map((rule) =>
      rule.id === "duty-nobody" ? { ...rule, level: "red" as const } : rule,
    );
    const room = createWatchRoom({ config: aDutyConfig({ rules }) });
    room.self("duty-nobody", 1);
    room.ack("duty-nobody");
    room.wait(HOUR);
    expect(room.steps("duty-nobody")).toEqual(["0 raise an/phone"]);
  });
});
