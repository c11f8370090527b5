import type { AlarmRecordJson, MineJson, PointJson, SeriesJson, SessionJson } from "./shapes.ts";

/** The answer of the gateway, or why there is none. Wrong world is a value here: a screen must say it. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly why: string };

export interface Rest {
  signIn(name: string, password: string): Promise<Answer<SessionJson>>;
  signOut(): Promise<void>;
  /** Who this browser is signed in as, after a reload. */
  session(): Promise<Answer<SessionJson>>;
  ticket(): Promise<Answer<{ readonly ticket: string }>>;
  mines(): Promise<Answer<readonly MineJson[]>>;
  mine(code: string): Promise<Answer<MineJson>>;
  points(mine: string): Promise<Answer<readonly PointJson[]>>;
  point(id: string): Promise<Answer<PointJson>>;
  series(query: SeriesQuery): Promise<Answer<SeriesJson>>;
  alarm(id: string): Promise<Answer<AlarmRecordJson>>;
  acknowledge(act: AcknowledgeRequest): Promise<Answer<unknown>>;
}

interface SeriesQuery {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly step: "raw" | "1m";
}

interface AcknowledgeRequest {
  readonly alarm: string;
  /** The alarm's seq as this person saw it. */
  readonly expect: number;
  readonly note: string | null;
  /** The same act sent again has the same. */
  readonly key: string;
}

type Send = (method: string, path: string, body?: unknown, key?: string) => Promise<Answer<unknown>>;
interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** `/api/v1` as the screens use it (contract §6). `fetcher` is the browser's fetch; `csrf` what sign-in gave. */
export function createRest(fetcher: typeof fetch, csrf: () => string | undefined): Rest {
  const send: Send = async (method, path, body, key) => {
    const headers: Record<string, string> = { accept: "application/json" };
    const token = csrf();
    if (body !== undefined) headers["content-type"] = "application/json";
    if (method !== "GET" && token !== undefined) headers["x-csrf-token"] = token;
    if (key !== undefined) headers["idempotency-key"] = key;
    try {
      const response = await fetcher(`/api/v1/${path}`, {
        method,
        headers,
        credentials: "same-origin",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return await answer(response);
    } catch {
      return { ok: false, status: 0, why: "network" };
    }
  };
  const get = async <T>(path: string) => (await send("GET", path)) as Answer<T>;
  return {
    signIn: async (name, password) =>
      (await send("POST", "sessions", { name, password })) as Answer<SessionJson>,
    signOut: async () => {
      await send("DELETE", "sessions");
    },
    session: () => get("sessions"),
    ticket: async () => (await send("POST", "tickets", {})) as Answer<{ ticket: string }>,
    mines: () => all(get, "mines?limit=500"),
    mine: (code) => get(`mines/${encodeURIComponent(code)}`),
    points: (mine) => all(get, `points?mine=${encodeURIComponent(mine)}&limit=1000`),
    point: (id) => get(`points/${encodeURIComponent(id)}`),
    series: (query) => series(get, query),
    alarm: (id) => get(`alarms/${encodeURIComponent(id)}`),
    acknowledge: ({ alarm, expect, note, key }) =>
      send("POST", `alarms/${encodeURIComponent(alarm)}/acknowledge`, { expect, note }, key),
  };
}

type Get = <T>(path: string) => Promise<Answer<T>>;

async function answer(response: Response): Promise<Answer<unknown>> {
  const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
  if (response.ok) return { ok: true, value: body };
  const problem = (body ?? {}) as { detail?: unknown; title?: unknown; why?: unknown };
  const why = problem.why ?? problem.detail ?? problem.title ?? `HTTP ${response.status}`;
  return { ok: false, status: response.status, why: String(why) };
}

const LARGEST_LIST = 20_000;

/** Every page of a list, up to the most points one mine may have. */
async function all<T>(get: Get, path: string): Promise<Answer<readonly T[]>> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Answer<Page<T>> = await get(`${path}${more}`);
    if (!page.ok) return page;
    items.push(...page.value.items);
    cursor = page.value.next;
  } while (cursor !== null && items.length < LARGEST_LIST);
  return { ok: true, value: items };
}

async function series(get: Get, { id, from, to, step }: SeriesQuery): Promise<Answer<SeriesJson>> {
  const query = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&step=${step}&limit=20000`;
  return get(`points/${encodeURIComponent(id)}/series?${query}`);
}
