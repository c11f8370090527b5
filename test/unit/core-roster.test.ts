import { describe, expect, it } from "vitest";
import { gapsAhead } from "../../src/core/duty/cover.ts";
import { crewOf, instantOf, onDutyAt, type Roster, shiftsBetween } from "../../src/core/duty/roster.ts";
import { dayNumber, dayWords } from "../../src/model/calendar.ts";
import { DAY, HOUR, MINUTE } from "../../src/model/time.ts";
import { zoneOffsets } from "../../src/wire/config/zone.ts";
import { aDuty, CHINA, MONDAY } from "../support/duty.ts";

const roster = (more: Partial<Roster> = {}): Roster => ({
  offsets: CHINA,
  duty: aDuty(),
  swaps: [],
  handovers: [],
  ...more,
});
const officers = (of: Roster, at: number) => onDutyAt(of, at).parts.officer;
/** Past the time in which those who went home are called too. */
const settled = (of: Roster): Roster => ({ ...of, duty: { ...of.duty, handoverWithin: 0 } });

describe("a day of the calendar", () => {
  it("is the same in numbers and in words, over leap years and centuries", () => {
    for (const [text, number] of [
      ["1970-01-01", 0],
      ["2000-02-29", 11_016],
      ["2026-02-02", Date.UTC(2026, 1, 2) / DAY],
      ["2100-03-01", Date.UTC(2100, 2, 1) / DAY],
    ] as const) {
      expect(dayNumber(text)).toBe(number);
      expect(dayWords(number)).toBe(text);
    }
    for (let day = 0; day < 60_000; day += 17)
      expect(dayWords(day)).toBe(new Date(day * DAY).toISOString().slice(0, 10));
  });

  it("does not exist on the 30th of February, or in another form", () => {
    for (const text of ["2026-02-30", "2026-13-01", "2025-02-29", "2026-2-1", ""])
      expect(dayNumber(text)).toBeNull();
  });
});

describe("who is on duty", () => {
  it("turns with the cycle, and the night shift goes over midnight", () => {
    const of = settled(roster());
    // 2026-02-02 is 32 days after the first: an even day of the cycle.
    expect(officers(of, MONDAY + 8 * HOUR - 1)).toEqual(["an"]);
    expect(officers(of, MONDAY + 8 * HOUR)).toEqual(["an"]);
    expect(officers(of, MONDAY + 20 * HOUR - 1)).toEqual(["an"]);
    expect(officers(of, MONDAY + 20 * HOUR)).toEqual(["bo"]);
    expect(officers(of, MONDAY + 31 * HOUR)).toEqual(["bo"]);
    expect(officers(of, MONDAY + 32 * HOUR)).toEqual(["bo"]);
    expect(onDutyAt(of, MONDAY + 3 * HOUR)).toEqual({
      shifts: [{ shift: "night", day: "2026-02-01", from: MONDAY - 4 * HOUR, to: MONDAY + 8 * HOUR }],
      parts: { officer: ["an"], lead: ["li"] },
    });
  });

  it("is nobody before the first rotation begins, and the later one's crew once it has", () => {
    const duty = aDuty();
    const later = { from: dayNumber("2026-02-03") ?? 0, cycle: [{ day: "one", night: "one" }] };
    const of = settled(roster({ duty: { ...duty, rotations: [...duty.rotations, later] } }));
    expect(officers(of, Date.UTC(2025, 11, 31))).toEqual([]);
    expect(officers(of, MONDAY + 23 * HOUR)).toEqual(["bo"]);
    expect(officers(of, MONDAY + 47 * HOUR)).toEqual(["an"]);
  });

  it("is another by a swap, for that shift of that day alone, and nobody when there is none instead", () => {
    const swap = { day: "2026-02-02", shift: "night", out: "bo", in: "wu", reason: "" };
    const of = settled(roster({ swaps: [swap] }));
    expect(officers(of, MONDAY + 22 * HOUR)).toEqual(["wu"]);
    expect(officers(of, MONDAY + 12 * HOUR)).toEqual(["an"]);
    expect(officers(of, MONDAY + 70 * HOUR)).toEqual(["bo"]);
    const back = { ...swap, out: "wu", in: null };
    expect(officers(settled(roster({ swaps: [swap, back] })), MONDAY + 22 * HOUR)).toEqual([]);
  });

  it("is also whoever goes home, until the shift is taken over or the time for it is up", () => {
    const at = MONDAY + 20 * HOUR + 10 * MINUTE;
    expect(officers(roster(), at)).toEqual(["bo", "an"]);
    expect(officers(roster(), at + 20 * MINUTE)).toEqual(["bo"]);
    const taken = { day: "2026-02-02", shift: "night", person: "bo", at };
    expect(officers(roster({ handovers: [taken] }), at)).toEqual(["bo"]);
  });

  it("is also who took over without being on the roster, from an hour before on", () => {
    const taken = { day: "2026-02-02", shift: "night", person: "wu", at: MONDAY + 19.5 * HOUR };
    const of = roster({ handovers: [taken] });
    expect(officers(of, MONDAY + 19.5 * HOUR)).toEqual(["an", "wu"]);
    expect(officers(of, MONDAY + 20 * HOUR)).toEqual(["bo", "wu"]);
  });

  it("is never somebody the configuration does not know any more", () => {
    const duty = aDuty();
    const of = settled(roster({ duty: { ...duty, people: duty.people.filter(({ id }) => id !== "an") } }));
    expect(officers(of, MONDAY + 12 * HOUR)).toEqual([]);
  });
});

describe("where the clocks change", () => {
  const offsets = zoneOffsets("Europe/Berlin", Date.UTC(2026, 5, 1)) ?? [];
  const duty = aDuty({
    shifts: [
      { id: "day", name: "", from: 6 * 60, to: 22 * 60 },
      { id: "night", name: "", from: 22 * 60, to: 6 * 60 },
    ],
    handoverWithin: 0,
  });
  const of = roster({ offsets, duty });
  const night = (day: string) => {
    const found = shiftsBetween(of, Date.parse(day), Date.parse(day) + DAY).find(
      (each) => each.shift === "night" && each.day === day,
    );
    return found === undefined ? 0 : (found.to - found.from) / HOUR;
  };

  it("a night is an hour shorter in spring and an hour longer in autumn", () => {
    expect([night("2026-03-27"), night("2026-03-28"), night("2026-10-24"), night("2026-10-25")]).toEqual([
      8, 7, 9, 8,
    ]);
  });

  it("a time that does not exist is the change, one that comes twice the first", () => {
    const spring = dayNumber("2026-03-29") ?? 0;
    expect(instantOf(offsets, spring, 150)).toBe(Date.UTC(2026, 2, 29, 1));
    const autumn = dayNumber("2026-10-25") ?? 0;
    expect(instantOf(offsets, autumn, 150)).toBe(Date.UTC(2026, 9, 25, 0, 30));
  });

  it("every moment of two years belongs to one crew", () => {
    const from = Date.UTC(2026, 0, 2);
    for (let at = from; at < from + 500 * DAY; at += 47 * MINUTE) expect(officers(of, at)).toHaveLength(1);
    expect(gapsAhead(of, Date.UTC(2026, 2, 25))).toEqual([]);
  });

  it("a shift that begins in the hour that is left out leaves no hole and no overlap", () => {
    const split = aDuty({
      handoverWithin: 0,
      shifts: [
        { id: "day", name: "", from: 150, to: 900 },
        { id: "night", name: "", from: 900, to: 150 },
      ],
    });
    const other = roster({ offsets, duty: split });
    for (const day of [Date.UTC(2026, 2, 28), Date.UTC(2026, 9, 24)])
      for (let at = day; at < day + 2 * DAY; at += MINUTE) expect(officers(other, at)).toHaveLength(1);
  });
});

describe("cover ahead", () => {
  it("has no gap with a whole rotation, and names the hours somebody is missing", () => {
    expect(gapsAhead(roster(), MONDAY)).toEqual([]);
    const swaps = [{ day: "2026-02-07", shift: "night", out: "an", in: null, reason: "" }];
    expect(crewOf(roster({ swaps }), { day: "2026-02-07", shift: "night" }).officer).toEqual([]);
    expect(gapsAhead(roster({ swaps }), MONDAY)).toEqual([
      {
        from: MONDAY + 5 * DAY + 20 * HOUR,
        to: MONDAY + 6 * DAY + 8 * HOUR,
        words: "2026-02-07 20:00 – 2026-02-08 08:00",
      },
    ]);
    expect(gapsAhead(roster({ swaps }), MONDAY - 9 * DAY)).toEqual([]);
    expect(gapsAhead(roster({ swaps }), MONDAY + 7 * DAY)).toEqual([]);
  });
});
