import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Json } from "../support/web-client.ts";
import { createHouse, type FakeHouse, MINE, nextAlarm, OTHER } from "../support/web-ports.ts";
import { type OpenWeb, openWeb, signIn } from "../support/web-room.ts";

const POINT = `${MINE}:safety:T1`;
let house: FakeHouse;
let open: OpenWeb;
const seats: Record<string, Awaited<ReturnType<typeof signIn>>> = {};
beforeAll(async () => {
  house = createHouse();
  house.setPoint(POINT, 0.5);
  house.setPoint(`${OTHER}:safety:T1`, 0.5);
  open = await openWeb(house);
  for (const name of ["viewer", "duty", "lead", "admin", "auditor", "mine"])
    seats[name] = await signIn(open.url, name);
});
afterAll(() => open.web.stop());
beforeEach(() => {
  house.confirmed.length = 0;
});

const get = async (who: string, path: string) => {
  const response = await seats[who]!.get(path);
  return { status: response.status, body: (await response.json()) as Json };
};
const post = async (who: string, path: string, body: unknown, headers = {}) => {
  const response = await seats[who]!.send("POST", path, body, headers);
  return { status: response.status, body: (await response.json()) as Json };
};

describe("the limits of a point", () => {
  it("say of each value where it came from", async () => {
    const { status, body } = await get("viewer", `points/${POINT}/limits`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      point: POINT,
      loc: "CF_FACE",
      proposed: "CF_RETURN",
      locFrom: { by: "file", at: "mines/520523017311.yaml:18" },
      alarm: { value: 1, from: "law", what: "第536条 CF_FACE" },
      cut: { value: 1.2, from: "county", at: "mines/520523017311.yaml:30" },
      release: { value: 0.9, from: "mine", kind: "table" },
    });
  });

  it("of a mine that is not one's own do not exist", async () => {
    expect((await get("mine", `points/${OTHER}:safety:T1/limits`)).status).toBe(404);
    expect((await get("viewer", `points/${MINE}:safety:NONE/limits`)).status).toBe(404);
  });
});

describe("the change log of a mine's tables", () => {
  it("is newest first, by system, and shows what waits for a person on request", async () => {
    const all = await get("auditor", `mines/${MINE}/changes`);
    expect(all.body.items.map(({ what, system }: Json) => `${system} ${what}`)).toEqual([
      "safety loosened",
      "safety added",
    ]);
    const waiting = await get("auditor", `mines/${MINE}/changes?confirm=true&system=safety`);
    expect(waiting.body.items).toMatchObject([
      { what: "loosened", detail: "alarmHigh 1 → 2", confirm: true },
    ]);
    expect((await get("auditor", `mines/${MINE}/changes?system=fan`)).body.items).toEqual([]);
    expect((await get("mine", `mines/${OTHER}/changes`)).status).toBe(404);
  });

  it("comes in pages", async () => {
    const first = await get("viewer", `mines/${MINE}/changes?limit=1`);
    const second = await get("viewer", `mines/${MINE}/changes?limit=1&cursor=${first.body.next}`);
    expect([...first.body.items, ...second.body.items].map(({ what }: Json) => what)).toEqual([
      "loosened",
      "added",
    ]);
    expect(second.body.next).toBeNull();
  });
});

describe("a location class", () => {
  it("is confirmed by the county's lead or administrator, once however often it is sent", async () => {
    for (const who of ["lead", "admin"]) {
      const { status, body } = await post(
        who,
        `points/${POINT}/location`,
        { loc: "CF_FACE" },
        { "idempotency-key": "k1" },
      );
      expect(status).toBe(200);
      expect(body).toMatchObject({ ok: true, already: false });
    }
    expect(house.confirmed).toMatchObject([
      { do: "confirm-location", id: "lead/k1", point: POINT, loc: "CF_FACE", actor: { role: "lead" } },
      { id: "admin/k1" },
    ]);
  });

  it("is confirmed by nobody else", async () => {
    for (const who of ["viewer", "duty", "auditor", "mine"]) {
      const { status, body } = await post(who, `points/${POINT}/location`, { loc: "CF_FACE" });
      expect([status, body.why]).toEqual([403, "forbidden"]);
    }
    expect(house.confirmed).toEqual([]);
  });

  it("is a word of the table", async () => {
    expect((await post("lead", `points/${POINT}/location`, { loc: "face; drop" })).status).toBe(400);
    expect((await post("lead", `points/nowhere:safety:T1/location`, { loc: "CF_FACE" })).status).toBe(404);
  });
});

describe("a point table", () => {
  it("is confirmed by the county or by the mine it belongs to", async () => {
    for (const who of ["lead", "admin", "mine"]) {
      const { status } = await post(who, `mines/${MINE}/tables/safety/confirm`, { accept: true });
      expect(status).toBe(200);
    }
    expect(house.confirmed.map((act) => act.actor.role)).toEqual(["lead", "admin", "mine"]);
    expect(house.confirmed[2]).toMatchObject({
      do: "confirm-table",
      mine: MINE,
      system: "safety",
      accept: true,
    });
  });

  it("is confirmed by no other mine and no officer", async () => {
    expect((await post("mine", `mines/${OTHER}/tables/safety/confirm`, { accept: true })).status).toBe(404);
    expect((await post("duty", `mines/${MINE}/tables/safety/confirm`, { accept: true })).status).toBe(403);
    expect((await post("lead", `mines/${MINE}/tables/safety/confirm`, {})).status).toBe(400);
    expect(house.confirmed).toEqual([]);
  });
});

describe("the rules on trial", () => {
  it("show what they would have done, to a mine only at home", async () => {
    const county = (await get("viewer", "rules/shadow")).body.items;
    expect(county.map(({ raised, open, last }: Json) => [raised, open, last.length])).toEqual([
      [3, 1, 1],
      [3, 1, 1],
    ]);
    expect(county[0]).toMatchObject({ rule: { shadow: true }, last: [{ to: null, value: 1.1, limit: 1 }] });
    const mine = (await get("mine", "rules/shadow")).body.items;
    expect(mine.flatMap(({ last }: Json) => last.map(({ mine: code }: Json) => code))).toEqual([MINE]);
  });
});

describe("the evidence of an alarm", () => {
  it("comes with what its point sent around the onset, as the series hold it", async () => {
    const alarm = nextAlarm({ point: POINT });
    house.raise(alarm);
    const { body } = await get("duty", `alarms/${alarm.id}`);
    expect(body.window).toEqual([{ point: POINT, rows: expect.any(Array) }]);
    expect(body.window[0].rows.length).toBeGreaterThan(0);
  });
});
