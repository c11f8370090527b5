import type { Instant } from "../../model/time.ts";
import type { Point, Watch } from "../world.ts";

/** What one step of a watch about the mine's own system remembers; replaced as a whole, never changed. */
export interface Memory {
  /** Sample time since when what it follows goes on; NaN = it does not, the rest is kept. */
  readonly since: Instant;
  /** The same as sent. */
  readonly sent: Instant;
  /** Codes of points, or the name of a machine. */
  readonly names?: readonly string[];
  /** Moments of the past that count. */
  readonly times?: readonly Instant[];
  /** It was told, or answered, already. */
  readonly done?: boolean;
}

/** A record of the mine that has begun and not ended. */
export interface OpenEvent {
  readonly kind: string;
  readonly code: string;
  readonly start: Instant;
}

/** Readings of a stretch of the gateway's time, and how many of them were refused. */
export interface Tally {
  readonly from: Instant;
  n: number;
  bad: number;
}

/** What a stream remembers about its mine's own system. */
export interface OwnSide {
  /** About the stream as a whole. */
  watches: readonly Watch[];
  /** Those of its points that look every second, and points of which some look every hour. Found by wiring. */
  feeds: readonly Watch[];
  calendars: readonly Point[];
  /** By id, else by subject, kind and start. */
  readonly open: Map<string, OpenEvent>;
  /** Gateway time of the last record the mine sent; NaN = it keeps none. */
  lastEvent: Instant;
  /** The last message, and the last hour in pieces, of which the last one grows. */
  message: Readonly<Tally> | null;
  hour: Tally[];
}

export const createOwnSide = (): OwnSide => ({
  watches: [],
  feeds: [],
  calendars: [],
  open: new Map(),
  lastEvent: Number.NaN,
  message: null,
  hour: [],
});

/** For a snapshot: what is not found again by wiring. */
export const ownImage = ({ open, lastEvent, message, hour }: OwnSide) => ({
  open: [...open],
  lastEvent,
  message,
  hour: hour.map((piece) => ({ ...piece })),
});

export function restoreOwn(side: OwnSide, image: ReturnType<typeof ownImage>): void {
  const { open, lastEvent, message } = image;
  for (const [key, event] of open) side.open.set(key, event);
  Object.assign(side, { lastEvent, message, hour: image.hour.map((piece) => ({ ...piece })) });
}
