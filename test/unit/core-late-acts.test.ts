import { describe, expect, it } from "vitest";
import type { Effects } from "../../src/core/effects.ts";
import type { Act, ActResult, AlarmAct } from "../../src/model/act.ts";
import type { Alarm, JournalEntry } from "../../src/model/alarm.ts";
import { BOUNDS } from "../../src/model/bounds.ts";
import { DAY, SECOND } from "../../src/model/time.ts";
import { aConfig, anEngine, aPoint, createFeed } from "../support/builders-core.ts";

const BEGIN = 1_700_000_000_000;
const LATER = BEGIN + 9 * DAY;

/** A mine whose alarm was acknowledged, ended, and was over long ago. */
function longAgo() {
  const entries: JournalEntry[] = [];
  let engine = anEngine();
  let feed = createFeed(engine);
  let acts = 0;
  const keep = (effects: Effects): ActResult | null => {
    entries.push(...effects.entries);
    return effects.result;
  };
  const house = {
    entries,
    act: (now: number, deed: Pick<AlarmAct, "do"> & Record<string, unknown>, past?: Alarm) =>
      keep(
        feed.step({
          type: "act",
          now,
          act: {
            id: `a${++acts}`,
            actor: { user: "wang", role: "duty", mines: ["*"], device: "desk" },
            expect: null,
            ...deed,
          } as never as Act,
          ...(past === undefined ? {} : { past }),
        }),
      ),
    tick: (now: number) => keep(feed.tick(now)),
    /** Another process goes on from its snapshot. */
    restart() {
      const next = anEngine();
      next.restore(engine.image());
      engine = next;
      feed = feed.with(engine);
    },
    knows: (id: string) => engine.alarm(id) !== null,
    listed: (id: string) => [...engine.openAlarms()].some((alarm) => alarm.id === id),
    raise(now: number): Alarm {
      keep(feed.readings(now, [{ p: "A", v: 1.2 }]));
      keep(feed.readings(now + SECOND, [{ p: "A", v: 0.2 }]));
      const [alarm] = [...engine.openAlarms()].filter(({ raisedAt }) => raisedAt === now);
      if (alarm === undefined) throw new Error("must hold: it raised");
      house.act(now + 2 * SECOND, { do: "acknowledge", alarm: alarm.id, note: null });
      return engine.alarm(alarm.id) as Alarm;
    },
  };
  keep(feed.config(BEGIN, aConfig()));
  keep(feed.points(BEGIN, [aPoint({ code: "A", loc: "CF_CORNER", cycle: 0 })]));
  return house;
}

describe("what people still say of an alarm that ended long ago", () => {
  it("is written down with the alarm's next number, and answered", () => {
    const house = longAgo();
    const past = house.raise(BEGIN + SECOND);
    house.tick(LATER);
    expect(house.knows(past.id)).toBe(false);
    house.entries.length = 0;

    const words = { do: "comment", alarm: past.id, note: "传感器已更换" } as const;
    expect(house.act(LATER + SECOND, words)).toMatchObject({ ok: false, why: "unknown-alarm" });
    expect(house.act(LATER + SECOND, words, past)).toMatchObject({ ok: true });
    expect(house.act(LATER + SECOND, { do: "acknowledge", alarm: past.id, note: null }, past)).toMatchObject({
      ok: true,
      closed: true,
      by: "wang",
    });
    const told = house.entries.map((entry) =>
      entry.type === "transition" ? [entry.alarm.id, entry.transition.n, entry.transition.what] : entry.type,
    );
    expect(told).toEqual([
      [past.id, past.n + 1, "comment"],
      [past.id, past.n + 2, "late"],
    ]);
    expect(house.listed(past.id)).toBe(false);
  });

  it("gives no number twice while the index does not know of the last, over a restart and a second copy", () => {
    const house = longAgo();
    const past = house.raise(BEGIN + SECOND);
    house.tick(LATER);
    house.entries.length = 0;
    for (let i = 0; i < 3; i++) {
      house.act(LATER + i * SECOND, { do: "comment", alarm: past.id, note: `第${i}次` }, past);
      house.tick(LATER + i * SECOND + 500);
      house.restart();
    }
    const numbers = house.entries.flatMap((entry) =>
      entry.type === "transition" ? [entry.transition.n] : [],
    );
    expect(numbers).toEqual([past.n + 1, past.n + 2, past.n + 3]);
  });

  it("brings back no alarm that is not over, and not more of them than are kept", () => {
    const house = longAgo();
    const past = house.raise(BEGIN + SECOND);
    house.tick(LATER);
    const open = { ...past, id: "x", state: "returned" } as const;
    expect(house.act(LATER, { do: "comment", alarm: "x", note: "…" }, open)).toMatchObject({ ok: false });
    for (let i = 0; i <= BOUNDS.recalledAlarms; i++) {
      const id = `y${i}`;
      house.act(LATER, { do: "comment", alarm: id, note: "…" }, { ...past, id, case: id });
    }
    expect(house.knows("y0")).toBe(false);
    expect(house.knows("y1")).toBe(true);
    expect(house.act(LATER, { do: "comment", alarm: "y0", note: "…" }, { ...past, id: "y0" })).toMatchObject({
      ok: true,
    });
  });
});
