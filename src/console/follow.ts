import type { ServerMessage } from "./shapes.ts";

/** A beat comes every 2 s; these are the gap rule of contract §5. */
export const BEHIND_MS = 3_000;
export const SILENT_MS = 6_000;

/** How far this screen has followed the journal. It outlives a connection: `hello` resumes from it. */
export interface Position {
  readonly epoch: string | null;
  readonly lastSeq: number | null;
  /** No event yet on this connection: its first `prev` may lie before what we have already seen. */
  readonly first: boolean;
  /** Since when the gateway says it has sent more than we have seen. */
  readonly behindSince: number | null;
  readonly heardAt: number;
}

export type Verdict = "take" | "drop" | "gap";

export const START: Position = { epoch: null, lastSeq: null, first: true, behindSince: null, heardAt: 0 };

export const opened = (position: Position, now: number): Position => ({
  ...position,
  first: true,
  behindSince: null,
  heardAt: now,
});

/** What to do with a message, and where we are after it. A repeat is dropped, a hole is a gap. */
export function follow(
  position: Position,
  message: ServerMessage,
  now: number,
): { readonly position: Position; readonly verdict: Verdict } {
  const heard = { ...position, heardAt: now };
  switch (message.type) {
    case "welcome": {
      const same = message.epoch === position.epoch && message.resume === "from";
      return {
        position: { ...heard, epoch: message.epoch, lastSeq: same ? position.lastSeq : null },
        verdict: "take",
      };
    }
    case "snapshot": {
      const whole = message.part >= message.parts;
      return { position: whole ? { ...heard, lastSeq: message.at } : heard, verdict: "take" };
    }
    case "event":
      return followEvent(heard, message);
    case "beat":
      return followBeat(heard, message, now);
    case "provisional":
    case "bye":
      return { position: heard, verdict: "take" };
  }
}

function followEvent(position: Position, { seq, prev }: Extract<ServerMessage, { type: "event" }>) {
  const { lastSeq, first } = position;
  if (lastSeq === null) return { position, verdict: "gap" as const };
  if (seq <= lastSeq) return { position: { ...position, first: false }, verdict: "drop" as const };
  const joined = prev === lastSeq || (first && prev < lastSeq);
  if (!joined) return { position, verdict: "gap" as const };
  return {
    position: { ...position, lastSeq: seq, first: false, behindSince: null },
    verdict: "take" as const,
  };
}

function followBeat(position: Position, beat: Extract<ServerMessage, { type: "beat" }>, now: number) {
  if (beat.epoch !== position.epoch)
    return { position: { ...position, lastSeq: null }, verdict: "gap" as const };
  const behind = position.lastSeq !== null && beat.sent > position.lastSeq;
  const behindSince = behind ? (position.behindSince ?? now) : null;
  return { position: { ...position, behindSince }, verdict: "take" as const };
}

/** True when the connection must be given up: silent for 6 s, or behind for 3 s. */
export const isLost = (position: Position, now: number): boolean =>
  now - position.heardAt >= SILENT_MS ||
  (position.behindSince !== null && now - position.behindSince >= BEHIND_MS);
