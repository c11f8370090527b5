import type { MineCode } from "../model/mine.ts";
import type { Millis } from "../model/time.ts";
import type { Connection } from "./connection.ts";
import { HOLD } from "./frame-guard.ts";
import type { MqttSettings } from "./settings.ts";
import { createTokenBucket } from "./token-bucket.ts";

/** What one mine's connections share: its rates, its counts, and who they are. */
export interface MineTraffic {
  readonly mine: MineCode;
  readonly connections: Set<Connection>;
  /** False = it has logged in too often; the log-in is refused. */
  mayConnect(): boolean;
  /** Pays for packets that were read; in debt, every socket of the mine is held until it is paid. */
  spend(packets: number, bytes: number): void;
  join(connection: Connection): void;
  leave(connection: Connection): void;
  /** Counts an accepted message. */
  counted(qos: 0 | 1, bytes: number): void;
  stats(): MineStats;
  stop(): void;
}

export interface MineStats {
  readonly connections: number;
  readonly messages: number;
  readonly bytes: number;
  readonly qos0: number;
  /** How long its sockets were not read because it sent too much; grows while that lasts. */
  readonly heldMs: Millis;
}

export function createMineTraffic(mine: MineCode, settings: MqttSettings, now: () => Millis): MineTraffic {
  const { messagesPerSecond, burst, bytesPerSecond, connectsPerMinute } = settings;
  const messages = createTokenBucket({ perSecond: messagesPerSecond, burst });
  const volume = createTokenBucket({
    perSecond: bytesPerSecond,
    burst: (bytesPerSecond * burst) / messagesPerSecond,
  });
  const logins = createTokenBucket({ perSecond: connectsPerMinute / 60, burst: connectsPerMinute });
  const connections = new Set<Connection>();
  const counts = { messages: 0, bytes: 0, qos0: 0, heldMs: 0 };
  let held: { readonly since: Millis; timer: NodeJS.Timeout } | null = null;

  function hold(ms: Millis): void {
    const since = held === null ? now() : held.since;
    if (held !== null) clearTimeout(held.timer);
    held = { since, timer: setTimeout(release, Math.ceil(ms)).unref() };
    for (const { guard } of connections) guard.hold(HOLD.rate);
  }

  function release(): void {
    if (held !== null) counts.heldMs += now() - held.since;
    held = null;
    for (const { guard } of connections) guard.release(HOLD.rate);
  }

  return {
    mine,
    connections,
    mayConnect: () => logins.take(now()),
    spend(packets, bytes) {
      const at = now();
      const debt = Math.max(messages.spend(packets, at), volume.spend(bytes, at));
      if (debt > 0) hold(debt);
    },
    join(connection) {
      connections.add(connection);
      if (held !== null) connection.guard.hold(HOLD.rate);
    },
    leave(connection) {
      connections.delete(connection);
    },
    counted(qos, bytes) {
      counts.messages++;
      counts.bytes += bytes;
      if (qos === 0) counts.qos0++;
    },
    stats: () => ({
      ...counts,
      heldMs: counts.heldMs + (held === null ? 0 : now() - held.since),
      connections: connections.size,
    }),
    stop() {
      if (held !== null) clearTimeout(held.timer);
    },
  };
}
