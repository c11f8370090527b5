/** PUBACKs of one connection, in the order its messages came, whatever the order they were recorded in. */
export interface AckLine {
  /** The next message: its packet id, 0 for QoS 0. The function is told, once, whether the house recorded it. */
  place(id: number): (ok: boolean) => void;
  /** Answers nothing more: the connection is gone. */
  drop(): void;
  /** Messages that were not answered yet. */
  readonly waiting: number;
}

/** Who is answered. */
export interface Answered {
  /** The PUBACKs of so many messages; those of QoS 0 have none. */
  acknowledge(pubacks: Buffer, messages: number): void;
  /** A message was not recorded: none after it may be answered. */
  unrecorded(): void;
}

export interface Acks {
  line(peer: Answered): AckLine;
  /** Resolves when no connection waits for an answer. */
  none(): Promise<void>;
}

/**
 * Collects what was recorded and answers it in one turn of the loop: the PUBACKs of a connection leave in one
 * write, and a flood cannot keep the loop from its other work (performance.md, trap 3).
 */
export function createAcks(failed: (error: unknown) => void): Acks {
  let due: Line[] = [];
  let scheduled = false;
  let outstanding = 0;
  let whenNone: (() => void)[] = [];

  function settled(n: number): void {
    outstanding -= n;
    if (outstanding > 0) return;
    for (const none of whenNone) none();
    whenNone = [];
  }

  function schedule(line: Line): void {
    if (line.due) return;
    line.due = true;
    due.push(line);
    if (scheduled) return;
    scheduled = true;
    setImmediate(release);
  }

  function release(): void {
    const lines = due;
    due = [];
    scheduled = false;
    for (const line of lines) {
      line.due = false;
      settled(answerReady(line, failed));
    }
  }

  return {
    line(peer) {
      const line: Line = { peer, places: [], head: 0, due: false };
      return {
        place(id) {
          const place: Place = { id, recorded: false };
          line.places.push(place);
          outstanding++;
          return (ok) => {
            if (!ok) peer.unrecorded();
            else {
              place.recorded = true;
              if (line.places[line.head] === place) schedule(line);
            }
          };
        },
        drop() {
          const dropped = line.places.length - line.head;
          line.places = [];
          line.head = 0;
          settled(dropped);
        },
        get waiting() {
          return line.places.length - line.head;
        },
      };
    },
    none: () =>
      new Promise((resolve) => {
        if (outstanding === 0) resolve();
        else whenNone.push(resolve);
      }),
  };
}

interface Place {
  readonly id: number;
  recorded: boolean;
}

interface Line {
  readonly peer: Answered;
  places: Place[];
  head: number;
  due: boolean;
}

/** Answers from the head of the line on; gives how many. */
function answerReady(line: Line, failed: (error: unknown) => void): number {
  const { places, head, peer } = line;
  let to = head;
  while (places[to]?.recorded === true) to++;
  if (to === head) return 0;
  const pubacks = pubacksOf(places, head, to);
  line.head = to;
  if (to === places.length) {
    line.places = [];
    line.head = 0;
  } else if (to > COMPACT) {
    line.places = places.slice(to);
    line.head = 0;
  }
  try {
    peer.acknowledge(pubacks, to - head);
  } catch (error) {
    failed(error);
  }
  return to - head;
}

function pubacksOf(places: readonly Place[], from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(4 * (to - from));
  let length = 0;
  for (let i = from; i < to; i++) {
    const { id } = places[i] as Place;
    if (id === 0) continue;
    bytes[length] = PUBACK;
    bytes[length + 1] = 2;
    bytes[length + 2] = id >> 8;
    bytes[length + 3] = id & 0xff;
    length += 4;
  }
  return bytes.subarray(0, length);
}

const PUBACK = 0x40;
const COMPACT = 1_024;
