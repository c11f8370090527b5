import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import type { JournalEntry } from "../../src/model/alarm.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { illegalSteps } from "../support/arrows.ts";
import { aMine, anEngine, MINE } from "../support/builders-core.ts";
import { aDuty, aDutyConfig, aStep, createWatchRoom, LEAD, MONDAY, OFFICER, RED } from "../support/duty.ts";

const orange = {
  ...RED,
  levels: ["orange" as const, "yellow" as const],
  steps: [
    aStep("raise", 0, OFFICER),
    aStep("not-acknowledged", 100, [LEAD, { kind: "contact", role: null }], ["sms"]),
  ],
};
const quiet = [{ from: 8 * 60, to: 8 * 60 + 20, levels: ["yellow" as const] }];
const CONFIGS = [
  aDutyConfig({ duty: aDuty({ chains: [RED, orange], quiet }) }),
  aDutyConfig({
    duty: aDuty({ chains: [{ ...RED, steps: RED.steps.slice(0, 3), repeat: MINUTE }], rotations: [] }),
  }),
  aDutyConfig({ duty: null, mines: [aMine({ systems: ["safety"], status: "stopped" })] }),
];
const POINTS = ["R1", "U1", "R2", "U1", "O1", "Y1"];
const USERS = ["an", "bo", "li", "wu"];

const move = fc.record({
  wait: fc.constantFrom(0, 500, 1_000, 31_000, 61_000, 200_000, 1_900_000),
  kind: fc.constantFrom(
    ...([
      "send",
      "send",
      "send",
      "ack",
      "receipt",
      "swap",
      "handover",
      "note",
      "apply",
      "answer",
      "status",
    ] as const),
    ...(["config", "down", "clock", "tick", "comment"] as const),
  ),
  n: fc.nat(11),
  flag: fc.boolean(),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;
const stories = fc.array(move, { minLength: 1, maxLength: 40 });

/** Plays a story on duty from a quarter to eight on; `swap` may replace the engine after any step. */
function drive(story: readonly Move[], swap: (engine: Engine) => Engine): JournalEntry[] {
  const room = createWatchRoom({
    begin: MONDAY + 7.75 * HOUR,
    config: CONFIGS[0] as (typeof CONFIGS)[0],
    swap,
  });
  let made = "none";
  const open = () => [...room.engine().openAlarms()];
  for (const { wait, kind, n, flag } of story) {
    if (wait < 2 * MINUTE) room.wait(wait);
    else room.asleep(wait);
    const user = USERS[n % USERS.length] as string;
    const alarm = open()[n % Math.max(1, open().length)]?.id ?? "none";
    const now = room.now();
    switch (kind) {
      case "send":
        room.send(POINTS[n % POINTS.length] as string, flag ? 1 + (n % 4 === 3 ? 1 : 0) : 0);
        break;
      case "ack":
        room.act({ do: "acknowledge", alarm, expect: null, note: null }, user);
        break;
      case "comment":
        room.act({ do: "comment", alarm, expect: null, note: "x" }, user);
        break;
      case "receipt":
        room.input({ type: "receipt", alarm, rung: flag ? "delivered" : "seen", by: user, device: "phone" });
        break;
      case "swap":
        room.act(
          {
            do: "swap",
            day: "2026-02-02",
            shift: flag ? "day" : "night",
            out: user,
            in: n > 8 ? null : "wu",
            reason: "",
          },
          "li",
          "lead",
        );
        break;
      case "handover":
        room.act(
          { do: "handover", alarms: open().map(({ id }) => id), asOf: flag ? now : null, note: null },
          user,
        );
        break;
      case "note":
        room.act({ do: "duty-note", text: "x", about: null, corrects: flag ? n : null }, user);
        break;
      case "apply": {
        const subjects = [
          flag ? ({ kind: "mine" } as const) : ({ kind: "point", id: `${MINE}:safety:R1` } as const),
        ];
        const draft = {
          kind: "work" as const,
          mine: MINE,
          subjects,
          from: now + n * SECOND,
          to: now + n * MINUTE,
          reason: "x",
        };
        const result = room.act({ do: "pre-notice", step: "apply", draft }, "li", "lead");
        if (result?.ok === true) made = result.made ?? made;
        break;
      }
      case "answer":
        room.act(
          { do: "pre-notice", step: n < 8 ? "approve" : "end", notice: made, note: null },
          "lu",
          "lead",
        );
        break;
      case "status": {
        const status = flag ? ("stopped" as const) : ("producing" as const);
        const dates = { from: n > 5 ? now + n * SECOND : null, to: n > 8 ? now + n * MINUTE : null };
        room.act(
          { do: "mine-status", mine: MINE, status, ...dates, reason: "x", document: null },
          "li",
          "lead",
        );
        break;
      }
      case "config":
        room.reload(CONFIGS[n % CONFIGS.length] as (typeof CONFIGS)[0]);
        break;
      case "down":
        room.down(n * MINUTE);
        break;
      case "clock":
        room.clock((n - 5) * 10 * SECOND);
        break;
      case "tick":
        room.wait(SECOND);
        break;
    }
  }
  return room.entries;
}

describe("what is remembered of the duty", () => {
  it("survives a restart after every input, and takes legal steps with numbers in a row", () => {
    const told = new Set<string>();
    fc.assert(
      fc.property(stories, (story) => {
        const straight = drive(story, (engine) => engine);
        const reborn = drive(story, (engine) => {
          const other = anEngine();
          other.restore(structuredClone(engine.image()));
          return other;
        });
        expect(reborn).toEqual(straight);
        expect(illegalSteps(straight)).toEqual([]);
        straight.forEach((entry, i) => {
          if (entry.type === "transition") {
            expect(entry.alarm.seq).toBe(i + 1);
            told.add(entry.transition.why ?? entry.transition.what);
          } else told.add(entry.type === "duty" ? entry.duty.what : entry.type);
        });
      }),
      { numRuns: 50, seed: 11 },
    );
    // The stories are worth something only if all of it happens in them.
    expect([...told]).toEqual(
      expect.arrayContaining([
        ...["raise", "step-up", "not-delivered", "not-acknowledged", "no-call"],
        ...["swap", "handover", "note", "pre-notice", "mine-status"],
      ]),
    );
  });

  it("is not touched by what the engine does after its image was made", () => {
    fc.assert(
      fc.property(stories, (story) => {
        const images: { image: unknown; text: string }[] = [];
        drive(story, (engine) => {
          const image = engine.image();
          images.push({ image, text: JSON.stringify(image, plain) });
          return engine;
        });
        for (const { image, text } of images.filter((_, i) => i % 7 === 0))
          expect(JSON.stringify(image, plain)).toBe(text);
      }),
      { numRuns: 6, seed: 5 },
    );
  });
});

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value;
