import { WebSocket } from "ws";

/** What came over a wire: a test looks into it and fails when it is not there. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Message {
  type: string;
  [key: string]: Json;
}

/** A WebSocket client for tests: keeps what it was told and lets one wait for it. */
export function openSocket(
  url: string,
  options: { protocol?: string; headers?: Record<string, string> } = {},
) {
  const ws = new WebSocket(url, options.protocol ?? "davylamp.alarms.v1", {
    headers: options.headers ?? {},
    perMessageDeflate: false,
  });
  const got: Message[] = [];
  let watchers: (() => void)[] = [];
  let onMessage: ((message: Message) => void) | null = null;
  let code: number | null = null;
  let status: number | null = null;
  const wake = () => {
    const all = watchers;
    watchers = [];
    for (const one of all) one();
  };
  ws.on("message", (data) => {
    const message = JSON.parse(data.toString()) as Message;
    got.push(message);
    onMessage?.(message);
    wake();
  });
  ws.on("unexpected-response", (request, response) => {
    status = response.statusCode ?? 0;
    request.destroy();
    wake();
  });
  ws.on("close", (closed) => {
    code = closed;
    wake();
  });
  ws.on("open", wake);
  ws.on("error", wake);

  const until = async <T>(ask: () => T | null | undefined | false): Promise<T> => {
    for (;;) {
      const answer = ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      await new Promise<void>((resolve) => watchers.push(resolve));
    }
  };

  return {
    ws,
    got,
    until,
    say: (message: object) => ws.send(JSON.stringify(message)),
    open: () => until(() => ws.readyState === ws.OPEN || status !== null || code !== null),
    /** The first message of this type, from the n-th message on. */
    next: (type: string, from = 0) => until(() => got.slice(from).find((message) => message.type === type)),
    closed: () => until(() => (code === null ? null : { code })),
    /** HTTP status of a refused upgrade. */
    refused: () => until(() => status),
    each(then: (message: Message) => void) {
      onMessage = then;
    },
    of: (type: string) => got.filter((message) => message.type === type),
    cut: () => ws.terminate(),
  };
}

export type TestSocket = ReturnType<typeof openSocket>;

/**
 * A consumer as contract §5 asks it to be: keeps its place, drops repeats, takes a hole for a fault, acknowledges.
 * What it knows survives its connections.
 */
export function createFollower(connect: () => TestSocket, consumer: string) {
  const known = {
    epoch: undefined as string | undefined,
    lastSeq: undefined as number | undefined,
    /** Open alarms by id, as the screen would show them. */
    open: new Map<string, Message>(),
    /** Every event taken, once. */
    events: [] as Message[],
    repeats: 0,
    snapshots: 0,
    /** The journal position of the last snapshot; `events` holds what came after it. */
    from: 0,
  };
  let socket: TestSocket | null = null;

  function take(message: Message, from: TestSocket): void {
    if (message.type === "welcome") {
      if (message.resume === "snapshot") known.lastSeq = undefined;
      known.epoch = message.epoch;
    }
    if (message.type === "snapshot") {
      if (message.part === 1) {
        known.open.clear();
        known.events = [];
        known.from = message.at;
        known.snapshots += 1;
      }
      for (const alarm of message.alarms) known.open.set(alarm.id, alarm);
      if (message.part === message.parts) known.lastSeq = message.at;
    }
    if (message.type === "event") {
      if (message.seq <= known.lastSeq!) {
        known.repeats += 1;
        return;
      }
      if (message.prev !== known.lastSeq) throw new Error(`a hole: ${message.prev} after ${known.lastSeq}`);
      known.lastSeq = message.seq;
      known.events.push(message);
      if (message.alarm.state === "normal") known.open.delete(message.alarm.id);
      else known.open.set(message.alarm.id, message.alarm);
      from.say({ type: "ack", seq: message.seq });
    }
  }

  return {
    known,
    /** Opens a connection that ends after `cutAfter` messages, if given. */
    async join(cutAfter = Number.POSITIVE_INFINITY): Promise<TestSocket> {
      const mine = connect();
      socket = mine;
      let count = 0;
      mine.each((message) => {
        if (mine.ws.readyState !== mine.ws.OPEN) return;
        if (count++ >= cutAfter) return mine.cut();
        take(message, mine);
      });
      await mine.open();
      mine.say({
        type: "hello",
        v: 1,
        consumer,
        ...(known.lastSeq === undefined ? {} : { epoch: known.epoch, lastSeq: known.lastSeq }),
      });
      return mine;
    },
    reached: (seq: number) =>
      socket!.until(() => socket!.ws.readyState === socket!.ws.CLOSED || (known.lastSeq ?? 0) >= seq),
    cut: () => socket?.cut(),
  };
}
