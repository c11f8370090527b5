import { type ShallowRef, shallowRef } from "vue";
import { steady, webSocket } from "./feed.ts";
import type { LiveJson } from "./shapes.ts";
import type { SocketLike } from "./socket.ts";

export interface Live {
  /** The newest of each point, by id. Replaced as a whole once a frame. */
  readonly values: ShallowRef<ReadonlyMap<string, LiveJson>>;
  readonly heardAt: ShallowRef<number | null>;
  stop(): void;
}

export type LiveScope = { readonly mines: readonly string[] } | { readonly points: readonly string[] };

const RETRY_MS = 2_000;

/** Follows `/ws/v1/live`: full values, then changes; what is lost comes again with the next change or connection. */
export function openLive(ticket: () => Promise<string | null>, scope: LiveScope): Live {
  const values = shallowRef<ReadonlyMap<string, LiveJson>>(new Map());
  const heardAt = shallowRef<number | null>(null);
  let socket: SocketLike | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let changed = new Map<string, LiveJson>();
  void begin();

  async function begin(): Promise<void> {
    const pass = await ticket().catch(() => null);
    if (stopped) return;
    if (pass === null) return again();
    const mine = webSocket("/ws/v1/live", "davylamp.live.v1");
    socket = mine;
    mine.onopen = () => mine.send(JSON.stringify({ type: "hello", v: 1, ticket: pass, ...scope }));
    mine.onmessage = ({ data }) => take(data);
    mine.onclose = again;
  }

  function again(): void {
    socket = null;
    if (!stopped) retry = setTimeout(() => void begin(), RETRY_MS);
  }

  function take(data: unknown): void {
    heardAt.value = steady();
    const points = pointsOf(data);
    if (points.length === 0) return;
    if (changed.size === 0) requestAnimationFrame(draw);
    for (const point of points) changed.set(point.id, point);
  }

  function draw(): void {
    const next = new Map(values.value);
    for (const [id, point] of changed) next.set(id, point);
    changed = new Map();
    values.value = next;
  }

  return {
    values,
    heardAt,
    stop() {
      stopped = true;
      clearTimeout(retry);
      socket?.close();
    },
  };
}

function pointsOf(data: unknown): LiveJson[] {
  if (typeof data !== "string") return [];
  try {
    const message = JSON.parse(data) as { points?: LiveJson[] };
    return Array.isArray(message.points) ? message.points : [];
  } catch {
    return [];
  }
}
