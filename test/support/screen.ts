import { once } from "node:events";
import { WebSocket } from "ws";

export interface ScreenAlarm {
  readonly id: string;
  readonly mine: string;
  readonly point: string | null;
  readonly level: string;
  readonly rule: string;
  readonly ladder: string | null;
  readonly state: string;
  readonly value: number | null;
  readonly basis: string | null;
  readonly acknowledged: { readonly by: string; readonly note: string | null } | null;
}

export interface ScreenEvent {
  readonly type: "event";
  readonly seq: number;
  readonly prev: number;
  readonly alarm: ScreenAlarm;
}

export interface Session {
  readonly cookie: string;
  readonly csrf: string;
}

export async function signIn(http: string, name: string): Promise<Session> {
  const response = await fetch(`${http}/api/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password: `demo-${name}` }),
  });
  if (response.status !== 201)
    throw new Error(`sign-in answered ${response.status}: ${await response.text()}`);
  const { csrf } = (await response.json()) as { csrf: string };
  return { cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "", csrf };
}

/** Resolves when a mine's point table has this point; before it, a value is of an unlisted point. */
export async function pointListed(http: string, session: Session, id: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${http}/api/v1/points/${encodeURIComponent(id)}`, {
      headers: { cookie: session.cookie },
    });
    if (response.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A county screen written from the contract alone (§5): ticket, hello with where it stopped, events acknowledged
 * as they come, repeats dropped by (epoch, seq), and a gap in `prev` treated as a lost connection.
 */
export function createScreen(consumer: string) {
  const events: ScreenEvent[] = [];
  const provisional: ScreenAlarm[] = [];
  const waiting = new Set<() => void>();
  let epoch: string | undefined;
  let lastSeq: number | undefined;
  let previous: number | null = null;
  let socket: WebSocket | null = null;
  let gaps = 0;

  function receive(own: WebSocket, text: string): void {
    const message = JSON.parse(text) as {
      type: string;
      epoch?: string;
      from?: number;
      at?: number;
      seq?: number;
    };
    if (message.type === "welcome") epoch = message.epoch;
    if (message.type === "snapshot") lastSeq = Math.max(lastSeq ?? 0, message.at ?? 0);
    if (message.type === "provisional") {
      provisional.push((message as unknown as { alarm: ScreenAlarm }).alarm);
      for (const look of [...waiting]) look();
    }
    if (message.type !== "event") return;
    const event = message as ScreenEvent;
    if (previous !== null && event.prev !== previous) {
      gaps += 1;
      own.terminate();
      return;
    }
    previous = event.seq;
    if (lastSeq === undefined || event.seq > lastSeq) {
      lastSeq = event.seq;
      events.push(event);
    }
    if (own.readyState === WebSocket.OPEN) own.send(JSON.stringify({ type: "ack", seq: event.seq }));
    for (const look of [...waiting]) look();
  }

  return {
    events: events as readonly ScreenEvent[],
    /** Told before they were recorded. */
    provisional: provisional as readonly ScreenAlarm[],
    gaps: () => gaps,
    lastSeq: () => lastSeq ?? 0,
    async connect(http: string, session: Session): Promise<void> {
      const response = await fetch(`${http}/api/v1/tickets`, {
        method: "POST",
        headers: { cookie: session.cookie, "x-csrf-token": session.csrf },
      });
      const { ticket } = (await response.json()) as { ticket: string };
      const own = new WebSocket(`${http.replace("http", "ws")}/ws/v1/alarms`, "davylamp.alarms.v1");
      socket = own;
      previous = null;
      own.on("message", (data) => receive(own, String(data)));
      own.on("error", () => {});
      await once(own, "open");
      own.send(
        JSON.stringify({
          type: "hello",
          v: 1,
          ticket,
          consumer,
          mines: ["*"],
          ...(lastSeq === undefined ? {} : { epoch, lastSeq }),
        }),
      );
      await once(own, "message");
    },
    /** As a pulled cable does it: no close frame. */
    cut: () => socket?.terminate(),
    connected: () => socket?.readyState === WebSocket.OPEN,
    /** Resolves when more than `seen` events have come. */
    next: (seen: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (events.length <= seen) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    /** The first event, past or coming, that `wanted` likes. */
    event: (wanted: (alarm: ScreenAlarm) => boolean) =>
      new Promise<ScreenAlarm>((resolve) => {
        const look = () => {
          const found = events.find(({ alarm }) => wanted(alarm));
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found.alarm);
        };
        waiting.add(look);
        look();
      }),
  };
}
