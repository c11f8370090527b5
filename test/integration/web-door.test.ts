import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { generate } from "selfsigned";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { operationsOf } from "../support/openapi.ts";
import { createHouse, type FakeHouse, passwordOf, tokenOf } from "../support/web-ports.ts";
import {
  json,
  type OpenWeb,
  openWeb,
  post,
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
  open = await openWeb(house, { origins: ["https://county.example"] });
  seats = await seatsAt(open.url);
});
afterAll(() => open.web.stop());
beforeEach(() => {
  // A new second for every limit that counts by the second or the minute.
  house.skew += 61_000;
});

const login = (name: string, password: string) =>
  post(`${open.url}/api/v1/sessions`, JSON.stringify({ name, password }));
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
      String((await post(`${open.url}/api/v1/sessions`, body, { origin })).headers.get("set-cookie"));
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

  it("counts the tries of each address behind a proxy it knows, and of all together behind one it does not", async () => {
    const wrong = (url: string, from: string) =>
      post(`${url}/api/v1/sessions`, JSON.stringify({ name: `guess${from}`, password: "no" }), {
        "x-forwarded-for": from,
      });
    for (const [proxies, others] of [
      [["127.0.0.0/8"], 401],
      [["10.0.0.0/8"], 429],
    ] as const) {
      const fresh = await openWeb(createHouse(), { proxies: [...proxies] });
      for (let i = 0; i < 20; i++) {
        // What a client says before the proxy adds to it is nobody's word.
        const answer = await wrong(fresh.url, `10.9.9.${i}, 203.0.113.7`);
        expect(answer.status).toBe(401);
      }
      expect((await wrong(fresh.url, "198.51.100.1, 203.0.113.7")).status).toBe(429);
      expect((await wrong(fresh.url, "203.0.113.8")).status).toBe(others);
      await fresh.web.stop();
    }
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
