import type { Gateway } from "../gateway.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { Health, HealthCheck } from "../web/ports.ts";

/** Ready = every promise can be kept now; live = the loop still answers, which this answer shows. */
export function health({
  gateway,
  spool,
  journal,
}: {
  gateway: Gateway;
  spool: SegmentLog;
  journal: SegmentLog;
}): Health {
  const waiting = (log: SegmentLog): HealthCheck["detail"] =>
    `${log.pendingBytes} bytes not yet on disk, head ${log.synced}`;
  const checks: HealthCheck[] = [
    { name: "inbox", ok: !gateway.pressed(), detail: `${gateway.stats().packets} packets waiting` },
    { name: "spool", ok: spool.pendingBytes < PENDING_MOST, detail: waiting(spool) },
    { name: "journal", ok: journal.pendingBytes < PENDING_MOST, detail: waiting(journal) },
  ];
  return { live: true, ready: checks.every(({ ok }) => ok), checks };
}

const PENDING_MOST = 4 * 1024 * 1024;
