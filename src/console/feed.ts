import { nextTick, type ShallowRef, shallowRef } from "vue";
import { type AlarmSocket, openAlarmSocket, type SocketLike, type SocketStatus } from "./socket.ts";
import { EMPTY_VIEW, type Received, reduce, type View } from "./store.ts";

/** A clock that no one sets: milliseconds, near this computer's time when the page was opened. */
export const steady = (): number => performance.timeOrigin + performance.now();

export interface Feed {
  readonly view: ShallowRef<View>;
  readonly status: ShallowRef<SocketStatus>;
  seen(seq: number): void;
  hurry(): void;
  stop(): void;
}

const HIDDEN_DRAW_MS = 200;
const RECEIPTS_A_DRAW = 50;

/** Joins the alarm socket to the screen: what came since the last frame is folded once, drawn, then acknowledged. */
export function openFeed(ticket: () => Promise<string | null>, dismissed: () => void): Feed {
  const view = shallowRef<View>(EMPTY_VIEW);
  const status = shallowRef<SocketStatus>("connecting");
  let waiting: Received[] = [];
  let scheduled = false;

  const socket: AlarmSocket = openAlarmSocket({
    connect: () => webSocket("/ws/v1/alarms", "davylamp.alarms.v1"),
    ticket,
    now: steady,
    chance: Math.random,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    consumer: consumerName,
    replaced: renameConsumer,
    dismissed,
    receive(received) {
      waiting.push(received);
      schedule();
    },
    status: (to) => {
      status.value = to;
    },
  });

  /** A browser draws no frame for a hidden page, and may hide it at any moment: an alarm must sound all the same. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(draw);
    setTimeout(draw, HIDDEN_DRAW_MS);
  }

  function draw(): void {
    if (!scheduled) return;
    scheduled = false;
    const batch = waiting;
    waiting = [];
    view.value = reduce(view.value, batch);
    void nextTick(() => {
      socket.drawn(view.value.lastSeq);
      if (!document.hidden) for (const seq of newlyDrawn(batch, view.value)) socket.seen(seq, "rendered");
    });
  }

  return { view, status, seen: (seq) => socket.seen(seq, "seen"), hurry: socket.hurry, stop: socket.stop };
}

/** The records of alarms that wait for somebody and were on the screen for the first time; of very many the newest. */
function newlyDrawn(batch: readonly Received[], { alarms }: View): number[] {
  const whole = batch.some(({ message }) => message.type === "snapshot" && message.part >= message.parts);
  const seqs = whole
    ? [...(alarms?.values() ?? [])].flatMap(({ state, seq }) => (state === "unacknowledged" ? [seq] : []))
    : batch.flatMap(({ message }) =>
        message.type === "event" && message.transition.to === "unacknowledged" ? [message.seq] : [],
      );
  return seqs.sort((a, b) => a - b).slice(-RECEIPTS_A_DRAW);
}

/** A WebSocket of this gateway, whatever name and port the page came from. */
export function webSocket(path: string, subprotocol: string): SocketLike {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}${path}`, subprotocol) as SocketLike;
}

const DEVICE = "davylamp.device";
const SCREEN = "davylamp.screen";

/** One durable cursor for each screen: the browser's own name, and a number where it shows the console twice. */
function consumerName(): string {
  const device = localStorage.getItem(DEVICE) ?? keep(localStorage, DEVICE, randomName());
  const screen = sessionStorage.getItem(SCREEN) ?? "1";
  return `console.${device}.${screen}`;
}

function renameConsumer(): void {
  keep(sessionStorage, SCREEN, String(2 + Math.floor(Math.random() * 98)));
}

function keep(storage: Storage, key: string, value: string): string {
  storage.setItem(key, value);
  return value;
}

/** `crypto.randomUUID` exists on secure origins only; an intranet may be plain HTTP on loopback or behind a proxy. */
export function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return [...bytes].map((byte) => byte.toString(36).padStart(2, "0")).join("");
}
