import type { Engine } from "../core/engine.ts";
import { FILE_FIGURES, type FileFigure } from "../files/files.ts";
import type { Gateway } from "../gateway.ts";
import { createRegistry } from "../lib/metrics.ts";
import type { SegmentLog } from "../log/segment-log.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { ReceiversJoin } from "./receivers.ts";
import { UPPER_FIGURES, type UpperFigure } from "./upper.ts";

export interface Figures {
  readonly gateway: Gateway;
  readonly engine: Engine;
  readonly spool: SegmentLog;
  readonly journal: SegmentLog;
  readonly mqtt: () => Readonly<Record<string, number>>;
  readonly web: () => Readonly<Record<string, unknown>>;
  readonly notify: Notifier | null;
  readonly influx: () => Readonly<Record<string, number>>;
  readonly receivers: Pick<ReceiversJoin, "figures">;
  /** Text files by mine; null = no folder is watched. */
  readonly files: () => Readonly<Record<FileFigure, Readonly<Record<string, number>>>> | null;
  /** Each figure by platform. */
  readonly upper: (what: UpperFigure) => Readonly<Record<string, number>>;
  readonly loopMaxMs: () => number;
  /** The watcher beyond this machine hears us; true where none is asked. */
  readonly heartbeatWell: () => boolean;
}

/** Every queue and bound of the house as a number for Prometheus; read when asked for, free otherwise. */
export function createMetrics(figures: Figures) {
  const registry = createRegistry();
  const { gauge, labelled } = registry;
  const { gateway, engine, spool, journal } = figures;
  gauge("davylamp_inbox_packets", "Packets waiting for the core", () => gateway.stats().packets);
  gauge("davylamp_inbox_bytes", "Bytes waiting for the core", () => gateway.stats().bytes);
  gauge("davylamp_inbox_own", "Ticks, acts and self-readings waiting", () => gateway.stats().own);
  gauge("davylamp_batches_in_flight", "Batches stepped and not yet durable", () => gateway.stats().inFlight);
  gauge("davylamp_inputs_total", "Inputs judged since start", () => gateway.stats().steps);
  gauge("davylamp_spool_head", "Last record of the spool", () => spool.synced);
  gauge("davylamp_spool_pending_bytes", "Spool bytes not yet on disk", () => spool.pendingBytes);
  gauge("davylamp_spool_bytes", "Bytes of all spool segments", () => spool.bytes);
  gauge("davylamp_journal_head", "Last record of the journal", () => journal.synced);
  gauge("davylamp_journal_pending_bytes", "Journal bytes not yet on disk", () => journal.pendingBytes);
  gauge(
    "davylamp_event_loop_max_seconds",
    "Longest stand-still of the event loop in the last second",
    () => figures.loopMaxMs() / 1000,
  );
  gauge("davylamp_heartbeat_well", "1 while the outbound heartbeat beats, or none is configured", () =>
    Number(figures.heartbeatWell()),
  );
  labelled("davylamp_open_alarms", "Alarms not normal", "level", () => countOpen(engine));
  labelled("davylamp_shadow_alarms", "Alarms a rule on trial would have raised", "rule", () =>
    Object.fromEntries(engine.shadows().map(({ rule, raised }) => [rule.id, raised])),
  );
  labelled("davylamp_shadow_open", "Alarms a rule on trial would hold open", "rule", () =>
    Object.fromEntries(engine.shadows().map(({ rule, open }) => [rule.id, open])),
  );
  labelled("davylamp_mqtt", "Counts of the broker's door", "what", figures.mqtt);
  labelled("davylamp_web", "Counts of the web room", "what", () => numbers(figures.web()));
  labelled("davylamp_influx", "The writing to InfluxDB, where there is one", "what", figures.influx);
  receiverFigures(registry, figures.receivers);
  for (const figure of FILE_FIGURES)
    labelled(
      FILE_METRICS[figure].name,
      FILE_METRICS[figure].help,
      "mine",
      () => figures.files()?.[figure] ?? {},
    );
  for (const [what, help] of Object.entries(UPPER_FIGURES) as [UpperFigure, string][])
    labelled(`davylamp_upper_${what}`, help, "platform", () => figures.upper(what));
  if (figures.notify !== null) notifyFigures(registry, figures.notify);
  labelled("davylamp_mine_counters", "Readings and messages by mine and outcome", "mine_reason", () =>
    mineCounters(engine),
  );
  const delay = registry.histogram(
    "davylamp_alarm_delay_seconds",
    "From received to each rung of the receipt ladder",
    "rung",
    DELAYS,
  );
  return { text: registry.text, delay: (rung: string, seconds: number) => delay.observe({ rung }, seconds) };
}

function receiverFigures(
  { labelled }: ReturnType<typeof createRegistry>,
  { figures }: Figures["receivers"],
): void {
  const of = (name: string, help: string, what: Parameters<typeof figures>[0]) =>
    labelled(`davylamp_receiver_${name}`, help, "receiver", () => figures(what));
  of("up", "1 while the gateway is connected to this broker", "up");
  of("messages_total", "Messages taken from it since start", "messages");
  of("refused_total", "Messages of mines it may not speak for, since start", "refused");
  of("unknown_total", "Messages of topics that are none of ours, since start", "unknown");
  of("waiting", "Messages taken and not acknowledged yet", "waiting");
  of("gaps_total", "Times its session for us was lost, since start", "gaps");
}
const FILE_METRICS: Readonly<Record<FileFigure, { readonly name: string; readonly help: string }>> = {
  taken: { name: "davylamp_files_taken_total", help: "Text files taken since start" },
  bad: { name: "davylamp_files_bad_total", help: "Text files of which nothing was used, since start" },
  duplicate: { name: "davylamp_files_duplicate_total", help: "Text files that had come before, since start" },
  refused: {
    name: "davylamp_files_refused_records_total",
    help: "Records of text files not used, since start",
  },
  waiting: { name: "davylamp_files_waiting", help: "Text files that lie in a mine's folders" },
  oldestSeconds: { name: "davylamp_files_oldest_seconds", help: "Age of the oldest of them by its name" },
};

function notifyFigures({ gauge, labelled }: ReturnType<typeof createRegistry>, { stats }: Notifier): void {
  const of = (what: string, help: string, read: () => Record<string, number>) =>
    labelled(`davylamp_notify_${what}`, help, "channel", read);
  of("sent_total", "Messages a provider took since start", () => stats().sent);
  of("retried_total", "Sends that are tried again", () => stats().retried);
  of("refused_total", "Messages refused for good", () => stats().refused);
  of("expired_total", "Messages given up after a day", () => stats().expired);
  of("muted_total", "Answers that said: too many", () => stats().muted);
  of("failing", "1 while the last try of a channel failed", () => stats().failing);
  of("waiting", "Notifications that wait", () => stats().waiting);
  of("oldest_seconds", "Age of the oldest notification that waits", () => stats().oldestSeconds);
  gauge("davylamp_notify_dropped", "Notifications dropped by a full outbox, ever", () => stats().dropped);
}

/** From a sync to an hour without an answer; 0.3 and 2 are what is promised. */
const DELAYS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 15, 60, 180, 600, 1800, 3600];

function countOpen(engine: Engine): Record<string, number> {
  const counts: Record<string, number> = { red: 0, orange: 0, yellow: 0, blue: 0, none: 0 };
  for (const { state, level, class: kind } of engine.openAlarms())
    if (state !== "normal" && kind !== "test") counts[level] = (counts[level] ?? 0) + 1;
  return counts;
}

function mineCounters(engine: Engine): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { config, counters } of engine.mines()) {
    for (const [reason, n] of Object.entries(counters)) counts[`${config.code}:${reason}`] = n;
  }
  return counts;
}

const numbers = (figures: Readonly<Record<string, unknown>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(figures).filter((pair): pair is [string, number] => typeof pair[1] === "number"),
  );
