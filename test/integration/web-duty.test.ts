import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Act } from "../../src/model/act.ts";
import { DAY } from "../../src/model/time.ts";
import type { Json } from "../support/web-client.ts";
import { createHouse, type FakeHouse, MINE, OTHER, someKpis } from "../support/web-ports.ts";
import { json, type OpenWeb, openWeb, type Seats, seatsAt } from "../support/web-room.ts";

let house: FakeHouse;
let open: OpenWeb;
let seats: Seats = {};
beforeAll(async () => {
  house = createHouse();
  open = await openWeb(house, { pace: { tick: 10 } });
  seats = await seatsAt(open.url);
});
afterAll(() => open.web.stop());
beforeEach(() => {
  house.skew += 61_000;
  house.answer = null;
  house.given.length = 0;
  house.asked.length = 0;
});

const seat = (name: string) => seats[name]!;
const last = () => house.given.at(-1)! as Act & Record<string, unknown>;

describe("figures", () => {
  it("are of the last day by mine where nothing is said, and of the mines one may see", async () => {
    const body = await json(await seat("duty").get("kpis"));
    expect(body).toMatchObject({ by: "mine", total: { key: "*" } });
    const asked = house.asked[0] as { from: number; to: number; mines: unknown };
    expect(asked.to - asked.from).toBe(DAY);
    expect(asked.mines).toBeNull();
    await seat("mine").get(`kpis?mine=${OTHER}`);
    expect(house.asked[1]).toMatchObject({ mines: [] });
    await seat("mine").get("kpis");
    expect(house.asked[2]).toMatchObject({ mines: [MINE] });
    await seat("here").get("kpis");
    expect(house.asked[3]).toMatchObject({ mines: [MINE, "gateway"] });
  });

  it("of people are shown to those who lead them; an officer sees one's own", async () => {
    house.figures = { total: someKpis("*"), groups: [someKpis("duty"), someKpis("lead")] };
    const seen = async (name: string) => {
      const response = await seat(name).get("kpis?by=officer");
      return response.status === 200
        ? (await json(response)).items.map(({ key }: Json) => key)
        : response.status;
    };
    expect(await seen("lead")).toEqual(["duty", "lead"]);
    expect(await seen("auditor")).toEqual(["duty", "lead"]);
    expect(await seen("duty")).toEqual(["duty"]);
    expect(await seen("viewer")).toBe(403);
    expect(await seen("mine")).toBe(403);
  });

  it("of a range that is none or too long are refused by the field", async () => {
    for (const range of [
      "from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z",
      "from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    ]) {
      const body = await json(await seat("duty").get(`kpis?${range}`));
      expect(body).toMatchObject({ status: 400, errors: [{ path: "querystring/from" }] });
    }
  });
});

describe("the send log", () => {
  it("is filtered, paged and kept to the mines of its reader", async () => {
    const response = await seat("here").get(
      "notifications?channel=sms,wecom&state=sent&limit=1&cursor=9&alarm=A1",
    );
    expect(await json(response)).toMatchObject({ items: [], next: null });
    expect(house.asked[0]).toMatchObject({
      channels: ["sms", "wecom"],
      states: ["sent"],
      limit: 1,
      before: 9,
      alarm: "A1",
      mines: [MINE, "gateway"],
    });
    for (const name of ["viewer", "mine"]) expect((await seat(name).get("notifications")).status).toBe(403);
    expect((await seat("duty").get("notifications?cursor=x")).status).toBe(400);
  });
});

describe("the duty", () => {
  const shift = { shift: "night", day: "2026-02-07", from: 0, to: DAY };

  it("is told with its shifts, gaps and people; without a roster that is said", async () => {
    expect((await json(await seat("duty").get("duty"))).why).toBe("no-roster");
    house.duty = {
      now: { shifts: [shift], parts: { officer: ["p1"], lead: [] } },
      ahead: [{ ...shift, parts: { officer: ["p1"], lead: [] } }],
      gaps: [{ from: 0, to: DAY, words: "周六夜班" }],
      handovers: [{ day: "2026-02-07", shift: "night", person: "p1", at: 0 }],
      preNotices: [],
      statuses: [],
      log: [],
    };
    const body = await json(await seat("viewer").get("duty"));
    expect(body).toMatchObject({
      now: { parts: { officer: ["p1"], lead: [] } },
      gaps: [{ from: "1970-01-01T08:00:00.000+08:00", words: "周六夜班" }],
    });
    expect((await seat("mine").get("duty")).status).toBe(403);
  });

  it("has a log that is paged from the newest on", async () => {
    const by = { user: "duty", role: "duty" as const, device: "desk" };
    const note = (text: string) => ({ what: "note" as const, text, about: null, corrects: null });
    house.dutyLog.push({ seq: 9, t: 0, by, duty: note("二") }, { seq: 4, t: 0, by: null, duty: note("一") });
    const first = await json(await seat("duty").get("duty/log?limit=1"));
    expect(first).toMatchObject({ items: [{ seq: 9, duty: { text: "二" } }], next: "9" });
    const second = await json(await seat("duty").get(`duty/log?limit=1&cursor=${first.next}`));
    expect(second.items).toMatchObject([{ seq: 4, by: null }]);
  });

  it("takes no correction of what is no line of it, however long ago that was", async () => {
    const duty = { what: "note" as const, text: "x", about: null, corrects: null };
    house.dutyLog.push({ seq: 90_000, t: 0, by: null, duty }, { seq: 4, t: 0, by: null, duty });
    const correct = (corrects: number) => seat("duty").send("POST", "duty/notes", { text: "y", corrects });
    const refused = await correct(5);
    expect(refused.status).toBe(422);
    expect(await json(refused)).toMatchObject({ why: "not-valid", errors: [{ path: "body/corrects" }] });
    expect((await correct(4)).status).toBe(201);
    expect(last()).toMatchObject({ corrects: 4 });
    // The index may not have it yet; the core has.
    expect((await correct(90_001)).status).toBe(201);
  });

  it("is handed over, swapped, noted; pre-notices and statuses are asked for and answered", async () => {
    house.preNotices.push({
      id: "NOTICE1",
      kind: "calibration",
      mine: MINE,
      subjects: [{ kind: "mine" }],
      from: 0,
      to: DAY,
      reason: "标校",
      state: "applied",
      applied: { by: "mine", role: "mine", at: 0 },
      answered: null,
      ended: null,
    });
    house.statuses.push({
      mine: MINE,
      status: "stopped",
      from: 0,
      to: null,
      reason: "x",
      document: null,
      by: "lead",
    });
    const from = "2026-02-08T09:00:00+08:00";
    const to = "2026-02-08T11:00:00+08:00";
    const draft = { kind: "work", mine: MINE, subjects: [{ kind: "mine" }], from, to, reason: "检修" };
    const done: [string, string, object, object][] = [
      [
        "duty",
        "duty/handover",
        { alarms: ["A1"], asOf: 7 },
        { do: "handover", alarms: ["A1"], asOf: 7, note: null },
      ],
      [
        "lead",
        "duty/swaps",
        { day: "2026-02-07", shift: "night", out: "p1", in: null, reason: "病" },
        { do: "swap", in: null },
      ],
      [
        "duty",
        "duty/notes",
        { text: "无异常" },
        { do: "duty-note", text: "无异常", about: null, corrects: null },
      ],
      [
        "mine",
        "pre-notices",
        draft,
        { do: "pre-notice", step: "apply", draft: { from: Date.UTC(2026, 1, 8, 1), mine: MINE } },
      ],
      [
        "lead",
        "pre-notices/NOTICE1/approve",
        { note: "同意" },
        { do: "pre-notice", step: "approve", notice: "NOTICE1", note: "同意" },
      ],
      ["lead", "pre-notices/NOTICE1/refuse", {}, { step: "refuse" }],
      ["lead", "pre-notices/NOTICE1/end", {}, { step: "end" }],
      [
        "lead",
        `mines/${MINE}/status`,
        { status: "stopped", reason: "停产" },
        { do: "mine-status", mine: MINE, status: "stopped", from: null, to: null, document: null },
      ],
    ];
    for (const [who, path, body, given] of done) {
      const response = await seat(who).send("POST", path, body);
      expect(response.status, `${path} ${await response.clone().text()}`).toBeLessThan(300);
      expect(last(), path).toMatchObject(given);
    }
    expect((await json(await seat("mine").get("pre-notices?state=applied"))).items).toMatchObject([
      { id: "NOTICE1", to: "1970-01-02T08:00:00.000+08:00" },
    ]);
    expect((await json(await seat("viewer").get(`mines/${MINE}/status`))).items).toMatchObject([
      { status: "stopped", by: "lead" },
    ]);
    const other = { ...draft, mine: OTHER };
    expect((await seat("mine").send("POST", "pre-notices", other)).status).toBe(404);
    for (const [path, body] of [
      ["duty/swaps", done[1]![2]],
      [`mines/${MINE}/status`, done[7]![2]],
    ] as const)
      expect((await seat("duty").send("POST", path, body)).status, path).toBe(403);
  });
});
