import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Act } from "../../src/model/act.ts";
import { DAY } from "../../src/model/time.ts";
import { type Json, openSocket } from "../support/web-client.ts";
import {
  createHouse,
  type FakeHouse,
  MINE,
  nextAlarm,
  OTHER,
  tokenOf,
  transition,
  USERS,
} from "../support/web-ports.ts";
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

const raised = (over = {}) => {
  const alarm = nextAlarm(over);
  house.raise(alarm);
  return alarm;
};
const seat = (name: string) => seats[name]!;
const last = () => house.given.at(-1)! as Act & Record<string, unknown>;

/** Every act on an alarm: its path, a body, and what the gateway is given. */
const ACTS: [path: string, who: string, body: object, given: object][] = [
  ["acknowledge", "duty", { note: "看到" }, { do: "acknowledge", note: "看到", expect: null }],
  ["acknowledge", "duty", {}, { do: "acknowledge", note: null }],
  ["comments", "duty", { note: " 到场 " }, { do: "comment", note: "到场" }],
  [
    "shelve",
    "lead",
    { until: "2026-02-07T12:00:00+08:00", reason: "更换" },
    { do: "shelve", until: Date.UTC(2026, 1, 7, 4), reason: "更换" },
  ],
  ["unshelve", "lead", {}, { do: "unshelve", note: null }],
  ["reset", "duty", {}, { do: "reset", note: null }],
  ["stages", "duty", { stage: "verified" }, { do: "stage", stage: "verified", note: null }],
  [
    "calls",
    "duty",
    { called: "调度室", answered: "调度员", at: "2026-02-07T11:00:00+08:00" },
    { do: "call", called: "调度室", answered: "调度员", at: Date.UTC(2026, 1, 7, 3), note: null },
  ],
  ["answers", "mine", { by: "调度员" }, { do: "answer", by: "调度员", note: null }],
  ["cause", "mine", { code: "blasting", text: "放炮" }, { do: "cause", code: "blasting", measure: null }],
  ["feedback", "mine", { text: "已恢复" }, { do: "feedback", text: "已恢复" }],
  [
    "corrections",
    "lead",
    { field: "feedback", value: "已撤人", reason: "写错" },
    { do: "correct", field: "feedback", value: "已撤人", reason: "写错" },
  ],
];

describe("an act over REST", () => {
  it("becomes the act it is called, by the person who sent it, under the name it was given", async () => {
    for (const [path, who, body, given] of ACTS) {
      const alarm = raised();
      const key = `${path}-${house.given.length}`;
      const response = await seat(who).send("POST", `alarms/${alarm.id}/${path}`, body, {
        "idempotency-key": key,
      });
      expect([200, 201], `${path}: ${response.status}`).toContain(response.status);
      expect(last(), path).toMatchObject({ ...given, alarm: alarm.id, id: `${who}/${key}` });
      expect(last().actor, path).toMatchObject({ user: who, role: USERS[who]!.role });
      expect(await json(response), path).toMatchObject({ ok: true, already: false, alarm: { id: alarm.id } });
    }
  });

  it("is refused to whose role may not, and does not reach the gateway", async () => {
    const alarm = raised();
    const statuses: Record<string, string> = {};
    for (const name of Object.keys(USERS)) {
      const may = [];
      for (const [path, , body] of ACTS) {
        const { status } = await seat(name).send("POST", `alarms/${alarm.id}/${path}`, body);
        if (status < 300) may.push(path);
        else expect(status, `${name} ${path}`).toBe(403);
      }
      statuses[name] = [...new Set(may)].join(" ");
    }
    const officer = "acknowledge comments reset stages calls cause feedback";
    expect(statuses).toEqual({
      viewer: "",
      duty: officer,
      lead: "acknowledge comments shelve unshelve reset stages calls cause feedback corrections",
      admin: "",
      auditor: "",
      mine: "answers cause feedback",
      here: officer,
    });
  });

  it("says which field is wrong, by the schema and by the core alike", async () => {
    const alarm = raised();
    const wrong: [string, object, string][] = [
      ["shelve", { until: "tomorrow", reason: "x" }, "until"],
      ["shelve", { until: "2026-02-07T12:00:00+08:00" }, "reason"],
      ["stages", { stage: "done" }, "stage"],
      ["calls", { answered: "x" }, "called"],
      ["cause", { code: "gremlins" }, "code"],
      ["comments", { note: "   " }, "note"],
      ["corrections", { field: "level", value: "x", reason: "y" }, "field"],
      ["acknowledge", { expect: -1 }, "expect"],
    ];
    for (const [path, body, field] of wrong) {
      const response = await seat("lead").send("POST", `alarms/${alarm.id}/${path}`, body);
      const problem = await json(response);
      expect(problem, path).toMatchObject({ status: 400, why: "not-valid" });
      expect(problem.errors.map((one: Json) => one.path).join(), path).toContain(field);
    }
    house.answer = { ok: false, why: "not-valid", detail: "it lies in the past", field: "until" };
    const body = { until: "2020-02-07T12:00:00+08:00", reason: "x" };
    const response = await seat("lead").send("POST", `alarms/${alarm.id}/shelve`, body);
    expect(await json(response)).toMatchObject({
      status: 422,
      errors: [{ path: "body/until", message: "it lies in the past" }],
    });
  });

  it("tells the second of two officers who was first, and of a closed occurrence that it is recorded beside it", async () => {
    const alarm = raised();
    house.answer = { ok: true, seq: null, already: true, by: "lead", at: Date.UTC(2026, 1, 7, 4) };
    const second = await seat("duty").send("POST", `alarms/${alarm.id}/acknowledge`, {});
    expect(await json(second)).toMatchObject({
      ok: true,
      already: true,
      by: "lead",
      at: "2026-02-07T12:00:00.000+08:00",
    });
    house.answer = { ok: true, seq: 1, already: false, closed: true };
    const late = await seat("duty").send("POST", `alarms/${alarm.id}/comments`, { note: "补记" });
    expect(await json(late)).toMatchObject({ ok: true, closed: true });
  });

  it("on what the index alone still knows takes it along, so that it is recorded however long ago it ended", async () => {
    const standing = nextAlarm({ state: "returned" });
    const old = nextAlarm({ state: "normal" });
    for (const alarm of [standing, old]) house.index.set(alarm.id, alarm);
    const words = { note: "补记" };
    expect((await seat("duty").send("POST", `alarms/${old.id}/comments`, words)).status).toBe(201);
    expect((await seat("duty").send("POST", `alarms/${standing.id}/comments`, words)).status).toBe(404);
  });

  it("that needs a second person answers what waits, which another approves or refuses", async () => {
    const alarm = raised();
    house.answer = { ok: true, seq: 1, already: false, request: "REQUEST1" };
    const asked = await seat("lead").send("POST", `alarms/${alarm.id}/out-of-service`, {
      until: "2026-02-08T12:00:00+08:00",
      reason: "返厂",
    });
    expect(await json(asked)).toMatchObject({ request: "REQUEST1" });
    expect(last()).toMatchObject({
      do: "out-of-service",
      target: { kind: "point", id: alarm.subject.id, key: "CH4" },
      reason: "返厂",
    });
    await seat("lead").send("POST", `alarms/${alarm.id}/return-to-service`);
    expect(last()).toMatchObject({ do: "return-to-service", target: { id: alarm.subject.id }, note: null });
    await seat("lead").send("POST", "requests/REQUEST1/approve");
    expect(last()).toMatchObject({ do: "approve", request: "REQUEST1" });
    await seat("lead").send("POST", "requests/REQUEST1/refuse", { reason: "不同意" });
    expect(last()).toMatchObject({ do: "refuse", request: "REQUEST1", reason: "不同意" });
    for (const path of ["requests/REQUEST1/approve", `alarms/${alarm.id}/out-of-service`])
      expect((await seat("duty").send("POST", path, {})).status).toBe(403);
  });

  it("of a mine ends at its own part", async () => {
    const theirs = raised({ mine: OTHER });
    for (const path of ["answers", "cause", "feedback"]) {
      const body = { by: "x", code: "test", text: "x" };
      expect((await seat("mine").send("POST", `alarms/${theirs.id}/${path}`, body)).status, path).toBe(404);
    }
    expect(house.given).toEqual([]);
  });
});

describe("a command over the WebSocket", () => {
  const command = async (name: string, ...messages: object[]) => {
    const socket = openSocket(`${open.ws}/ws/v1/alarms`, {
      headers: { authorization: `Bearer ${tokenOf(name)}` },
    });
    await socket.open();
    socket.say({ type: "hello", v: 1, consumer: `${name}-acts` });
    await socket.next("snapshot");
    const done = [];
    for (const [i, message] of messages.entries()) {
      socket.say({ type: "cmd", id: `c${house.skew}-${i}`, ...message });
      await socket.until(() => socket.of("done").length > i);
      done.push(socket.of("done")[i]!);
    }
    socket.cut();
    return done;
  };

  it("does all that contract §5 names", async () => {
    const alarm = raised().id;
    const until = "2026-02-07T12:00:00+08:00";
    const done = await command(
      "lead",
      { do: "acknowledge", alarm },
      { do: "comment", alarm, note: "x" },
      { do: "shelve", alarm, until, reason: "y" },
      { do: "unshelve", alarm },
      { do: "stage", alarm, stage: "handled" },
      { do: "call", alarm, called: "调度室", answered: "调度员" },
    );
    expect(done.every(({ ok }) => ok === true)).toBe(true);
    expect(house.given.map((act) => act.do)).toEqual([
      "acknowledge",
      "comment",
      "shelve",
      "unshelve",
      "stage",
      "call",
    ]);
    expect(house.given[2]).toMatchObject({ until: Date.UTC(2026, 1, 7, 4), reason: "y" });
    expect(house.given[5]).toMatchObject({ called: "调度室", answered: "调度员" });
  });

  it("is told which field is wrong and does not reach the gateway", async () => {
    const alarm = raised().id;
    const done = await command(
      "lead",
      { do: "comment", alarm },
      { do: "shelve", alarm, reason: "x" },
      { do: "shelve", alarm, until: 1_770_000_000_000 },
      { do: "stage", alarm, stage: "over" },
      { do: "call", alarm },
    );
    expect(done.map(({ why, field }) => [why, field])).toEqual([
      ["not-valid", "note"],
      ["not-valid", "until"],
      ["not-valid", "reason"],
      ["not-valid", "stage"],
      ["not-valid", "called"],
    ]);
    expect(house.given).toEqual([]);
  });

  it("is told who was first", async () => {
    const alarm = raised().id;
    house.answer = { ok: true, seq: null, already: true, by: "lead", at: Date.UTC(2026, 1, 7, 4) };
    const [done] = await command("duty", { do: "acknowledge", alarm });
    expect(done).toMatchObject({ ok: true, already: true, by: "lead", at: "2026-02-07T12:00:00.000+08:00" });
  });
});

describe("the receipt ladder of an alarm", () => {
  it("names each person with the first moment of every rung, and when each ring was on disk and pushed", async () => {
    house.roster.push({ id: "p1", user: "duty", name: "值班员", role: "duty", mines: ["*"], devices: [] });
    const alarm = raised();
    const at = (n: number) => ({ ...alarm, n });
    const called = transition(at(2), "escalate") as { transition: object };
    Object.assign(called.transition, {
      calls: [{ person: "p1", device: "phone", channel: "sms" }],
      why: "raise",
    });
    const receipt = (n: number, note: string) => {
      const record = transition(at(n), "receipt", "duty") as { transition: object };
      Object.assign(record.transition, { note });
      return record as never;
    };
    house.journal([called as never, receipt(3, "delivered duty/wall"), receipt(4, "seen duty/wall")]);
    house.journal([transition(at(5), "acknowledge", "duty")]);
    house.pushes.push({ alarm: alarm.id, n: 1, stored: 10, pushed: 20 });
    const body = await json(await seat("viewer").get(`alarms/${alarm.id}`));
    expect(body.receipts.pushes).toEqual([
      { n: 1, stored: "1970-01-01T08:00:00.010+08:00", pushed: "1970-01-01T08:00:00.020+08:00" },
    ]);
    expect(body.receipts.people).toEqual([
      {
        person: "duty",
        devices: ["duty/wall"],
        calls: [{ at: expect.any(String), n: 2, device: "phone", channel: "sms", why: "raise" }],
        delivered: expect.any(String),
        rendered: null,
        seen: expect.any(String),
        acknowledged: expect.any(String),
      },
    ]);
  });
});

describe("what stands over the alarms", () => {
  const service = {
    mine: OTHER,
    subject: { kind: "point" as const, id: `${OTHER}:safety:T1`, name: "T1" },
    key: "CH4",
    by: "lead",
    at: 0,
    until: DAY,
    reason: "返厂",
    approvedBy: null,
    request: "R1",
  };

  it("is told to whom it concerns: floods, shelves, services, requests, restless subjects", async () => {
    const shelf = { case: "C1", mine: MINE, level: "yellow" as const, by: "lead", approvedBy: null };
    const unrest = { kind: "point" as const, key: "CH4", raised: 9, last: 0 };
    house.floods.push(
      { mine: null, lately: 12, since: 0, alarms: 12 },
      { mine: MINE, lately: 2, since: null, alarms: 0 },
    );
    house.shelves.push({ ...shelf, at: 0, until: DAY, reason: "x" });
    house.services.push(service);
    house.requests.push({
      id: "R1",
      what: "out-of-service",
      by: "lead",
      at: 0,
      until: DAY,
      reason: "x",
      expires: 1,
      mine: OTHER,
      case: null,
      service,
    });
    house.unrest.push(
      { ...unrest, mine: MINE, id: "calm", chattering: 1, fleeting: 0 },
      { ...unrest, mine: MINE, id: "wild", chattering: 5, fleeting: 3 },
    );
    const of = async (name: string, path: string) => (await json(await seat(name).get(path))).items;
    expect(await of("duty", "floods")).toMatchObject([
      { mine: null, since: "1970-01-01T08:00:00.000+08:00" },
      { mine: MINE },
    ]);
    expect(await of("mine", "floods")).toMatchObject([{ mine: MINE, since: null }]);
    expect(await of("mine", "shelves")).toMatchObject([
      { case: "C1", until: "1970-01-02T08:00:00.000+08:00" },
    ]);
    expect(await of("duty", "out-of-service")).toMatchObject([{ key: "CH4", mine: OTHER }]);
    expect(await of("duty", "requests")).toMatchObject([{ id: "R1", service: { request: "R1" } }]);
    for (const path of ["out-of-service", "requests"]) expect(await of("mine", path), path).toEqual([]);
    expect((await of("duty", "unrest")).map(({ id }: Json) => id)).toEqual(["wild", "calm"]);
  });
});

describe("a canary on the screens", () => {
  it("is acknowledged by those that work and tells who is deaf", async () => {
    const hear = async (name: string, answers: boolean) => {
      const socket = openSocket(`${open.ws}/ws/v1/alarms`, {
        headers: { authorization: `Bearer ${tokenOf(name)}` },
      });
      await socket.open();
      socket.say({ type: "hello", v: 1, consumer: "wall" });
      const { at } = await socket.next("snapshot");
      if (answers) {
        socket.say({ type: "ack", seq: at });
        socket.each((message) => message.type === "event" && socket.say({ type: "ack", seq: message.seq }));
      }
      return socket;
    };
    const well = await hear("duty", true);
    const deaf = await hear("lead", false);
    await expect
      .poll(() => house.seats.map(({ user, role }) => [user, role]))
      .toEqual([
        ["duty", "duty"],
        ["lead", "lead"],
      ]);
    house.raise(
      nextAlarm({ class: "test", mine: "gateway", level: "none", ack: "none", state: "acknowledged" }),
    );
    await well.next("event");
    await deaf.next("event");
    await expect.poll(() => house.cursors.get("duty/wall")?.seq).toBe(house.head());
    house.skew += 5_001;
    await expect.poll(() => house.flights).toEqual([{ screens: 2, deaf: ["lead/wall"] }]);
    well.cut();
    deaf.cut();
  });
});
