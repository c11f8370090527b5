/** Answers of one connection, given in the order its packets came, whatever the order they became ready in. */
export interface AckQueue {
  /** A place in the line. The returned function lets `answer` be called, once all before it have been. */
  place(answer: () => void): () => void;
  /** Answers nothing more: the connection is gone. */
  drop(): void;
}

/**
 * Collects what became ready and answers it in one turn of the loop: the answers of a connection leave in one
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

  function queue(): AckQueue {
    const line: Line = { places: [], head: 0, due: false };
    return {
      place(answer) {
        const place: Place = { answer, ready: false };
        line.places.push(place);
        outstanding++;
        return () => {
          place.ready = true;
          if (line.places[line.head] === place) schedule(line);
        };
      },
      drop() {
        const dropped = line.places.length - line.head;
        line.places.length = 0;
        line.head = 0;
        settled(dropped);
      },
    };
  }

  return {
    queue,
    none: () =>
      new Promise((resolve) => {
        if (outstanding === 0) resolve();
        else whenNone.push(resolve);
      }),
  };
}

export interface Acks {
  queue(): AckQueue;
  /** Resolves when no connection waits for an answer. */
  none(): Promise<void>;
}

interface Place {
  readonly answer: () => void;
  ready: boolean;
}

interface Line {
  readonly places: Place[];
  head: number;
  due: boolean;
}

/** Answers from the head of the line on; gives how many. */
function answerReady(line: Line, failed: (error: unknown) => void): number {
  let answered = 0;
  for (let place = line.places[line.head]; place?.ready === true; place = line.places[line.head]) {
    line.head++;
    answered++;
    try {
      place.answer();
    } catch (error) {
      failed(error);
    }
  }
  if (line.head === line.places.length) {
    line.places.length = 0;
    line.head = 0;
  } else if (line.head > COMPACT) {
    line.places.splice(0, line.head);
    line.head = 0;
  }
  return answered;
}

const COMPACT = 1_024;
