import { pino } from "pino";
import { expect } from "vitest";
import type { Assets } from "../../src/web/assets.ts";
import type { Pace } from "../../src/web/pace.ts";
import { createWeb } from "../../src/web/web.ts";
import type { Json } from "./web-client.ts";
import { type FakeHouse, passwordOf, USERS } from "./web-ports.ts";

/** A running web room over a house, on a free port of loopback. */
export async function openWeb(
  house: FakeHouse,
  {
    pace = {},
    assets = new Map(),
    origins = [],
    proxies = [],
    tls = null,
  }: {
    tls?: { cert: string; key: string } | null;
    pace?: Partial<Pace>;
    assets?: Assets;
    origins?: string[];
    proxies?: string[];
  } = {},
) {
  const web = createWeb({
    host: "127.0.0.1",
    port: 0,
    tls,
    origins,
    proxies,
    log: pino({ level: "silent" }),
    ports: house.ports,
    assets,
    pace,
  });
  house.onTold((batch) => web.journalled(batch));
  const { port } = await web.start();
  return { web, port, url: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}` };
}

export type OpenWeb = Awaited<ReturnType<typeof openWeb>>;

/** Signs in as a browser does; answers a fetch that carries the cookie and the CSRF token. */
export async function signIn(url: string, name: string) {
  const response = await fetch(`${url}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: passwordOf(name) }),
  });
  if (response.status !== 201)
    throw new Error(`sign-in of ${name}: ${response.status} ${await response.text()}`);
  const session = (await response.json()) as { user: string; role: string; mines: string[]; csrf: string };
  const cookie = response.headers.getSetCookie()[0]!.split(";")[0]!;
  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/api/v1/${path}`, {
      method,
      headers: {
        cookie,
        ...(method === "GET" ? {} : { "x-csrf-token": session.csrf }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const ticket = async () => ((await (await send("POST", "tickets")).json()) as { ticket: string }).ticket;
  return { ...session, cookie, send, get: (path: string) => send("GET", path), ticket };
}

type Seat = Awaited<ReturnType<typeof signIn>>;
export type Seats = Record<string, Seat>;

/** Every account of the house, signed in. */
export async function seatsAt(url: string): Promise<Seats> {
  const seats: Seats = {};
  for (const name of Object.keys(USERS)) seats[name] = await signIn(url, name);
  return seats;
}

/** As a client does that is nobody yet. */
export const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });

export const json = async (response: Response) => (await response.json()) as Json;

/** The answer is this refusal (RFC 9457); gives its body. */
export async function problem(response: Response, status: number, why: string) {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const body = await json(response);
  expect(body).toMatchObject({ status, why, type: `urn:davylamp:problem:${why}` });
  expect(typeof body.title).toBe("string");
  expect(typeof body.detail).toBe("string");
  return body;
}
