/** Lines of line protocol one after another, each with its line end, in memory that is used again. */
export interface LineBytes {
  readonly bytes: Buffer;
  /** Where each of the lines ends; those behind `n` mean nothing. */
  readonly ends: Uint32Array;
  readonly n: number;
}

export interface LineWriter extends LineBytes {
  /** What stands before the fields, and the rest of the line, which is ASCII. */
  put(prefix: Uint8Array, rest: string): void;
  text(line: string): void;
  clear(): void;
}

const FIRST_BYTES = 1 << 20;
const FIRST_LINES = 1 << 13;
const LINE_END = 0x0a;

/** A text for each line would be a hundred megabytes of garbage a second while a backlog is written. */
export function createLineWriter(): LineWriter {
  let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let ends = new Uint32Array(FIRST_LINES);
  let n = 0;
  let at = 0;

  function makeRoom(more: number): void {
    if (at + more > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, at + more));
      bytes.copy(larger, 0, 0, at);
      bytes = larger;
    }
    if (n < ends.length) return;
    const longer = new Uint32Array(2 * ends.length);
    longer.set(ends);
    ends = longer;
  }

  function end(): void {
    bytes[at++] = LINE_END;
    ends[n++] = at;
  }

  return {
    put(prefix, rest) {
      makeRoom(prefix.length + rest.length + 1);
      bytes.set(prefix, at);
      at += prefix.length;
      at += bytes.write(rest, at, "latin1");
      end();
    },
    text(line) {
      makeRoom(3 * line.length + 1);
      at += bytes.write(line, at, "utf8");
      end();
    },
    clear() {
      n = 0;
      at = 0;
    },
    get bytes() {
      return bytes;
    },
    get ends() {
      return ends;
    },
    get n() {
      return n;
    },
  };
}

/** Some of the lines, by number. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

export const bytesOf = ({ bytes, ends }: LineBytes, { from, to }: Part): Uint8Array =>
  bytes.subarray(from === 0 ? 0 : ends[from - 1], to === 0 ? 0 : ends[to - 1]);

/** One line as a text, without its end. */
export const lineOf = (lines: LineBytes, n: number): string =>
  Buffer.from(bytesOf(lines, { from: n, to: n + 1 }))
    .toString()
    .slice(0, -1);
