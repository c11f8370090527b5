import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { connect } from "node:net";
import { generate } from "selfsigned";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { asset } from "../../src/web/assets.ts";
import type { Json } from "../support/web-client.ts";
import {
  createHouse,
  type FakeHouse,
  MINE,
  nextAlarm,
  type OpenWeb,
  OTHER,
  openWeb,
  passwordOf,
  signIn,
  tokenOf,
  USERS,
} from "../support/web-ports.ts";

let house: FakeHouse;
let open: OpenWeb;
const seats: Record<string, Awaited<ReturnType<typeof signIn>>> = {};
beforeAll(async () => {
  house = createHouse();
  house.setPoint(`${MINE}:safety:T1`, 0.5);
  house.setPoint(`${OTHER}:safety:T1`, 0.7);
  const assets = new Map([
    ["/index.html", await asset("index.html", Buffer.from("<!doctype html><p>console</p>".repeat(20)))],
    [
      "/assets/app-1a2b3c4d.js",
      await asset("assets/app-1a2b3c4d.js", Buffer.from("let a = 1;\n".repeat(200))),
    ],
  ]);
  open = await openWeb(house, { assets, origins: ["https://county.example"] });
  for (const name of Object.keys(USERS)) seats[name] = await signIn(open.url, name);
});
afterAll(() => open.web.stop());
beforeEach(() => {
  // A new second for every limit that counts by the second or the minute.
  house.skew += 61_000;
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${open.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
const login = (name: string, password: string) =>
  post("/api/v1/sessions", JSON.stringify({ name, password }));
const json = async (response: Response) => (await response.json()) as Json;

async function problem(response: Response, status: number, why: string) {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const body = await json(response);
  expect(body).toMatchObject({ status, why, type: `urn:davylamp:problem:${why}` });
  expect(typeof body.title).toBe("string");
  expect(typeof body.detail).toBe("string");
  return body;
}

describe("the OpenAPI document", () => {
  it("is 3.1, lists every operation with its answers, and every reference in it leads somewhere", async () => {
    const document = await json(await fetch(`${open.url}/api/v1/openapi.json`));
    expect(document.openapi).toMatch(/^3\.1\./);
    const operations = operationsOf(document);
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      "DELETE /api/v1/mines/{mine}/credentials/{id}",
      "DELETE /api/v1/sessions",
      "GET /api/v1/alarms",
      "GET /api/v1/alarms/{id}",
      "GET /api/v1/connections/refused",
      "GET /api/v1/duty",
      "GET /api/v1/duty/log",
      "GET /api/v1/floods",
      "GET /api/v1/kpis",
      "GET /api/v1/mines",
      "GET /api/v1/mines/{mine}",
      "GET /api/v1/mines/{mine}/changes",
      "GET /api/v1/mines/{mine}/check",
      "GET /api/v1/mines/{mine}/credentials",
      "GET /api/v1/mines/{mine}/status",
      "GET /api/v1/mines/{mine}/suggestions",
      "GET /api/v1/mines/{mine}/tables/{system}",
      "GET /api/v1/notifications",
      "GET /api/v1/out-of-service",
      "GET /api/v1/points",
      "GET /api/v1/points/{id}",
      "GET /api/v1/points/{id}/limits",
      "GET /api/v1/points/{id}/series",
      "GET /api/v1/pre-notices",
      "GET /api/v1/push-devices",
      "GET /api/v1/requests",
      "GET /api/v1/rules",
      "GET /api/v1/rules/shadow",
      "GET /api/v1/sessions",
      "GET /api/v1/shelves",
      "GET /api/v1/system",
      "GET /api/v1/unrest",
      "GET /health/live",
      "GET /health/ready",
      "GET /metrics",
      "POST /api/v1/alarms/{id}/acknowledge",
      "POST /api/v1/alarms/{id}/answers",
      "POST /api/v1/alarms/{id}/calls",
      "POST /api/v1/alarms/{id}/cause",
      "POST /api/v1/alarms/{id}/comments",
      "POST /api/v1/alarms/{id}/corrections",
      "POST /api/v1/alarms/{id}/feedback",
      "POST /api/v1/alarms/{id}/out-of-service",
      "POST /api/v1/alarms/{id}/reset",
      "POST /api/v1/alarms/{id}/return-to-service",
      "POST /api/v1/alarms/{id}/shelve",
      "POST /api/v1/alarms/{id}/stages",
      "POST /api/v1/alarms/{id}/unshelve",
      "POST /api/v1/duty/handover",
      "POST /api/v1/duty/notes",
      "POST /api/v1/duty/swaps",
      "POST /api/v1/mines/{mine}/credentials",
      "POST /api/v1/mines/{mine}/points/confirm",
      "POST /api/v1/mines/{mine}/status",
      "POST /api/v1/mines/{mine}/tables/{system}/confirm",
      "POST /api/v1/notifications/opened",
      "POST /api/v1/notifications/reports/{channel}/{secret}",
      "POST /api/v1/points/{id}/location",
      "POST /api/v1/pre-notices",
      "POST /api/v1/pre-notices/{id}/approve",
      "POST /api/v1/pre-notices/{id}/end",
      "POST /api/v1/pre-notices/{id}/refuse",
      "POST /api/v1/requests/{id}/approve",
      "POST /api/v1/requests/{id}/refuse",
      "POST /api/v1/sessions",
      "POST /api/v1/tickets",
      "PUT /api/v1/push-devices/{device}",
    ]);
    for (const { path, operation } of operations) {
      expect(JSON.stringify(operation.responses).includes("Problem"), path).toBe(path.startsWith("/api/"));
      expect(operation.summary).toBeTruthy();
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
    }
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
    const names = new Set([...references].map(([, name]) => name as string));
    expect(names.has("Alarm")).toBe(true);
    expect([...names].filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it("has of every route a summary, its answer, its refusal, and an example of each that fits its schema", async () => {
    const document = await json(await fetch(`${open.url}/api/v1/openapi.json`));
    const api = operationsOf(document).filter(({ path }) => path.startsWith("/api/"));
    const faults: string[] = [];
    let bodies = 0;
    for (const { method, path, operation } of api) {
      const name = `${method} ${path}`;
      const said = (what: string[]) => faults.push(...what.map((fault) => `${name}: ${fault}`));
      if (!(operation.summary?.length > 3) || operation.tags?.length !== 1) said(["no summary or no tag"]);
      const answers = Object.entries(operation.responses as Record<string, Json>);
      for (const range of ["2", "4", "5"])
        if (answers.filter(([status]) => status.startsWith(range)).length !== 1)
          said([`not one answer ${range}xx`]);
      for (const [status, { content }] of answers) {
        if (status === "204") continue;
        const type = status.startsWith("2") ? "application/json" : "application/problem+json";
        const media = content?.[type];
        if (media?.schema === undefined) said([`${status} is no ${type}`]);
        else said(faultsIn(media.example, media.schema, document, status));
      }
      for (const part of path.match(/\{[^}]+\}/g) ?? [])
        if (!operation.parameters?.some((one: Json) => `{${one.name}}` === part))
          said([`${part} is not told`]);
      const media = operation.requestBody?.content?.["application/json"];
      if (media === undefined) continue;
      bodies += 1;
      said(faultsIn(media.example, media.schema, document, "body"));
      // The door of the route itself takes the example: whatever else it says, not that it is broken.
      const url = path
        .replace("/api/v1/", "")
        .replace("{mine}", MINE)
        .replace(/\{[^}]+\}/g, "ABCDEFGH2");
      const answer = await seats.lead!.send(method, url, media.example);
      if (answer.status === 400) said([`the example is refused: ${await answer.text()}`]);
    }
    expect(faults).toEqual([]);
    // It bites: an example that does not fit is found.
    expect(faultsIn({ name: 1 }, { $ref: "#/components/schemas/Problem" }, document)).not.toEqual([]);
    expect(bodies).toBeGreaterThan(20);
  });

  it("can be read by a person, without a script", async () => {
    const response = await fetch(`${open.url}/docs`);
    const page = await response.text();
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(page).toContain("/api/v1/alarms/{id}/acknowledge");
    expect(page).not.toMatch(/<script/i);
  });
});

/** Signing in, and where providers and browsers without an account say what arrived: each by a secret of its own. */
const OPEN = new Set([
  "POST /api/v1/sessions",
  "POST /api/v1/notifications/reports/{channel}/{secret}",
  "POST /api/v1/notifications/opened",
]);

describe("the door", () => {
  it("asks every route of the document but signing in who is there", async () => {
    const document = await json(await fetch(`${open.url}/api/v1/openapi.json`));
    const guarded = operationsOf(document).filter(
      ({ method, path }) => path.startsWith("/api/") && !OPEN.has(`${method} ${path}`),
    );
    expect(guarded.length).toBeGreaterThan(14);
    for (const { method, path } of guarded) {
      const url = `${open.url}${path.replace(/\{[^}]+\}/g, "x")}`;
      await problem(await fetch(url, { method }), 401, "sign-in");
      await problem(
        await fetch(url, { method, headers: { cookie: `davylamp=${"x".repeat(43)}` } }),
        401,
        "sign-in",
      );
      await problem(
        await fetch(url, { method, headers: { authorization: `Bearer ${"x".repeat(40)}` } }),
        401,
        "sign-in",
      );
      await problem(await fetch(url, { method, headers: { authorization: "Basic eDp4" } }), 401, "sign-in");
    }
  });

  it("lets a program in by its token, without CSRF", async () => {
    const headers = { authorization: `Bearer ${tokenOf("duty")}` };
    const response = await fetch(`${open.url}/api/v1/tickets`, { method: "POST", headers });
    expect(response.status).toBe(201);
    expect((await json(await fetch(`${open.url}/api/v1/sessions`, { headers }))).csrf).toBeUndefined();
  });

  it("refuses a change that carries the cookie but not our page's token, and one from a foreign origin", async () => {
    const { duty } = seats;
    const send = (headers: Record<string, string>) => duty!.send("POST", "tickets", undefined, headers);
    await problem(await send({ "x-csrf-token": "" }), 403, "csrf");
    await problem(await send({ "x-csrf-token": seats.lead!.csrf }), 403, "csrf");
    await problem(await send({ origin: "https://evil.example" }), 403, "origin");
    await problem(await send({ origin: "null" }), 403, "origin");
    expect((await send({ origin: open.url })).status).toBe(201);
    expect((await send({ origin: "https://county.example" })).status).toBe(201);
  });

  it("closes at once after signing out, and for a disabled user within its second", async () => {
    const one = await signIn(open.url, "viewer");
    expect((await one.get("mines")).status).toBe(200);
    expect((await one.send("DELETE", "sessions")).status).toBe(204);
    await problem(await one.get("mines"), 401, "sign-in");

    const two = await signIn(open.url, "viewer");
    expect((await two.get("mines")).status).toBe(200);
    house.users.set("viewer", { ...house.users.get("viewer")!, disabled: true });
    house.skew += 1_001;
    await problem(await two.get("mines"), 401, "sign-in");
    house.users.set("viewer", { ...house.users.get("viewer")!, disabled: false });
  });

  it("holds a session to 50 requests a second", async () => {
    const fresh = await openWeb(createHouse());
    const viewer = await signIn(fresh.url, "viewer");
    const auditor = await signIn(fresh.url, "auditor");
    const answers = await Promise.all(Array.from({ length: 120 }, () => viewer.get("sessions")));
    const limited = answers.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(0);
    await problem(limited[0]!, 429, "too-many");
    expect((await auditor.get("sessions")).status).toBe(200);
    await fresh.web.stop();
  });
});

describe("signing in", () => {
  it("answers who one is and sets a cookie no script can read", async () => {
    const response = await login("duty", passwordOf("duty"));
    expect(response.status).toBe(201);
    expect(await json(response)).toMatchObject({ user: "duty", role: "duty", mines: ["*"] });
    const cookie = response.headers.getSetCookie()[0]!;
    expect(cookie).toMatch(/^davylamp=[\w-]{43};/);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).toContain("Path=/");
  });

  it("keeps the cookie to https for a page that came so, through a proxy that ends TLS", async () => {
    const body = JSON.stringify({ name: "duty", password: passwordOf("duty") });
    const cookieFor = async (origin: string) =>
      String((await post("/api/v1/sessions", body, { origin })).headers.get("set-cookie"));
    expect(await cookieFor("https://county.example")).toContain("Secure");
    expect(await cookieFor(open.url)).not.toContain("Secure");
  });

  it("does not tell a wrong password from an unknown name", async () => {
    const wrong = await json(await login("duty", "nonsense"));
    const unknown = await json(await login("nobody", "nonsense"));
    expect(wrong).toEqual(unknown);
    expect(wrong).toMatchObject({ status: 401, why: "refused" });
  });

  it("takes five wrong tries a minute of an account and then not even the right one, until the minute is over", async () => {
    for (let i = 0; i < 5; i++) expect((await login("lead", "no")).status).toBe(401);
    const refused = await login("lead", passwordOf("lead"));
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await problem(refused, 429, "too-many");
    expect((await login("duty", passwordOf("duty"))).status).toBe(201);
    house.skew += 60_001;
    expect((await login("lead", passwordOf("lead"))).status).toBe(201);
  });

  it("takes twenty wrong tries a minute of an address, under whatever names", async () => {
    const tries = [];
    for (let i = 0; i < 25; i++) tries.push((await login(`guess${i}`, "no")).status);
    expect(tries.filter((status) => status === 401)).toHaveLength(20);
    expect(tries.slice(20)).toEqual([429, 429, 429, 429, 429]);
  });

  it("does not count those that succeed", async () => {
    for (let i = 0; i < 8; i++) expect((await login("duty", passwordOf("duty"))).status).toBe(201);
  });

  it("counts tries sent at once before the first is judged", async () => {
    const fresh = await openWeb(createHouse());
    const body = JSON.stringify({ name: "admin", password: "no" });
    const headers = { "content-type": "application/json" };
    const answers = await Promise.all(
      Array.from({ length: 15 }, () =>
        fetch(`${fresh.url}/api/v1/sessions`, { method: "POST", headers, body }),
      ),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    await fresh.web.stop();
  });
});

describe("rights", () => {
  it("hold for every role and act over REST", async () => {
    const alarm = nextAlarm();
    house.raise(alarm);
    const may: Record<string, number[]> = {};
    for (const [name, seat] of Object.entries(seats)) {
      const answers = [
        await seat.send("POST", `alarms/${alarm.id}/acknowledge`, {}),
        await seat.send("POST", `alarms/${alarm.id}/comments`, { note: "x" }),
        await seat.get("connections/refused"),
        await seat.get("system"),
        await seat.get("alarms"),
      ];
      may[name] = answers.map(({ status }) => status);
    }
    expect(may).toEqual({
      viewer: [403, 403, 403, 200, 200],
      duty: [200, 201, 403, 200, 200],
      lead: [200, 201, 200, 200, 200],
      admin: [403, 403, 200, 200, 200],
      auditor: [403, 403, 200, 200, 200],
      mine: [403, 403, 403, 403, 200],
      here: [200, 201, 403, 200, 200],
    });
  });

  it("end at the mines of a person: the others do not exist, in lists, by name, in series, for acts", async () => {
    const theirs = nextAlarm({ mine: OTHER });
    const old = nextAlarm({ mine: OTHER, state: "normal" });
    house.raise(theirs);
    house.index.set(old.id, old);
    for (const name of ["mine", "here"]) {
      const seat = seats[name]!;
      const mines = (await json(await seat.get("mines"))).items.map((m: Json) => m.config.code);
      expect(mines).toEqual([MINE]);
      const points = (await json(await seat.get("points"))).items.map((p: Json) => p.mine);
      expect(points).toEqual([MINE]);
      expect((await json(await seat.get(`points?mine=${OTHER}`))).items).toEqual([]);
      const alarms = (await json(await seat.get(`alarms?limit=1000`))).items as { mine: string }[];
      expect(alarms.some(({ mine }) => mine === OTHER)).toBe(false);
      expect((await json(await seat.get(`alarms?mine=${OTHER}`))).items).toEqual([]);
      await problem(await seat.get(`mines/${OTHER}`), 404, "unknown-mine");
      await problem(await seat.get(`mines/${OTHER}/tables/safety`), 404, "unknown-table");
      await problem(await seat.get(`points/${OTHER}:safety:T1`), 404, "unknown-point");
      await problem(
        await seat.get(`points/${OTHER}:safety:T1/series?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z`),
        404,
        "unknown-point",
      );
      await problem(await seat.get(`alarms/${theirs.id}`), 404, "unknown-alarm");
    }
    await problem(
      await seats.here!.send("POST", `alarms/${theirs.id}/acknowledge`, {}),
      404,
      "unknown-alarm",
    );
    await problem(
      await seats.here!.send("POST", `alarms/${theirs.id}/comments`, { note: "x" }),
      404,
      "unknown-alarm",
    );
    expect(house.alarms.get(theirs.id)!.state).toBe("unacknowledged");
  });

  it("show names of people to those on duty and the mine itself only", async () => {
    const named = async (name: string) =>
      (await json(await seats[name]!.get(`mines/${MINE}`))).people.people !== undefined;
    expect(await named("duty")).toBe(true);
    expect(await named("mine")).toBe(true);
    for (const name of ["viewer", "admin", "auditor"]) expect(await named(name), name).toBe(false);
  });
});

describe("alarms over REST", () => {
  it("an act that was answered is in the list read after it, and sent again it is done once", async () => {
    const alarm = nextAlarm();
    const [record] = house.raise(alarm);
    const seat = seats.duty!;
    const send = () =>
      seat.send(
        "POST",
        `alarms/${alarm.id}/acknowledge`,
        { expect: record!.seq, note: "好" },
        { "idempotency-key": "k-1" },
      );
    const first = await json(await send());
    expect(first).toMatchObject({ ok: true, already: false, alarm: { state: "acknowledged" } });
    const list = await json(await seat.get("alarms?state=acknowledged&limit=1000"));
    expect(list.asOf).toBeGreaterThanOrEqual(first.seq);
    expect(list.items.find((one: Json) => one.id === alarm.id)).toMatchObject({ seq: first.seq });
    expect(await json(await send())).toMatchObject({ ok: true, already: true, seq: first.seq });
    const one = await json(await seat.get(`alarms/${alarm.id}`));
    expect(one.transitions.map((t: Json) => t.transition.what)).toEqual(["raise", "acknowledge"]);
    expect(one.response).toMatchObject({ action: "a" });
  });

  it("are answered only when the lists show the act, however late the record is told", async () => {
    const alarm = nextAlarm();
    house.raise(alarm);
    house.tellLate = true;
    const answer = await json(await seats.duty!.send("POST", `alarms/${alarm.id}/acknowledge`, {}));
    house.tellLate = false;
    expect(answer.alarm).toMatchObject({ state: "acknowledged", seq: answer.seq });
  });

  it("refuses what was judged on an older sight, and an alarm there is none of", async () => {
    const alarm = nextAlarm();
    house.raise(alarm);
    const seat = seats.duty!;
    await problem(await seat.send("POST", `alarms/${alarm.id}/acknowledge`, { expect: 1 }), 409, "stale");
    await problem(await seat.send("POST", "alarms/NOSUCHALARM/acknowledge", {}), 404, "unknown-alarm");
    await problem(await seat.send("POST", `alarms/${alarm.id}/comments`, { note: "  " }), 400, "not-valid");
    await problem(await seat.send("POST", `alarms/${alarm.id}/comments`, {}), 400, "not-valid");
  });

  it("are paged through without a gap or a repeat: the board's first, then the index's that are not on it", async () => {
    const mine = createHouse();
    const alarms = Array.from({ length: 25 }, () => nextAlarm());
    mine.raise(...alarms.slice(0, 10));
    for (const alarm of alarms) mine.index.set(alarm.id, { ...alarm, state: "normal" });
    const web = await openWeb(mine);
    const seat = await signIn(web.url, "duty");
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? "" : `&cursor=${cursor}`;
      const page = await json(await seat.get(`alarms?limit=4${more}`));
      seen.push(...page.items.map((one: Json) => one.id));
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(new Set(alarms.map(({ id }) => id)));
    const states = await json(await seat.get("alarms?state=open&limit=1000"));
    expect(states.items).toHaveLength(10);
    await web.web.stop();
  });

  it("can be asked for by state, level, class, time and words", async () => {
    const one = createHouse();
    one.raise(
      nextAlarm({ level: "red", class: "fan", title: "主要通风机停止", raisedAt: Date.UTC(2026, 4, 1) }),
      nextAlarm(),
    );
    const web = await openWeb(one);
    const seat = await signIn(web.url, "duty");
    const count = async (query: string) => (await json(await seat.get(`alarms?${query}`))).items.length;
    expect(await count("level=red")).toBe(1);
    expect(await count("level=red,orange")).toBe(2);
    expect(await count("class=fan&state=open")).toBe(1);
    expect(await count(`q=${encodeURIComponent("通风机")}`)).toBe(1);
    expect(await count("from=2026-04-30T00:00:00%2B08:00")).toBe(1);
    expect(await count("state=acknowledged")).toBe(0);
    await problem(await seat.get("alarms?level=purple"), 400, "not-valid");
    await problem(await seat.get("alarms?from=yesterday"), 400, "not-valid");
    await problem(await seat.get("alarms?limit=0"), 400, "not-valid");
    await web.web.stop();
  });
});

describe("series", () => {
  it("come as rows, a missing value as null", async () => {
    const query = "from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
    const series = await json(await seats.viewer!.get(`points/${MINE}:safety:T1/series?${query}`));
    expect(series).toMatchObject({ step: "raw", unit: "%CH4", next: null });
    expect(series.rows.map((row: Json) => [row.v, row.s])).toEqual([
      [0.5, 0],
      [null, 128],
    ]);
    await problem(await seats.viewer!.get(`points/${MINE}:safety:NO/series?${query}`), 404, "unknown-point");
    await problem(
      await seats.viewer!.get(`points/${MINE}:safety:T1/series?${query}&step=2m`),
      400,
      "not-valid",
    );
    await problem(
      await seats.viewer!.get(
        `points/${MINE}:safety:T1/series?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`,
      ),
      400,
      "not-valid",
    );
  });
});

describe("series of a step", () => {
  it.each([
    ["from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00Z&step=auto", "raw"],
    ["from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z&step=auto", "1m"],
    ["from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&step=auto&limit=10000", "5m"],
    ["from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&step=auto", "1h"],
    ["from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&step=5m", "5m"],
  ])("%s is answered by %s", async (query, step) => {
    const series = await json(await seats.viewer!.get(`points/${MINE}:safety:T1/series?${query}`));
    expect(series.step).toBe(step);
  });

  it("is five minutes for auto where the readings are no longer kept", async () => {
    house.rowsGone = true;
    const query = "from=2026-01-01T00:00:00Z&to=2026-01-03T00:00:00Z&step=auto";
    const series = await json(await seats.viewer!.get(`points/${MINE}:safety:T1/series?${query}`));
    house.rowsGone = false;
    expect(series).toMatchObject({ step: "5m", rows: [{ n: 1 }] });
  });
});

describe("a bad request", () => {
  it("is answered as a problem that says what and where", async () => {
    const body = await problem(await post("/api/v1/sessions", '{"name":1}'), 400, "not-valid");
    expect(body.errors.map((error: Json) => error.path).sort()).toEqual(["body/name", "body/password"]);
    await problem(await post("/api/v1/sessions", "{"), 400, "bad-request");
    await problem(await post("/api/v1/sessions", `{"name":"${"x".repeat(5_000)}"}`), 413, "too-large");
    await problem(
      await post("/api/v1/sessions", '{"__proto__":{"a":1},"name":"a","password":"b"}'),
      400,
      "bad-request",
    );
  });

  it("of another content type is 415, however it is spelt", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json-patch+json",
      "application/\tjson",
    ]) {
      const response = await post("/api/v1/sessions", '{"name":"a","password":"b"}', {
        "content-type": type,
      });
      await problem(response, 415, "media-type");
    }
  });

  it("to nowhere is 404 for a program", async () => {
    for (const path of ["/api/v1/nothing", "/api/v2/mines", "/ws/v1/alarms", "/nothing.txt", "/health/x"]) {
      await problem(await fetch(`${open.url}${path}`), 404, "unknown-path");
    }
    await problem(await fetch(`${open.url}/api/v1/mines`, { method: "PUT" }), 404, "unknown-path");
  });

  it("that is no HTTP is answered and the socket closed", async () => {
    expect(await raw("NONSENSE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s);
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(9_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });
});

describe("the console", () => {
  const page = { headers: { accept: "text/html" } };

  it("is served from memory: its page for a browser's path, hashed files for ever, compressed, by etag", async () => {
    for (const path of ["/", "/alarms", `/mines/${MINE}`]) {
      const response = await fetch(`${open.url}${path}`, page);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("console");
      expect(response.headers.get("cache-control")).toBe("no-cache");
    }
    const script = await fetch(`${open.url}/assets/app-1a2b3c4d.js`);
    expect(script.headers.get("cache-control")).toContain("immutable");
    expect(script.headers.get("content-encoding")).toBe("gzip");
    expect(await script.text()).toContain("let a = 1;");
    const again = await fetch(`${open.url}/`, {
      headers: { ...page.headers, "if-none-match": (await fetch(`${open.url}/`, page)).headers.get("etag")! },
    });
    expect(again.status).toBe(304);
  });

  it("has a policy that runs no foreign and no inline script", async () => {
    const policy = (await fetch(`${open.url}/`, page)).headers.get("content-security-policy")!;
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("upgrade-insecure-requests");
  });

  it("gives out no other file for any of 200 encoded paths", async () => {
    const climbs = [
      "../",
      "..%2f",
      "%2e%2e/",
      "%2e%2e%2f",
      "..\\",
      "..%5c",
      "%252e%252e%252f",
      "....//",
      "%c0%ae%c0%ae/",
      "..;/",
    ];
    const goals = ["etc/passwd", "package.json", "config/gateway.yaml", "data/state.db", ".git/config"];
    const starts = ["/", "/assets/", "/assets/%00", "//"];
    const paths = starts.flatMap((start) =>
      climbs.flatMap((climb) => goals.map((goal) => start + climb.repeat(3) + goal)),
    );
    expect(paths).toHaveLength(200);
    const answers = await raw(
      paths
        .map(
          (path, i) =>
            `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n${i === 199 ? "Connection: close\r\n" : ""}\r\n`,
        )
        .join(""),
    );
    expect(answers).not.toMatch(/root:|"dependencies"|listeners:/);
    const codes = [...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(0);
    expect([...new Set(codes)].filter((code) => !["400", "404"].includes(code!))).toEqual([]);
  });
});

describe("over TLS", () => {
  it("the cookie is bound to this host, and browsers are told to stay with TLS", async () => {
    const pems = await generate([{ name: "commonName", value: "localhost" }], { keyType: "ec" });
    const safe = await openWeb(createHouse(), { tls: { cert: pems.cert, key: pems.private } });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const body = JSON.stringify({ name: "duty", password: passwordOf("duty") });
      const headers = { "content-type": "application/json", "content-length": body.length };
      const path = "/api/v1/sessions";
      request({ port: safe.port, path, method: "POST", headers, rejectUnauthorized: false }, resolve)
        .on("error", reject)
        .end(body);
    });
    answer.resume();
    expect(answer.statusCode).toBe(201);
    const cookie = String(answer.headers["set-cookie"]);
    expect(cookie).toMatch(/^__Host-davylamp=/);
    expect(cookie).toContain("Secure");
    expect(answer.headers["strict-transport-security"]).toContain("max-age=");
    await safe.web.stop();
  });
});

describe("those who watch", () => {
  it("are told whether it lives and is ready", async () => {
    expect((await fetch(`${open.url}/health/live`)).status).toBe(200);
    house.health = { live: true, ready: false, checks: [{ name: "journal", ok: false, detail: "slow" }] };
    expect((await fetch(`${open.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${open.url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await json(ready)).toMatchObject({ ok: false, checks: [{ name: "journal", detail: "slow" }] });
  });

  it("read metrics on this machine, through a proxy only by token", async () => {
    expect(await (await fetch(`${open.url}/metrics`)).text()).toContain("davylamp_up 1");
    const headers = { "x-forwarded-for": "203.0.113.9" };
    await problem(await fetch(`${open.url}/metrics`, { headers }), 401, "sign-in");
    const token = { ...headers, authorization: `Bearer ${tokenOf("viewer")}` };
    expect((await fetch(`${open.url}/metrics`, { headers: token })).status).toBe(200);
  });
});

function operationsOf(document: Json): { method: string; path: string; operation: Json }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as object).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** What the server says to these bytes, until it closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(open.port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (data) => {
      said += data.toString("latin1");
    });
    socket.on("error", () => resolve(said));
    socket.on("close", () => resolve(said));
  });
}

/** What of a value does not fit a JSON Schema of the document, in words; the few keywords that ours have. */
function faultsIn(value: Json, schema: Json, document: Json, at = ""): string[] {
  if (value === undefined) return [`${at}: no example`];
  if (schema.$ref !== undefined)
    return faultsIn(value, document.components.schemas[schema.$ref.split("/").at(-1)], document, at);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const tried = choices.map((one: Json) => faultsIn(value, one, document, at));
    return tried.some((faults: string[]) => faults.length === 0) ? [] : tried[0];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${value} is none of ${schema.enum}`];
  if (schema.const !== undefined && schema.const !== value) return [`${at}: ${value} is not ${schema.const}`];
  const types = [schema.type ?? []].flat() as string[];
  if (
    types.length > 0 &&
    !types.includes(typeOf(value)) &&
    !(types.includes("number") && typeof value === "number")
  )
    return [`${at}: ${JSON.stringify(value)} is no ${types.join()}`];
  if (
    schema.pattern !== undefined &&
    typeof value === "string" &&
    !new RegExp(schema.pattern, "u").test(value)
  )
    return [`${at}: ${value} is not like ${schema.pattern}`];
  if (Array.isArray(value))
    return value.flatMap((one, i) =>
      schema.items ? faultsIn(one, schema.items, document, `${at}/${i}`) : [],
    );
  if (typeOf(value) !== "object") return [];
  const missing = (schema.required ?? [])
    .filter((key: string) => !(key in value))
    .map((key: string) => `${at}/${key}: missing`);
  const known = Object.entries(schema.properties ?? {}).filter(([key]) => key in value);
  return [...missing, ...known.flatMap(([key, of]) => faultsIn(value[key], of, document, `${at}/${key}`))];
}

const typeOf = (value: Json): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : Number.isInteger(value)
        ? "integer"
        : typeof value;
