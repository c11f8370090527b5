import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import type { AlarmJson, LiveJson, TransitionJson } from "../../src/console/shapes.ts";
import { createFakeCounty, type FakeCounty } from "./browser-fake-county.ts";

const DIST = "dist/console";
const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
/** As strict as the real one is about to be: everything the console needs comes from here. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; base-uri 'self'";

interface Entry {
  seq: number;
  t: string;
  transition: TransitionJson;
  alarm: AlarmJson;
}
/** Whatever a client may send; a field it leaves out is undefined. */
interface Told {
  type?: string;
  ticket?: string;
  consumer?: string;
  epoch?: string;
  lastSeq?: number;
  seq?: number;
  rung?: string;
  mines?: string[];
  points?: string[];
}
interface Posted {
  name?: string;
  password?: string;
  expect?: number;
  note?: string | null;
}
interface Screen {
  ws: WebSocket;
  user: string;
  sent: number;
  consumer: string;
}

/** Plays the outside contract (REST, alarm socket, live socket) to a real browser; a test moves the world by hand. */
export async function startFakeGateway() {
  const county: FakeCounty = createFakeCounty(Date.now());
  const journal: Entry[] = [];
  /** By alarm: its last entry. A search of the journal for each step of a flood would keep the beats waiting. */
  const latest = new Map<string, Entry>();
  const screens = new Set<Screen>();
  const live = new Set<{ ws: WebSocket; mines: string[] | null; points: string[] | null }>();
  const sessions = new Map<string, string>();
  const tickets = new Map<string, string>();
  const heard: {
    hellos: Told[];
    acks: Told[];
    seen: Told[];
    acts: (Posted & { user: string; id: string; key: unknown; csrf: unknown })[];
  } = {
    hellos: [],
    acks: [],
    seen: [],
    acts: [],
  };
  let epoch = "epoch-1";
  let seq = 1000;
  let beating = true;
  let refusing = false;
  let swallow = 0;
  let clockAhead = 0;

  const iso = (t: number) => `${new Date(t + 8 * 3_600_000).toISOString().slice(0, 23)}+08:00`;
  const now = () => Date.now() + clockAhead;

  const server = createServer((request, response) => {
    void route(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    if (!url.pathname.startsWith("/api/v1/")) return asset(url.pathname, response);
    if (refusing) return void request.socket.destroy();
    const [head = "", id = "", verb = ""] = url.pathname.slice(8).split("/").map(decodeURIComponent);
    const body = await read(request);
    const user = sessions.get(/sid=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "") ?? null;
    if (head === "sessions" && request.method === "POST") return signIn(body, response);
    if (user === null) return say(response, 401, { title: "sign in", status: 401 });
    const role = county.roles[user] ?? "viewer";
    switch (`${request.method} ${head}${id === "" ? "" : "/:id"}${verb === "" ? "" : `/${verb}`}`) {
      case "GET sessions":
        return say(response, 200, { user, role, mines: ["*"], csrf: "csrf" });
      case "DELETE sessions":
        sessions.clear();
        return say(response, 204, null);
      case "POST tickets": {
        const ticket = randomBytes(8).toString("hex");
        tickets.set(ticket, user);
        return say(response, 201, { ticket, expiresAt: iso(now() + 30_000) });
      }
      case "GET mines":
        return say(response, 200, { items: county.mines(now()), next: null, asOf: seq });
      case "GET mines/:id": {
        const mine = county.mines(now()).find((one) => one.config.code === id);
        return mine === undefined ? missing(response) : say(response, 200, mine);
      }
      case "GET points":
        return say(response, 200, {
          items: county.points(now(), url.searchParams.get("mine")),
          next: null,
          asOf: seq,
        });
      case "GET points/:id": {
        const point = county.points(now(), null).find((one) => one.id === id);
        return point === undefined ? missing(response) : say(response, 200, point);
      }
      case "GET points/:id/series": {
        const [from, to] = [url.searchParams.get("from"), url.searchParams.get("to")].map((t) =>
          Date.parse(t ?? ""),
        );
        return say(
          response,
          200,
          county.series(id, from!, to!, url.searchParams.get("step") as "raw" | "1m", now()),
        );
      }
      case "GET alarms/:id": {
        const entries = journal.filter((entry) => entry.alarm.id === id);
        const last = entries.at(-1);
        if (last === undefined) return missing(response);
        const transitions = entries.map(({ seq: at, t, transition }) => ({ seq: at, t, transition }));
        return say(response, 200, {
          alarm: last.alarm,
          transitions,
          evidence: null,
          response: county.response(last.alarm),
        });
      }
      case "POST alarms/:id/acknowledge":
        return acknowledge(user, role, id, body, request, response);
      default:
        return missing(response);
    }
  }

  function signIn(body: Posted, response: ServerResponse): void {
    if (body.name === undefined || body.password !== `demo-${body.name}`) {
      say(response, 401, { title: "refused", status: 401 });
      return;
    }
    const sid = randomBytes(8).toString("hex");
    sessions.set(sid, body.name);
    response.setHeader("set-cookie", `sid=${sid}; HttpOnly; SameSite=Strict; Path=/`);
    say(response, 201, { user: body.name, role: county.roles[body.name], mines: ["*"], csrf: "csrf" });
  }

  function acknowledge(
    user: string,
    role: string,
    id: string,
    body: Posted,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    heard.acts.push({
      user,
      id,
      ...body,
      key: request.headers["idempotency-key"],
      csrf: request.headers["x-csrf-token"],
    });
    const current = newest(id);
    if (role !== "duty" && role !== "lead") {
      problem(response, 403, "forbidden");
      return;
    }
    if (current === undefined) {
      problem(response, 404, "unknown-alarm");
      return;
    }
    if (body.expect !== current.seq) {
      problem(response, 409, "stale");
      return;
    }
    const acknowledged = { by: user, at: iso(now()), note: body.note ?? null, device: "browser" };
    const to = current.state === "returned" ? ("normal" as const) : ("acknowledged" as const);
    const entry = step(
      id,
      { state: to, acknowledged },
      { what: "acknowledge", by: user, ...(body.note ? { note: body.note } : {}) },
    );
    say(response, 200, { ok: true, seq: entry.seq, already: false });
  }

  const newest = (id: string) => latest.get(id)?.alarm;
  const open = () => [...latest.values()].map(({ alarm }) => alarm).filter(({ state }) => state !== "normal");

  /** One transition of one alarm: written to the journal, told to every screen. */
  function step(id: string, change: Partial<AlarmJson>, how: Partial<TransitionJson> = {}): Entry {
    const before = newest(id);
    seq += 1 + (seq % 3);
    const alarm = { ...county.blank(now()), ...before, ...change, id, seq } as AlarmJson;
    const n = (latest.get(id)?.transition.n ?? 0) + 1;
    const from = before?.state ?? "normal";
    const entry: Entry = {
      seq,
      t: iso(now()),
      transition: { from, to: alarm.state, n, what: "raise", ...how },
      alarm,
    };
    journal.push(entry);
    latest.set(id, entry);
    for (const screen of screens) tell(screen, entry);
    return entry;
  }

  function tell(screen: Screen, entry: Entry): void {
    const message = JSON.stringify({ type: "event", prev: screen.sent, ...entry });
    screen.sent = entry.seq;
    if (swallow > 0) swallow -= 1;
    else screen.ws.send(message);
  }

  /** Greetings that wait until the silence is over. */
  const kept: (() => void)[] = [];
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  server.on("upgrade", (request, socket, head) => {
    if (refusing) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      if (request.url === "/ws/v1/alarms")
        ws.once("message", (data) => welcome(ws, JSON.parse(String(data))));
      else ws.once("message", (data) => watch(ws, JSON.parse(String(data))));
    });
  });

  function welcome(ws: WebSocket, hello: Told): void {
    if (ws.readyState !== ws.OPEN) return;
    if (!beating) return void kept.push(() => welcome(ws, hello));
    heard.hellos.push(hello);
    const { ticket = "", consumer = "", lastSeq } = hello;
    const user = tickets.get(ticket);
    tickets.delete(ticket);
    if (user === undefined) {
      ws.close(4401);
      return;
    }
    for (const other of screens) {
      if (other.consumer !== consumer) continue;
      other.ws.send(JSON.stringify({ type: "bye", code: 4409 }));
      other.ws.close(4409);
    }
    const resumes = hello.epoch === epoch && lastSeq !== undefined;
    const from = resumes ? lastSeq : seq;
    const screen: Screen = { ws, user, sent: from, consumer };
    ws.on("message", (data) => listen(JSON.parse(String(data))));
    ws.on("close", () => screens.delete(screen));
    ws.send(
      JSON.stringify({
        type: "welcome",
        v: 1,
        epoch,
        head: seq,
        resume: resumes ? "from" : "snapshot",
        from: from + 1,
        heartbeatMs: 2000,
      }),
    );
    if (resumes) for (const entry of journal.filter((one) => one.seq > from)) tell(screen, entry);
    else snapshot(ws, from);
    screens.add(screen);
    beat(screen);
  }

  function snapshot(ws: WebSocket, at: number): void {
    const alarms = open();
    const half = Math.ceil(alarms.length / 2);
    ws.send(JSON.stringify({ type: "snapshot", at, part: 1, parts: 2, alarms: alarms.slice(0, half) }));
    ws.send(JSON.stringify({ type: "snapshot", at, part: 2, parts: 2, alarms: alarms.slice(half) }));
  }

  function listen(message: Told): void {
    if (message.type === "ack") heard.acks.push(message);
    if (message.type === "seen") heard.seen.push(message);
  }

  const beat = (screen: Screen) =>
    screen.ws.send(JSON.stringify({ type: "beat", epoch, head: seq, sent: screen.sent, at: iso(now()) }));

  function watch(ws: WebSocket, hello: Told): void {
    if (!tickets.delete(hello.ticket ?? "")) {
      ws.close(4401);
      return;
    }
    const watcher = { ws, mines: hello.mines ?? null, points: hello.points ?? null };
    live.add(watcher);
    ws.on("close", () => live.delete(watcher));
    ws.send(JSON.stringify({ type: "values", points: wanted(watcher) }));
  }

  const wanted = ({ mines, points }: { mines: string[] | null; points: string[] | null }): LiveJson[] =>
    county
      .points(now(), null)
      .filter((point) => mines?.includes(point.mine) || points?.includes(point.id))
      .map(({ id, value, word, state, quality, at }) => ({ id, value, word, state, quality, at }));

  const timer = setInterval(() => {
    if (!beating) return;
    for (const screen of screens) beat(screen);
    for (const watcher of live) watcher.ws.send(JSON.stringify({ type: "changes", points: wanted(watcher) }));
  }, 1_000);

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    county,
    heard,
    step,
    iso,
    now,
    newest,
    screens: () => screens.size,
    /** Told before the journal has it. */
    provisional(alarm: AlarmJson): void {
      for (const { ws } of screens) ws.send(JSON.stringify({ type: "provisional", alarm }));
    },
    /** Sockets stay open, new ones are taken, and nothing comes: the worst kind of loss. */
    fallSilent(): void {
      beating = false;
    },
    speakAgain(): void {
      beating = true;
      for (const greet of kept.splice(0)) greet();
    },
    /** The next so many events are counted as sent and never arrive. */
    swallowNext(count: number): void {
      swallow = count;
    },
    /** Connections are cut and none is taken until `comeBack`. */
    goAway(): void {
      refusing = true;
      for (const client of sockets.clients) client.terminate();
    },
    comeBack(): void {
      refusing = false;
    },
    newEpoch(): void {
      epoch = `epoch-${randomBytes(2).toString("hex")}`;
      for (const { ws } of screens) ws.terminate();
    },
    setClockAhead(ms: number): void {
      clockAhead = ms;
    },
    dropSessions(): void {
      sessions.clear();
    },
    async close(): Promise<void> {
      clearInterval(timer);
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type FakeGateway = Awaited<ReturnType<typeof startFakeGateway>>;

function asset(path: string, response: ServerResponse): void {
  const file = join(DIST, normalize(path === "/" ? "/index.html" : path));
  if (!existsSync(file)) return void response.writeHead(404).end();
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
  });
  response.end(readFileSync(file));
}

async function read(request: IncomingMessage): Promise<Posted> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : JSON.parse(text);
}

function say(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === null ? undefined : JSON.stringify(body));
}

const missing = (response: ServerResponse) => say(response, 404, { title: "not found", status: 404 });
const problem = (response: ServerResponse, status: number, why: string) =>
  say(response, status, { title: why, status, why });
