import { describe, expect, it } from "vitest";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { aMine, MINE } from "../support/builders-core.ts";
import { aDuty, aDutyConfig, aPerson, createWatchRoom, type Deed, MONDAY } from "../support/duty.ts";

type Room = ReturnType<typeof createWatchRoom>;
const lead = (room: Room, what: Deed, user = "li") => room.act(what, user, "lead");
const why = (result: ReturnType<Room["act"]>) => (result?.ok === false ? result.why : result);
const detail = (result: ReturnType<Room["act"]>) => (result?.ok === false ? result.detail : "");

describe("a swap", () => {
  const swap = {
    do: "swap",
    day: "2026-02-07",
    shift: "night",
    out: "an",
    in: null,
    reason: "病假",
  } as const;

  it("that leaves Saturday night without anybody is a trouble at once, and over when somebody is found", () => {
    const room = createWatchRoom();
    room.wait(2 * SECOND);
    expect(room.troubles()).toEqual([]);
    expect(lead(room, swap)).toMatchObject({ ok: true });
    room.wait(SECOND);
    expect(room.troubles()).toEqual(["raise duty-uncovered 2026-02-07 20:00 – 2026-02-08 08:00"]);
    expect(lead(room, { ...swap, out: "bo" })).toMatchObject({ ok: false, why: "not-valid", field: "out" });
    // The place is known by the name of who had it.
    expect(lead(room, { ...swap, in: "bo" })).toMatchObject({ ok: true });
    expect(why(lead(room, { ...swap, in: "wu" }))).toBe("not-valid");
    room.wait(SECOND);
    expect(room.troubles().at(-1)).toMatch(/^return duty-uncovered/);
    expect(room.dutyLog()).toEqual([
      { what: "swap", day: "2026-02-07", shift: "night", out: "an", in: null, reason: "病假" },
      { what: "swap", day: "2026-02-07", shift: "night", out: "an", in: "bo", reason: "病假" },
    ]);
  });

  it("is the lead's to make, of people and shifts there are", () => {
    const room = createWatchRoom();
    expect(why(room.act(swap))).toBe("forbidden");
    for (const wrong of [
      { day: "2026-02-31" },
      { shift: "noon" },
      { out: "nobody" },
      { in: "nobody" },
      { day: "2026-01-20" },
    ])
      expect(why(lead(room, { ...swap, ...wrong }))).toBe("not-valid");
    expect(room.dutyLog()).toEqual([]);
    expect(
      room
        .engine()
        .duty()
        ?.ahead.find(({ day, shift }) => day === "2026-02-07" && shift === "night")?.parts,
    ).toEqual({
      officer: ["an"],
      lead: ["li"],
    });
  });

  it("changes whom a chain calls from that shift on", () => {
    const room = createWatchRoom();
    lead(room, { ...swap, day: "2026-02-01", in: "bo" });
    room.send("R1", 2);
    expect(room.steps("R1")).toEqual(["0 raise bo/phone"]);
  });
});

describe("nobody on duty", () => {
  it("is a trouble as soon as the shift begins that nobody has", () => {
    const crews = aDuty().crews.map((crew) =>
      crew.id === "one" ? crew : { ...crew, parts: { officer: ["gone"], lead: [] } },
    );
    const rotations = [{ from: 0, cycle: [{ day: "one", night: "two" }] }];
    const config = aDutyConfig({ duty: aDuty({ crews, rotations, handoverWithin: 0 }) });
    const room = createWatchRoom({ begin: MONDAY + 20 * HOUR - 2 * SECOND, config });
    room.wait(SECOND);
    expect(room.troubles().map((each) => each.split(" ")[1])).toEqual(["duty-uncovered"]);
    room.wait(SECOND);
    expect(room.troubles().at(-1)).toBe("raise duty-nobody 2026-02-02 night");
    room.wait(12 * HOUR);
    expect(room.troubles()).toContain("return duty-nobody 2026-02-02 night");
  });

  it("is no trouble once there is no duty.yaml any more", () => {
    const config = aDutyConfig({ duty: aDuty({ rotations: [] }) });
    const room = createWatchRoom({ config });
    room.wait(SECOND);
    expect(room.troubles()).toHaveLength(2);
    room.reload({ ...config, duty: null });
    room.wait(SECOND);
    expect(
      room
        .troubles()
        .slice(2)
        .map((each) => each.split(" ").slice(0, 2).join(" ")),
    ).toEqual(["return duty-nobody", "return duty-uncovered"]);
    expect(room.engine().duty()).toBeNull();
  });
});

describe("a handover", () => {
  const at = MONDAY + 8 * HOUR;
  const take = (alarms: readonly string[], asOf: number | null = null) =>
    ({ do: "handover", alarms, asOf, note: null }) as const satisfies Deed;

  it("names every open alarm, by the person who takes over", () => {
    const room = createWatchRoom({ begin: at });
    room.send("R1", 2);
    room.send("R2", 2);
    const ids = [room.alarm("R1").id, room.alarm("R2").id];
    const short = room.act(take(ids.slice(1)), "an");
    expect(why(short)).toBe("stale");
    expect(detail(short)).toBe(`1 open alarms are not named: ${ids[0]}`);
    expect(room.act(take(ids), "an")).toMatchObject({ ok: true, already: false });
    expect(room.dutyLog()).toEqual([
      {
        what: "handover",
        day: "2026-02-02",
        shift: "day",
        person: "an",
        of: [],
        alarms: ids,
        part: 1,
        parts: 1,
        note: null,
      },
    ]);
    expect(room.engine().duty()?.handovers).toEqual([{ day: "2026-02-02", shift: "day", person: "an", at }]);
  });

  it("need not name what was raised after the list was read", () => {
    const room = createWatchRoom({ begin: at });
    room.send("R1", 2);
    const read = room.engine().journalSeq;
    const { id } = room.alarm("R1");
    room.send("R2", 2);
    expect(why(room.act(take([id], read), "an"))).toMatchObject({ ok: true });
  });

  it("of a long list is told in several records", () => {
    const room = createWatchRoom({ begin: at });
    room.send("R1", 2);
    expect(
      room.act(take([room.alarm("R1").id, ...Array.from({ length: 900 }, (_, i) => `x${i}`)]), "an"),
    ).toMatchObject({
      ok: true,
    });
    // What is no alarm is not taken over.
    expect(room.dutyLog()).toMatchObject([{ alarms: [room.alarm("R1").id], parts: 1 }]);
  });

  it("is told to be missing when nobody made it in time, once a shift", () => {
    const room = createWatchRoom({ begin: at - MINUTE });
    room.wait(31 * MINUTE - SECOND);
    expect(room.notices("handover-missing")).toEqual([]);
    room.wait(2 * MINUTE);
    expect(room.notices("handover-missing")).toEqual(["2026-02-02 day: nobody has taken over"]);
    room.wait(12 * HOUR);
    expect(room.notices("handover-missing")).toHaveLength(2);
  });

  it("ends the time in which those who went home are called", () => {
    const room = createWatchRoom({ begin: MONDAY + 20 * HOUR });
    room.send("R1", 2);
    expect(room.steps("R1")).toEqual(["0 raise bo/phone an/phone"]);
    room.act(take([room.alarm("R1").id]), "bo");
    room.send("R2", 2);
    expect(room.steps("R2")).toEqual(["0 raise bo/phone"]);
    room.wait(40 * MINUTE);
    expect(room.notices("handover-missing")).toEqual([]);
  });

  it("by somebody who is not on the roster puts them on duty", () => {
    const room = createWatchRoom({ begin: MONDAY + 20 * HOUR });
    expect(room.act(take([]), "wu")).toMatchObject({ ok: true });
    room.send("R1", 2);
    expect(room.steps("R1")).toEqual(["0 raise bo/phone wu/phone"]);
    expect(why(room.act(take([], 0), "stranger"))).toBe("forbidden");
  });

  it("covers a shift that nobody had", () => {
    const room = createWatchRoom({ begin: MONDAY + 20 * HOUR });
    lead(room, { do: "swap", day: "2026-02-02", shift: "night", out: "bo", in: null, reason: "" });
    room.wait(SECOND);
    expect(room.troubles().map((each) => each.split(" ").slice(0, 2).join(" "))).toEqual([
      "raise duty-uncovered",
    ]);
    room.act(take([room.alarm("duty-uncovered").id]), "wu");
    room.wait(SECOND);
    expect(room.troubles().at(-1)).toBe("return duty-uncovered 2026-02-02 20:00 – 2026-02-03 08:00");
  });
});

describe("the duty log", () => {
  const note = (text: string, corrects: number | null = null) =>
    ({ do: "duty-note", text, about: null, corrects }) as const;

  it("is only added to: a correction is a record of its own and names the other", () => {
    const room = createWatchRoom();
    const first = room.act(note("03:10 与矿方核对"));
    if (first?.ok !== true || first.seq === null) throw new Error("must be written");
    expect(room.act(note("03:20 与矿方核对", first.seq))).toMatchObject({ ok: true });
    expect(
      room
        .engine()
        .duty()
        ?.log.map(({ duty }) => duty),
    ).toEqual([
      { what: "note", text: "03:20 与矿方核对", about: null, corrects: first.seq },
      { what: "note", text: "03:10 与矿方核对", about: null, corrects: null },
    ]);
    expect(room.engine().duty()?.log[0]?.by).toEqual({ user: "an", role: "duty", device: "desk" });
  });

  it("takes no empty line, and no correction of what is none of its records", () => {
    const room = createWatchRoom();
    expect(why(room.act(note("  ")))).toBe("not-valid");
    room.act(note("a"));
    room.send("R1", 2);
    expect(why(room.act(note("b", room.engine().journalSeq)))).toBe("not-valid");
    expect(why(room.act(note("b", 1e9)))).toBe("not-valid");
  });
});

describe("a mine's status", () => {
  const stopped = {
    do: "mine-status",
    mine: MINE,
    status: "stopped",
    from: null,
    to: null,
    reason: "停产整改",
    document: "第1号",
  } as const;
  const rules = aDutyConfig().rules.map((rule) =>
    rule.id === "red" ? { ...rule, statuses: ["producing" as const] } : rule,
  );

  it("by a lead is obeyed by the rules at once, and by what is open", () => {
    const room = createWatchRoom({ config: aDutyConfig({ rules }) });
    room.send("R1", 2);
    expect(lead(room, stopped)).toMatchObject({ ok: true });
    expect(room.engine().mine(MINE)?.config.status).toBe("stopped");
    expect(room.alarm("R1").state).toBe("returned");
    room.send("R2", 2);
    expect(() => room.alarm("R2")).toThrow();
    expect(room.dutyLog()[0]).toMatchObject({
      what: "mine-status",
      mine: MINE,
      status: "stopped",
      document: "第1号",
    });
  });

  it("begins and ends by its dates, and then the file holds again", () => {
    const room = createWatchRoom({ config: aDutyConfig({ rules }) });
    const now = room.now();
    lead(room, { ...stopped, from: now + HOUR, to: now + 2 * HOUR });
    room.send("R1", 2);
    expect(room.alarm("R1").state).toBe("unacknowledged");
    room.wait(HOUR);
    expect(room.alarm("R1").state).toBe("returned");
    room.wait(HOUR);
    expect(room.engine().mine(MINE)?.config.status).toBe("producing");
    expect(room.alarm("R1").state).toBe("unacknowledged");
  });

  it("goes before the file also when that is read anew", () => {
    const config = aDutyConfig({ rules });
    const room = createWatchRoom({ config });
    lead(room, stopped);
    room.reload({ ...config, mines: [aMine({ systems: ["safety"], status: "rectifying" })] });
    expect(room.engine().mine(MINE)?.config.status).toBe("stopped");
  });

  it("is not for others, of no unknown mine, and neither over before it begins nor without a reason", () => {
    const room = createWatchRoom();
    expect(why(room.act(stopped))).toBe("forbidden");
    expect(why(room.act(stopped, "li", "lead", ["other"]))).toBe("forbidden");
    expect(why(lead(room, { ...stopped, mine: "000000" }))).toBe("not-valid");
    expect(why(lead(room, { ...stopped, mine: "gateway" }))).toBe("not-valid");
    expect(why(lead(room, { ...stopped, to: room.now() - 1 }))).toBe("not-valid");
    expect(why(lead(room, { ...stopped, reason: " " }))).toBe("not-valid");
    expect(room.engine().mine(MINE)?.config.status).toBe("producing");
  });
});

describe("what a person of the duty is", () => {
  it("is shown with the shifts ahead", () => {
    const room = createWatchRoom({
      config: aDutyConfig({ duty: aDuty({ people: [...aDuty().people, aPerson("x")] }) }),
    });
    const view = room.engine().duty();
    expect(view?.now.parts).toEqual({ officer: ["an"], lead: ["li"] });
    expect(view?.ahead.length).toBe(15);
    expect(view?.ahead[0]).toEqual({
      shift: "night",
      day: "2026-02-01",
      from: MONDAY - 4 * HOUR,
      to: MONDAY + 8 * HOUR,
      parts: { officer: ["an"], lead: ["li"] },
    });
    expect(view?.ahead.at(-1)?.from).toBeLessThan(room.now() + 7 * DAY);
  });
});
