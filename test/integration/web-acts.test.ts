import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Act } from "../../src/model/act.ts";
import { DAY } from "../../src/model/time.ts";
import { type Json, openSocket } from "../support/web-client.ts";
import {
  createHouse,
  type FakeHouse,
  MINE,
  nextAlarm,
  type OpenWeb,
  OTHER,
  openWeb,
  signIn,
  someKpis,
  tokenOf,
  transition,
  USERS,
} from "../support/web-ports.ts";

let house: FakeHouse;
let open: OpenWeb;
const seats: Record<string, Awaited<ReturnType<typeof signIn>>> = {};
beforeAll(async () => {
  house = createHouse();
  open = await openWeb(house, { pace: { tick: 10 } });
  for (const name of Object.keys(USERS)) seats[name] = await signIn(open.url, name);
});
afterAll(() => open.web.stop());
beforeEach(() => {
  house.skew += 61_000;
  house.answer = null;
  house.given.length = 0;
  house.asked.length = 0;
});

const json = async (response: Response) => (await response.json()) as Json;
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
