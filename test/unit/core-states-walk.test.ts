import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { AlarmAct, ServiceTarget } from "../../src/model/act.ts";
import type { Alarm, JournalEntry } from "../../src/model/alarm.ts";
import { levelRank } from "../../src/model/rule.ts";
import { MINUTE } from "../../src/model/time.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { illegalSteps } from "../support/arrows.ts";
import { MINE } from "../support/builders-core.ts";
import { type Facts, goAlong, type Move, walk, walkConfig } from "../support/state-walk.ts";

const TARGET: ServiceTarget = { kind: "point", id: `${MINE}:safety:A`, key: "G" };
const of = ({ alarm }: Facts) => ({ alarm: alarm?.id ?? "none", expect: null });
const act = (name: string, by: string, made: (facts: Facts) => AlarmAct): Move => ({
  name: `${name} by ${by}`,
  do: "act",
  by,
  act: made,
});

const VALUES: readonly Move[] = [0.5, 1.2, 1.6, 2.1].map((value) => ({
  name: `reads ${value}`,
  do: "reading" as const,
  value,
}));
const BAD: Move = { name: "goes bad", do: "bad" };
const SWITCH: Move = { name: "is held back or let go", do: "switch" };
const WAIT: Move = { name: "time is over", do: "wait" };
const RESTART: Move = { name: "restart", do: "restart" };
const RELOAD: Move = { name: "reload", do: "reload" };
const ack = act("acknowledge", "li", (facts) => ({ ...of(facts), do: "acknowledge", note: null }));
const reset = act("reset", "li", (facts) => ({ ...of(facts), do: "reset", note: null }));
const shelve = act("shelve", "li", (facts) => ({
  ...of(facts),
  do: "shelve",
  until: facts.now + 8 * MINUTE,
  reason: "noise",
}));
const unshelve = act("unshelve", "li", (facts) => ({ ...of(facts), do: "unshelve", note: null }));
const out = act("out of service", "li", ({ now }) => ({
  do: "out-of-service",
  target: TARGET,
  until: now + 60 * MINUTE,
  reason: "repair",
}));
const back = act("back to service", "li", () => ({ do: "return-to-service", target: TARGET, note: null }));
const approve = (by: string) => act("approve", by, ({ request }) => ({ do: "approve", request }));
const decline = act("decline", "zhao", ({ request }) => ({ do: "refuse", request, reason: "no" }));
const strangers = ([ack, shelve, unshelve, reset, out, back, approve("mine")] as const).map(
  (move): Move => ({ ...move, name: `${move.name} as a mine`, by: "mine" }),
);

const STAGES = ["received", "verified", "handled", "fed-back", "archived"] as const;
/** What belongs to handling: the next stage, one that is not its turn, and what is written down by either side. */
const LOOP: readonly Move[] = [
  act("next stage", "li", (facts) => ({
    ...of(facts),
    do: "stage",
    stage: STAGES[STAGES.indexOf(facts.alarm?.handling.stage ?? "received") + 1] ?? "archived",
    note: null,
  })),
  act("archive", "li", (facts) => ({ ...of(facts), do: "stage", stage: "archived", note: null })),
  act("cause", "mine", (facts) => ({ ...of(facts), do: "cause", code: "blasting", text: "", measure: null })),
  act("feedback", "mine", (facts) => ({ ...of(facts), do: "feedback", text: "done" })),
  act("next stage", "mine", (facts) => ({ ...of(facts), do: "stage", stage: "verified", note: null })),
  act("correct", "li", (facts) => ({
    ...of(facts),
    do: "correct",
    field: "feedback",
    value: "done",
    reason: "misheard",
  })),
];

/** What must hold in every state, whatever led to it. */
function check(engine: Engine, entries: readonly JournalEntry[], now: number): string[] {
  const alarms = [...engine.openAlarms()];
  const listed = new Map(alarms.map((alarm) => [alarm.id, alarm]));
  const shelved = engine.shelves();
  const services = engine.outOfService();
  const value = engine.point(`${MINE}:safety:A`);
  const standing = alarms.filter(isStanding);
  const lost = entries.flatMap((entry) =>
    entry.type === "transition" && entry.alarm.state !== "normal" && !listed.has(entry.alarm.id)
      ? [`${entry.alarm.id} is not listed`]
      : [],
  );
  const over = value?.quality === "good" && (value.value ?? 0) >= 2;
  return [
    ...lost,
    ...(ends(engine).some((end) => end <= now) ? ["something did not end by itself"] : []),
    ...(shelved.some((shelf) => alarms.some((alarm) => isAbove(alarm, shelf)))
      ? ["shelved below what rings in the same case"]
      : []),
    ...(standing.length > 1 ? ["two alarms stand for one condition"] : []),
    // What is over its limit has a standing alarm, whatever anybody decided, unless the rules themselves hold it back.
    ...(over && standing.length === 0 && !isHeldBack(engine) ? ["a value beyond red has no alarm"] : []),
    ...alarms.flatMap((alarm) => wrong(alarm)),
    ...alarms.flatMap((alarm) =>
      alarm.state !== "normal" &&
      alarm.suppression.kind === "shelved" &&
      !shelved.some((each) => each.case === alarm.case)
        ? ["shelved without an end that anybody keeps"]
        : [],
    ),
    ...alarms.flatMap((alarm) =>
      alarm.state !== "normal" && (alarm.suppression.kind === "out-of-service") !== services.length > 0
        ? [`out of service is ${services.length > 0}, the alarm says ${alarm.suppression.kind}`]
        : [],
    ),
  ];
}
const isAbove = (alarm: Alarm, shelf: { readonly case: string; readonly level: Alarm["level"] }): boolean =>
  alarm.case === shelf.case && alarm.state !== "normal" && levelRank(alarm.level) > levelRank(shelf.level);
const ends = (engine: Engine): number[] => [
  ...engine.shelves().map(({ until }) => until),
  ...engine.outOfService().map(({ until }) => until),
  ...engine.requests().map(({ expires }) => expires),
];
const isStanding = ({ state, latched }: Alarm): boolean =>
  (state === "unacknowledged" || state === "acknowledged") && !latched;
const isHeldBack = (engine: Engine): boolean => engine.point(`${MINE}:safety:F`)?.word === "on";

const wrong = ({ state, level, suppression }: Alarm): string[] => [
  ...(state !== "normal" && level === "red" && suppression.kind === "shelved" ? ["red is shelved"] : []),
  ...(state !== "normal" && level === "red" && suppression.kind === "by-design" ? ["red is held back"] : []),
];

const EVERYTHING = [
  ...VALUES,
  BAD,
  SWITCH,
  ack,
  shelve,
  unshelve,
  reset,
  out,
  back,
  approve("li"),
  approve("zhao"),
  decline,
  WAIT,
  RESTART,
  ...strangers,
];

/** Walked in one go: what all of them saw, and how much that was. */
const seen = new Set<string>();
const count = { states: 0, paths: 0 };

function walked(how: Omit<Parameters<typeof walk>[0], "check">) {
  const { states, paths, combinations, faults } = walk({ ...how, check });
  count.states += states;
  count.paths += paths;
  for (const combination of combinations) seen.add(combination);
  return { states, faults: faults.slice(0, 5) };
}

describe("every state that the alarms of a point can reach", { timeout: 240_000 }, () => {
  it("keeps what must hold: one alarm at a time, all that can happen to it", () => {
    const config = () => walkConfig({ latch: false });
    const moves = EVERYTHING.filter((move) => move !== RESTART);
    const { faults, states } = walked({ config, moves, most: 1 });
    expect(faults).toEqual([]);
    expect(states).toBeGreaterThan(500);
  });

  it("keeps what must hold where it latches", () => {
    const config = () => walkConfig({ latch: true });
    const moves = EVERYTHING.filter((move) => !strangers.includes(move));
    const { faults, states } = walked({ config, moves, most: 1 });
    expect(faults).toEqual([]);
    expect(states).toBeGreaterThan(800);
  });

  const few = [...VALUES, ack, shelve, reset, out, approve("zhao"), WAIT];

  it("keeps what must hold of two occurrences, over reloads", () => {
    const config = (reloaded: boolean) => walkConfig({ latch: false, shift: reloaded ? 0.1 : 0 });
    const moves = [...VALUES.slice(0, 3), ack, shelve, approve("zhao"), WAIT, RELOAD];
    const { faults, states } = walked({ config, moves, most: 2 });
    expect(faults).toEqual([]);
    expect(states).toBeGreaterThan(300);
  });

  it("keeps what must hold of two occurrences that latch", () => {
    const { faults, states } = walked({ config: () => walkConfig({ latch: true }), moves: few, most: 2 });
    expect(faults).toEqual([]);
    expect(states).toBeGreaterThan(800);
  });

  it("keeps the closed loop in order, whoever does what", () => {
    const config = () => walkConfig({ latch: false });
    const moves = [...VALUES.slice(0, 3), ack, ...LOOP, RESTART];
    const { faults, states } = walked({ config, moves, most: 2 });
    expect(faults).toEqual([]);
    expect(states).toBeGreaterThan(100);
  });

  it("are all of A to D by all that suppresses, each seen", () => {
    const kinds = ["none", "shelved", "out-of-service"] as const;
    for (const state of ["unacknowledged", "acknowledged", "returned"]) {
      for (const kind of kinds)
        expect([...seen].some((one) => one.startsWith(`${state} ${kind} `))).toBe(true);
      // Of what is over no rule speaks any more.
      const held = [...seen].some((one) => one.startsWith(`${state} by-design `));
      expect(held).toBe(state !== "returned");
      for (const request of ["shelve", "out-of-service"])
        expect([...seen].some((one) => one.startsWith(`${state} none`) && one.includes(` ${request} `))).toBe(
          true,
        );
    }
    for (const state of ["unacknowledged", "acknowledged"])
      expect([...seen].some((one) => one.startsWith(state) && one.includes(" latched "))).toBe(true);
    console.info(`states ${count.states}, paths ${count.paths}, combinations ${seen.size}`);
  });
});

describe("any way through them", { timeout: 120_000 }, () => {
  it("goes on the same when the gateway is started anew from its snapshot before every step", () => {
    const config = (reloaded: boolean) => walkConfig({ latch: true, shift: reloaded ? 0.1 : 0 });
    const told = new Set<string>();
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...EVERYTHING, ...LOOP, RELOAD), { minLength: 30, maxLength: 60 }),
        (moves) => {
          const straight = goAlong(moves, config, false);
          expect(goAlong(moves, config, true)).toEqual(straight);
          expect(illegalSteps(straight.entries)).toEqual([]);
          for (const entry of straight.entries)
            if (entry.type === "transition") told.add(entry.transition.what);
        },
      ),
      { numRuns: 60 },
    );
    for (const what of [
      "latch",
      "reset",
      "shelve",
      "unshelve",
      "out-of-service",
      "suppress",
      "stage",
      "late",
    ])
      expect([...told]).toContain(what);
  });
});

describe("the walk", () => {
  it("would notice a rule that is not kept, and says how it came to that", () => {
    const { faults } = walk({
      config: () => walkConfig({ latch: false }),
      moves: [...VALUES, shelve],
      check: (engine) =>
        [...engine.openAlarms()].some(({ suppression }) => suppression.kind === "shelved") ? ["shelved"] : [],
      most: 1,
    });
    expect(faults[0]).toBe("reads 1.2, shelve by li: shelved");
  });

  it.each([
    ["red is shelved", { level: "red", suppression: { kind: "shelved", by: "li", until: 9e12, reason: "" } }],
    [
      "orange is shelved by one person",
      { level: "orange", suppression: { kind: "shelved", by: "li", until: 9e12, reason: "" } },
    ],
    [
      "suppressed beyond its end",
      { level: "blue", suppression: { kind: "shelved", by: "li", until: 1, reason: "" } },
    ],
    [
      "out of service by one person",
      { suppression: { kind: "out-of-service", by: "li", until: 9e12, reason: "" } },
    ],
    ["latched while unacknowledged", { latched: true }],
    ["over, and neither returned nor latched", { returnedAt: 5 }],
    ["archived while it is open", { handling: { stage: "archived", by: "li", at: 5, due: null } }],
  ] as const)("knows that it is wrong: %s", (fault, fields) => {
    const alarm = anAlarm(fields as Partial<Alarm>);
    const transition = { from: "unacknowledged", to: "unacknowledged", n: 1, what: "comment" } as const;
    const entry = {
      type: "transition",
      t: alarm.raisedAt,
      transition,
      alarm,
      inputs: [],
      evidence: null,
    } as const;
    expect(illegalSteps([entry]).join()).toContain(fault);
  });
});
