/** One packet of a broker: the fixed header at `at`, what follows it from `body` to `end`. */
export interface Frame {
  readonly bytes: Buffer;
  readonly at: number;
  readonly body: number;
  /** Of a packet that is longer than is taken, where the part of it ends that was kept. */
  readonly end: number;
  /** Header included, as the packet says. */
  readonly size: number;
}

/** Whole packets out of a byte stream, asked for one by one: who cannot take more leaves the rest here. */
export interface Frames {
  push(chunk: Buffer): void;
  /** Null = the next is not whole yet; `length` = no packet has this length: ask no more. */
  next(): Frame | "length" | null;
}

/** The longest topic and a packet id are within: enough of a message too long to be kept, to answer for it. */
const HEAD = 66 * 1024;

/**
 * Of a packet longer than `most` its beginning is handed on and the rest skipped: closing would only bring it back,
 * for the broker keeps what was not acknowledged.
 */
export function createFrames(most: number): Frames {
  let bytes: Buffer = EMPTY;
  let at = 0;
  let end = 0;
  let skip = 0;
  /** `bytes` is ours to write behind `end`. */
  let own = false;

  function keep(chunk: Buffer): void {
    const length = end - at;
    if (!own || bytes.length - end < chunk.length) {
      const wanted = length + chunk.length;
      const whole = Math.min(sizeOf(bytes, at, end) ?? 0, Math.max(most, HEAD));
      const grown = Buffer.allocUnsafe(Math.max(wanted, Math.min(whole, 2 * wanted)));
      bytes.copy(grown, 0, at, end);
      bytes = grown;
      own = true;
      at = 0;
      end = length;
    }
    chunk.copy(bytes, end);
    end += chunk.length;
  }

  return {
    push(chunk) {
      const skipped = Math.min(skip, chunk.length);
      skip -= skipped;
      if (skipped === chunk.length) return;
      const rest = skipped === 0 ? chunk : chunk.subarray(skipped);
      if (at < end) return keep(rest);
      bytes = rest;
      own = false;
      at = 0;
      end = rest.length;
    },
    next() {
      const size = sizeOf(bytes, at, end);
      if (size === null) return end - at >= HEADER ? "length" : null;
      const whole = at + size;
      const long = size > most;
      if (whole > end && !(long && end - at >= HEAD)) return null;
      const frame = { bytes, at, body: bodyOf(bytes, at), end: Math.min(whole, end), size };
      skip = Math.max(0, whole - end);
      at = frame.end;
      return frame;
    },
  };
}

const EMPTY: Buffer = Buffer.alloc(0);
/** First byte and four of a length: a fifth is none. */
const HEADER = 5;

/** Header included; null = its length is not whole, or none. */
function sizeOf(bytes: Buffer, at: number, end: number): number | null {
  let value = 0;
  for (let i = at + 1, shift = 0; i < end && shift < 28; i++, shift += 7) {
    const byte = bytes[i] as number;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value + (i - at) + 1;
  }
  return null;
}

function bodyOf(bytes: Buffer, at: number): number {
  let body = at + 1;
  while ((bytes[body++] as number) >= 0x80);
  return body;
}
