import type { Gateway } from "../gateway.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { Health, HealthCheck } from "../web/ports.ts";
import type { TroublePoint } from "./self-watch.ts";

export interface HealthOptions {
  readonly gateway: Gateway;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  /** Milliseconds since a tick came through the core and both logs. */
  readonly tickAge: () => number;
  /** What the gateway reports of itself now. */
  readonly troubles: () => ReadonlyMap<string, string>;
}

/** Troubles with which a promise is not kept (contract §1), by what they break. */
const BREAKS: readonly [name: string, points: readonly TroublePoint[]][] = [
  ["written", ["disk-full", "log-io", "journal-slow"]],
  ["in-time", ["delay-broken", "inbox-pressed"]],
  ["clock", ["clock-off", "clock-step"]],
  ["screens-answer", ["canary-lost", "screen-deaf"]],
];
const PENDING_MOST = 4 * 1024 * 1024;
const TICKS_WITHIN_MS = 5_000;
/** Longer than any sync that a disk still finishes. */
const DEAD_AFTER_MS = 60_000;

/**
 * Ready = every promise can be kept now. Live = a start anew would mend nothing: ticks come through the core and the
 * logs, or have only just stopped to. That no screen is connected is an alarm and no reason to let none in.
 */
export function health({ gateway, spool, journal, tickAge, troubles }: HealthOptions): Health {
  const waiting = (log: SegmentLog): HealthCheck["detail"] =>
    `${log.pendingBytes} bytes not yet on disk, head ${log.synced}`;
  const age = tickAge();
  const told = troubles();
  const checks: HealthCheck[] = [
    { name: "inbox", ok: !gateway.pressed(), detail: `${gateway.stats().packets} packets waiting` },
    { name: "spool", ok: spool.pendingBytes < PENDING_MOST, detail: waiting(spool) },
    { name: "journal", ok: journal.pendingBytes < PENDING_MOST, detail: waiting(journal) },
    {
      name: "core",
      ok: age < TICKS_WITHIN_MS,
      detail: `the last tick came through ${Math.round(age)} ms ago`,
    },
    ...BREAKS.map(([name, points]) => {
      const broken = points.flatMap((point) => told.get(point) ?? []);
      return { name, ok: broken.length === 0, detail: broken.join("; ") || "well" };
    }),
  ];
  return { live: age < DEAD_AFTER_MS, ready: checks.every(({ ok }) => ok), checks };
}
