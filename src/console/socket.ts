import { follow, isLost, opened, type Position, START } from "./follow.ts";
import type { ServerMessage } from "./shapes.ts";
import type { Received } from "./store.ts";

/** As much of a browser's WebSocket as is used here, so that a test can bring its own. */
export interface SocketLike {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface SocketPorts {
  connect(): SocketLike;
  /** A single-use ticket; null = this session has ended and a person must sign in again. */
  ticket(): Promise<string | null>;
  now(): number;
  chance(): number;
  after(ms: number, run: () => void): () => void;
  /** This screen's durable name. Another screen took it: `next` gives the one to go on with. */
  consumer(): string;
  replaced(): void;
  /** This person's role or mines changed: what may be seen and done must be asked again. */
  dismissed(): void;
  receive(received: Received): void;
  status(status: SocketStatus): void;
}

export type SocketStatus = "connecting" | "live" | "lost" | "signed-out";

export interface AlarmSocket {
  /** Everything up to `seq` is stored and drawn. */
  drawn(seq: number): void;
  seen(seq: number, rung: "rendered" | "seen"): void;
  /** A person is waiting, or the network came back: do not sit out the pause. */
  hurry(): void;
  stop(): void;
}

const CLOSED = { role: 4403, replaced: 4409 } as const;
const WATCH_MS = 500;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const OPENING_MS = 10_000;

/** Follows `/ws/v1/alarms` for as long as it is not stopped (contract §5), over any number of connections. */
export function openAlarmSocket(ports: SocketPorts): AlarmSocket {
  let position: Position = START;
  let socket: SocketLike | null = null;
  let attempts = 0;
  let acked = 0;
  let stopped = false;
  let beginning = false;
  /** The gateway has spoken on this connection: only now may we. */
  let greeted = false;
  let cancelPause = () => {};
  let cancelWatch = () => {};
  void begin();

  async function begin(): Promise<void> {
    if (beginning) return;
    beginning = true;
    ports.status("connecting");
    const ticket = await ports.ticket().catch(() => undefined);
    beginning = false;
    if (stopped) return;
    if (ticket === null) return ports.status("signed-out");
    if (ticket === undefined) return pause();
    join(ticket);
  }

  function join(ticket: string): void {
    const mine = ports.connect();
    const openedAt = ports.now();
    greeted = false;
    socket = mine;
    position = opened(position, openedAt);
    mine.onopen = () => mine.send(JSON.stringify(hello(ticket)));
    mine.onmessage = ({ data }) => {
      if (socket !== mine) return;
      greeted = true;
      take(data);
    };
    mine.onclose = ({ code }) => {
      if (socket === mine) lose(code);
    };
    watch(() => (greeted ? isLost(position, ports.now()) : ports.now() - openedAt > OPENING_MS));
  }

  const hello = (ticket: string) => ({
    type: "hello",
    v: 1,
    ticket,
    consumer: ports.consumer(),
    mines: ["*"],
    ...(position.epoch !== null && position.lastSeq !== null
      ? { epoch: position.epoch, lastSeq: position.lastSeq }
      : {}),
  });

  function take(data: unknown): void {
    for (const message of parse(data)) {
      if (socket === null) return;
      const at = ports.now();
      const step = follow(position, message, at);
      position = step.position;
      if (step.verdict === "gap") lose(null);
      if (message.type === "welcome") welcomed(message.resume);
      if (step.verdict === "take") ports.receive({ at, message });
      if (message.type === "bye") lose(message.code);
    }
  }

  function welcomed(resume: "from" | "snapshot"): void {
    attempts = 0;
    if (resume === "snapshot") acked = 0;
    ports.status("live");
  }

  function watch(lost: () => boolean): void {
    cancelWatch();
    cancelWatch = ports.after(WATCH_MS, () => (lost() ? lose(null) : watch(lost)));
  }

  function lose(code: number | null): void {
    const old = socket;
    socket = null;
    cancelWatch();
    old?.close();
    if (stopped) return;
    if (code === CLOSED.replaced) ports.replaced();
    if (code === CLOSED.role) ports.dismissed();
    ports.status("lost");
    pause();
  }

  /** Jittered, so that twenty screens do not come back in the same moment after a restart. */
  function pause(): void {
    ports.status("lost");
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts++);
    cancelPause();
    cancelPause = ports.after(ceiling * (0.5 + ports.chance() / 2), () => void begin());
  }

  const say = (message: object) => greeted && socket?.send(JSON.stringify(message));

  return {
    drawn(seq) {
      if (seq <= acked || socket === null || !greeted) return;
      acked = seq;
      say({ type: "ack", seq });
    },
    seen(seq, rung) {
      say({ type: "seen", seq, rung });
    },
    hurry() {
      if (socket !== null || stopped) return;
      cancelPause();
      attempts = 0;
      void begin();
    },
    stop() {
      stopped = true;
      cancelPause();
      lose(null);
    },
  };
}

/** One object a frame, or a batch of them where the gateway packs a flood; anything unreadable is no message. */
function parse(data: unknown): ServerMessage[] {
  if (typeof data !== "string") return [];
  try {
    const value: unknown = JSON.parse(data);
    return (Array.isArray(value) ? value : [value]).filter(isMessage);
  } catch {
    return [];
  }
}

const TYPES = ["welcome", "snapshot", "event", "provisional", "beat", "bye"];
const isMessage = (value: unknown): value is ServerMessage =>
  typeof value === "object" && value !== null && TYPES.includes(String((value as { type?: unknown }).type));
