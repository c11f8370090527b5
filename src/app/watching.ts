import type { Engine } from "../core/engine.ts";
import type { Gateway } from "../gateway.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import type { Now } from "../lib/now.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { JournalRecord } from "../model/alarm.ts";
import type { DutyView } from "../model/duty.ts";
import type { Arrival } from "../model/input.ts";
import type { Instant } from "../model/time.ts";
import type { Store } from "../store/api.ts";
import type { Health } from "../web/ports.ts";
import { createLifeSign, type Supervisor } from "./alive.ts";
import { createCanary, type Flight } from "./canary.ts";
import { createDelays } from "./delays.ts";
import { health } from "./health.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { officerLooks, type Seat, unreachable } from "./presence.ts";
import type { SelfWatch } from "./self-watch.ts";

export interface WatchingOptions {
  readonly clock: Clock;
  readonly now: Now;
  readonly gateway: Gateway;
  readonly engine: Engine;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  readonly store: Pick<Store, "pushed">;
  readonly take: (arrival: Arrival) => void;
  readonly self: () => SelfWatch;
  readonly duty: () => DutyView | null;
  /** Whether a channel takes messages, as far as is known. */
  readonly works: (channel: string) => boolean;
  readonly observe: (rung: Rung, seconds: number) => void;
  readonly canaryEvery: number;
  readonly heartbeat: { readonly url: string; readonly every: number } | null;
  readonly supervisor: Supervisor | null;
  readonly log: Logger;
}

/** How far a ring of an alarm has come (contract §4, the receipt ladder). */
export type Rung = "stored" | "pushed" | "delivered" | "rendered" | "seen" | "acknowledged";

/** Rings remembered, to know how long their receipts took. */
const RINGS = 20_000;

/** Whether promises are kept, seen from the whole path: delays, the canary, who looks on, who may rely on us. */
export function createWatching(options: WatchingOptions) {
  const { clock, now, gateway, engine, take, log } = options;
  const report: SelfWatch["report"] = (point, what, detail) => options.self().report(point, what, detail);
  const delays = createDelays({
    mono: clock.mono,
    now: now.now,
    waiting: gateway.waiting,
    observe: options.observe,
    keep: (rows) => {
      options.store
        .pushed(rows)
        .catch((error: unknown) => log.warn({ error }, "push times could not be kept"));
    },
  });
  const canary = createCanary({ every: options.canaryEvery, mono: clock.mono, take, report });
  const rings = new Map<string, Instant>();
  let seats: readonly Seat[] = [];
  let tickedAt = clock.mono();

  const state = (): Health =>
    health({
      gateway,
      spool: options.spool,
      journal: options.journal,
      tickAge: () => clock.mono() - tickedAt,
      troubles: () => options.self().troubles(),
    });
  const broken = (): string | null => {
    const wrong = state().checks.filter(({ ok }) => !ok);
    return wrong.length === 0 ? null : wrong.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
  };
  const heartbeat =
    options.heartbeat === null ? null : createHeartbeat({ ...options.heartbeat, broken, log });
  const lifeSign = createLifeSign(options.supervisor, () => state().live, log);

  function climb(records: readonly JournalRecord[]): void {
    for (const record of records) {
      if (record.type !== "transition" || record.alarm.class === "test") continue;
      const { alarm, transition, t } = record;
      if (
        transition.to === "unacknowledged" &&
        transition.what !== "receipt" &&
        transition.from !== transition.to
      ) {
        if (rings.size >= RINGS) rings.clear();
        rings.set(alarm.id, t);
      }
      const rung = rungOf(transition);
      if (rung !== null) options.observe(rung, (t - (rings.get(alarm.id) ?? alarm.detectedAt)) / 1_000);
    }
  }

  return {
    told(records: readonly JournalRecord[], heard: readonly number[]): void {
      delays.told(records, heard);
      canary.told(records);
      climb(records);
    },
    pushed: delays.pushed,
    canary: (flight: Flight) => canary.landed(flight),
    delay: delays.look,
    /** Once a second: whether the core and both logs still answer, and where the canary is. */
    tick(): void {
      void gateway.take({ type: "tick" }).then(
        () => {
          tickedAt = clock.mono();
        },
        () => {},
      );
      canary.look();
    },
    screens(now: readonly Seat[]): void {
      seats = now;
      const none = seats.length === 0;
      report(
        "no-screen",
        none ? "on" : "off",
        none ? "no alarm screen is connected" : "a screen is connected",
      );
      const looks = officerLooks(seats);
      report(
        "no-screen#duty",
        looks ? "off" : "on",
        looks ? "an officer's screen is connected" : "screens are connected, and none of an officer on duty",
      );
    },
    unreachable(): string | null {
      const config = engine.config()?.duty ?? null;
      const duty = options.duty();
      return unreachable(
        config === null || duty === null ? null : { config, now: duty.now },
        seats,
        options.works,
      );
    },
    health: state,
    heartbeatWell: (): boolean => heartbeat?.well() ?? true,
    start(): void {
      canary.start();
      heartbeat?.start();
      lifeSign.start();
    },
    stop(): void {
      canary.stop();
      heartbeat?.stop();
      lifeSign.stop();
    },
  };
}

type TransitionRecord = Extract<JournalRecord, { type: "transition" }>;

function rungOf({ what, note }: TransitionRecord["transition"]): Rung | null {
  if (what === "acknowledge") return "acknowledged";
  if (what !== "receipt") return null;
  const [rung] = (note ?? "").split(" ");
  return rung === "delivered" || rung === "rendered" || rung === "seen" ? rung : null;
}
