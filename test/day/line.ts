import type { Link } from "../../src/cli/simulate/link.ts";
import { type Message, online, will } from "../../src/cli/simulate/payload.ts";
import type { Random } from "../../src/cli/simulate/random.ts";
import type { MineCode } from "../../src/model/mine.ts";
import { type Instant, MINUTE, type Millis, SECOND } from "../../src/model/time.ts";

/** What comes out of a mine's line at the county. */
export type Arriving =
  | { readonly kind: "message"; readonly message: Message; readonly connection: number }
  | { readonly kind: "link"; readonly event: "up" | "down"; readonly connection: number };

export interface LineOptions {
  readonly mine: MineCode;
  /** Messages of one cycle overtake each other. */
  readonly jittery: boolean;
  readonly rng: Random;
  tables(): Message[];
  arrive(at: Instant, what: Arriving): void;
}

/** A mine's line as the county sees it: late, sometimes stuck, sometimes twice, sometimes gone. */
export interface Line extends Pick<Link, "send" | "up" | "waiting" | "cut" | "mend"> {
  /** The true time of what is sent next. */
  setTime(now: Instant): void;
}

/** Twice the time in which nothing of a mine is looked at: that it has gone is noticed by the keep-alive. */
const NOTICED: readonly [Millis, Millis] = [5 * SECOND, 45 * SECOND];
const REPEATED = 1 / 500;
/** Three times a day a line stands for a while and then gives everything at once. */
const STALLS_A_DAY = 3;

export function createLine({ mine, jittery, rng, tables, arrive }: LineOptions): Line {
  let now = 0;
  let up = false;
  let connection = 0;
  /** When the county will know that the line has gone. */
  let noticed = Number.POSITIVE_INFINITY;
  /** Messages of one connection come in their order. */
  let latest = 0;
  let stalledTill = 0;

  function arrival(): Instant {
    if (rng.next() < (STALLS_A_DAY * SECOND) / (144 * MINUTE))
      stalledTill = now + rng.between(5, 30) * SECOND;
    const travelled = Math.max(now + rng.between(100, jittery ? 8_000 : 1_500), stalledTill);
    if (jittery) return travelled;
    latest = Math.max(latest, travelled);
    return latest;
  }

  function carry(message: Message): void {
    const at = arrival();
    arrive(at, { kind: "message", message, connection });
    if (rng.next() < REPEATED) {
      arrive(at + rng.between(2, 20) * SECOND, { kind: "message", message, connection });
    }
  }

  function tell(at: Instant): void {
    arrive(at, { kind: "link", event: "down", connection });
    arrive(at, { kind: "message", message: will(mine), connection });
    noticed = Number.POSITIVE_INFINITY;
  }

  return {
    get up() {
      return up;
    },
    waiting: 0,
    setTime(at) {
      now = at;
      if (now >= noticed) tell(now);
    },
    send(message) {
      if (up) carry(message);
    },
    cut() {
      up = false;
      noticed = now + rng.between(...NOTICED);
    },
    mend() {
      if (noticed !== Number.POSITIVE_INFINITY) tell(now);
      up = true;
      connection++;
      latest = Math.max(latest, now + rng.between(200, 800));
      arrive(latest, { kind: "link", event: "up", connection });
      for (const message of [online(mine, now), ...tables()]) carry(message);
    },
  };
}
