/** Waiting times of the hubs in milliseconds (contract §5); a test may shorten them. */
export interface Pace {
  /** No hello within this: 4401. */
  readonly hello: number;
  readonly tick: number;
  readonly beat: number;
  /** Un-acknowledged events and no ack for this, or no pong: 4408. */
  readonly ack: number;
  readonly ping: number;
  /** A snapshot that takes longer than this to read: 4408. */
  readonly snapshot: number;
  readonly live: number;
  /** A canary must be acknowledged within this. */
  readonly canary: number;
}

export const PACE: Pace = {
  hello: 5_000,
  tick: 1_000,
  beat: 2_000,
  ack: 30_000,
  ping: 10_000,
  snapshot: 60_000,
  live: 500,
  canary: 5_000,
};
