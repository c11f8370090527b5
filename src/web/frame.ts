/** A whole unmasked WebSocket text frame, made once and written to every screen (RFC 6455 §5.2). */
export function textFrame(text: string): Buffer {
  const size = Buffer.byteLength(text);
  const head = headBytes(size);
  const frame = Buffer.allocUnsafe(head + size);
  writeHead(frame, size);
  frame.write(text, head);
  return frame;
}

/** Bytes of the frame of a text that is so long. */
export const frameBytes = (size: number): number => headBytes(size) + size;

/** Puts the frame of `start`, `bytes` and `end` where there is room for it; both texts are ASCII. Answers the frame. */
export function putFrame(to: Buffer, at: number, start: string, bytes: Uint8Array, end: string): Buffer {
  const size = start.length + bytes.length + end.length;
  const head = headBytes(size);
  const frame = to.subarray(at, at + head + size);
  writeHead(frame, size);
  frame.write(start, head, "latin1");
  frame.set(bytes, head + start.length);
  frame.write(end, head + start.length + bytes.length, "latin1");
  return frame;
}

/** The same frame with other words before byte `tail` of its text: the rest is copied, not encoded again. */
export function respliced(frame: Buffer, tail: number, start: string): Buffer {
  const from = headBytes(textBytes(frame)) + tail;
  const startBytes = Buffer.byteLength(start);
  const size = startBytes + frame.length - from;
  const head = headBytes(size);
  const made = Buffer.allocUnsafe(head + size);
  writeHead(made, size);
  made.write(start, head);
  frame.copy(made, head + startBytes, from);
  return made;
}

const SHORT = 126;
const LONG = 65_536;

const headBytes = (size: number): number => (size < SHORT ? 2 : size < LONG ? 4 : 10);

function writeHead(frame: Buffer, size: number): void {
  frame[0] = 0x81;
  if (size < SHORT) {
    frame[1] = size;
  } else if (size < LONG) {
    frame[1] = 126;
    frame.writeUInt16BE(size, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(0, 2);
    frame.writeUInt32BE(size, 6);
  }
}

function textBytes(frame: Buffer): number {
  if (frame[1] === 126) return frame.readUInt16BE(2);
  if (frame[1] === 127) return frame.readUInt32BE(6);
  return frame[1] ?? 0;
}
