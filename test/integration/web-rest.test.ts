import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { asset } from "../../src/web/assets.ts";
import type { Json } from "../support/web-client.ts";
import { createHouse, type FakeHouse, MINE, nextAlarm, OTHER, tokenOf } from "../support/web-ports.ts";
import {
  json,
  type OpenWeb,
  openWeb,
  post as postTo,
  problem,
  type Seats,
  seatsAt,
  signIn,
} from "../support/web-room.ts";

let house: FakeHouse;
let open: OpenWeb;
let seats: Seats = {};
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
  seats = await seatsAt(open.url);
});
afterAll(() => open.web.stop());
beforeEach(() => {
  // A new second for every limit that counts by the second or the minute.
  house.skew += 61_000;
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  postTo(`${open.url}${path}`, body, headers);

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
