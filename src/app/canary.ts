import type { JournalRecord } from "../model/alarm.ts";
import type { Arrival } from "../model/input.ts";

/** The whole path at once: from a reading of our own through the core and the journal to each screen's own ack. */
const COMES_WITHIN_MS = 10_000;
/** Long enough for screens to come back after a start, so that the first flight says something. */
const FIRST_MS = 60_000;

export interface CanaryOptions {
  readonly every: number;
  readonly mono: () => number;
  readonly take: (arrival: Arrival) => void;
  readonly report: (point: "canary-lost" | "screen-deaf", what: "on" | "off", detail: string) => void;
}

/** What the screens made of one flight. */
export interface Flight {
  /** Connected when it came, and those of them that are still there and have not acknowledged it. */
  readonly screens: number;
  readonly deaf: readonly string[];
}

/**
 * The canary (contract §4, class `test`): by schedule a reading of the gateway's own crosses its limit and must come
 * out on every connected screen in time. One that does not come through, or a screen that is deaf, is a trouble.
 */
export function createCanary({ every, mono, take, report }: CanaryOptions) {
  let timer: NodeJS.Timeout | null = null;
  let first: NodeJS.Timeout | null = null;
  /** When the one in the air was let go; null = none is. */
  let flying: number | null = null;
  let lost: string | null = null;
  let deaf: string | null = null;

  function fly(): void {
    // One that is still in the air is late, and said to be: it is not sent a second time.
    if (flying !== null) return;
    flying = mono();
    take({ type: "self", point: "canary", value: 1, detail: "the gateway tests its whole line" });
  }

  return {
    start(): void {
      first = setTimeout(
        () => {
          fly();
          timer = setInterval(fly, every);
        },
        Math.min(FIRST_MS, every),
      );
    },
    stop(): void {
      if (first !== null) clearTimeout(first);
      if (timer !== null) clearInterval(timer);
    },
    told(records: readonly JournalRecord[]): void {
      const came = records.some((one) => one.type === "transition" && isCanary(one));
      if (!came) return;
      flying = null;
      take({ type: "self", point: "canary", value: 0, detail: "it came through" });
    },
    landed({ screens, deaf: silent }: Flight): void {
      deaf =
        silent.length === 0 ? null : `${silent.length} of ${screens} do not answer: ${silent.join(", ")}`;
      report("screen-deaf", deaf === null ? "off" : "on", deaf ?? "every screen answers");
    },
    /** Once a second. */
    look(): void {
      const away = flying === null ? 0 : mono() - flying;
      const late = away > COMES_WITHIN_MS;
      if (!late && lost === null) return;
      lost = late ? `${Math.round(away / 1_000)} s ago it was let go and has not come through` : null;
      report("canary-lost", late ? "on" : "off", lost ?? "it comes through again");
    },
    /** Why the path as a whole does not work; null = it does, as far as is known. */
    trouble: (): string | null => lost ?? deaf,
  };
}

const isCanary = ({ alarm, transition }: Extract<JournalRecord, { type: "transition" }>): boolean =>
  alarm.class === "test" && transition.what === "raise";
