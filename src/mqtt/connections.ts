import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import { IN_CLEAR, TAKEN_OVER, TWICE } from "../model/input.ts";
import type { MineCode } from "../model/mine.ts";
import type { ClientView, TwiceView } from "../model/mine-check.ts";
import type { Millis } from "../model/time.ts";
import { noticeJson } from "../wire/notice-words.ts";
import { iso } from "../wire/time.ts";
import { outTopic } from "../wire/topic.ts";
import type { Acks } from "./acks.ts";
import { type Admission, identity, refusalOfConnect } from "./admission.ts";
import { CONNACK, readConnect } from "./connect-packet.ts";
import type { Connection, Origin } from "./connection.ts";
import type { Counts } from "./counts.ts";
import { FrameGuard } from "./frame-guard.ts";
import type { Inlet, Sender } from "./inlet.ts";
import { createMineTraffic, type MineStats, type MineTraffic } from "./mine-traffic.ts";
import { createOutbox } from "./outbox.ts";
import type { MqttPorts } from "./ports.ts";
import type { Pressure } from "./pressure.ts";
import { packetId, type TakePublish } from "./publishes.ts";
import { type Refusals, shown } from "./refusals.ts";
import type { MqttSettings } from "./settings.ts";
import type { Turns } from "./turns.ts";
import { createTwice } from "./twice.ts";

interface Parts {
  readonly settings: MqttSettings;
  readonly link: MqttPorts["link"];
  readonly acks: Acks;
  readonly inlet: Inlet;
  readonly pressure: Pressure;
  readonly turns: Turns;
  readonly refusals: Refusals;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Every socket past the lobby's door: stranger → known → up → gone. */
export interface Connections {
  /** Takes a socket; `admitted` is told its guard once the CONNECT may be shown to the broker. */
  take(arrival: Arrival, admitted: (guard: FrameGuard) => void): void;
  of(client: Client): Connection | undefined;
  /** Authenticated: takes the place of itself if it is already here, or is refused for there being too many. */
  enter(connection: Connection, who: Admission & { ok: true }): Admission;
  /** The CONNACK is sent: the link is up and its packets are read. */
  ready(client: Client): void;
  gone(client: Client): void;
  cut(connection: Connection, why: string): void;
  /** Closes every connection of a mine; gives how many. */
  disconnect(mine: MineCode, why: string): number;
  clients(mine: MineCode): readonly ClientView[];
  twice(mine: MineCode): readonly TwiceView[];
  /** It listens from now on: it is told what concerns it and was said before. */
  subscribed(connection: Connection): void;
  /** Worded only where somebody listens. */
  publish(mine: MineCode, topic: string, payload: () => Buffer): void;
  sweep(): void;
  /** From now on no link event and no Last Will is told: we are the ones who stop. */
  silence(): void;
  cutAll(): void;
  stats(): { readonly up: number; readonly mines: Record<MineCode, MineStats> };
}

export interface Arrival {
  readonly socket: Duplex;
  readonly origin: Origin;
  readonly born: Millis;
  /** Called when it is no stranger any more: authenticated. */
  leaveLobby(): void;
}

export function createConnections(parts: Parts): Connections {
  const { settings, link, acks, inlet, pressure, turns, refusals, counts, clock, log } = parts;
  const all = new Map<Duplex, { readonly connection: Connection; readonly leaveLobby: () => void }>();
  const mines = new Map<MineCode, MineTraffic>();
  const identities = new Map<string, Connection>();
  const twice = createTwice(clock);
  let number = 0;
  let silent = false;

  const of = (client: Client): Connection | undefined => all.get(client.conn)?.connection;

  function take({ socket, origin, born, leaveLobby }: Arrival, admitted: (guard: FrameGuard) => void): void {
    const guard = new FrameGuard(socket, born, {
      settings,
      admit: (bytes) => admit(connection, bytes, admitted),
      fault(fault) {
        connection.why ??= fault;
        // A mine that fell silent broke no rule: its link went down, and that is told as such.
        if (fault === "keep-alive") counts.add("cut: keep-alive");
        else refusals.connection(connection, fault);
      },
    });
    const connection: Connection = {
      number: ++number,
      guard,
      origin,
      acks: acks.line({
        acknowledge: (pubacks, messages) => guard.acknowledge(pubacks, messages),
        unrecorded: () => cut(connection, "not recorded"),
      }),
      connect: null,
      since: 0,
      standing: { kind: "stranger" },
      why: null,
      endedAt: null,
    };
    all.set(guard, { connection, leaveLobby });
    guard.once("close", () => closed(connection));
  }

  function admit(
    connection: Connection,
    bytes: Buffer,
    admitted: (guard: FrameGuard) => void,
  ): Buffer | null {
    const read = readConnect(bytes);
    const { guard, origin } = connection;
    if (!read.ok) {
      refusals.connection(connection, read.reason, read.clientId);
      if (read.code === null) guard.cut();
      else guard.refuse(read.code);
      return null;
    }
    connection.connect = read.connect;
    const refused = refusalOfConnect(read.connect, origin, settings);
    if (refused !== null) {
      refusals.connection(connection, refused.reason);
      guard.refuse(refused.code);
      return null;
    }
    admitted(guard);
    return read.connect.forBroker;
  }

  function enter(connection: Connection, { mine, aliases, system }: Admission & { ok: true }) {
    const traffic = trafficOf(mine);
    if (!traffic.mayConnect()) return refused("too many log-ins");
    const key = identity(mine, system, connection);
    const before = identities.get(key);
    if (before !== undefined) replace(before, { key, mine, after: connection });
    if (traffic.connections.size >= settings.connectionsPerMine)
      return refused("too many connections of its mine");
    connection.standing = { kind: "known", traffic, aliases, system };
    connection.guard.trust();
    all.get(connection.guard)?.leaveLobby();
    identities.set(key, connection);
    traffic.join(connection);
    return { ok: true, mine, aliases, system } as const;
  }

  /** The same device is back before its old connection was seen to end: it is not offline, so no Last Will. */
  function replace(
    before: Connection,
    { key, mine, after }: { key: string; mine: MineCode; after: Connection },
  ): void {
    const words = twice.note(key, {
      mine,
      clientId: shown(before.connect?.clientId ?? "", SHOWN),
      before: before.origin.address,
      after: after.origin.address,
    });
    if (words !== null) before.why ??= `${TWICE}${words}`;
    cut(before, TAKEN_OVER);
    down(before);
  }

  function ready(client: Client): void {
    const entry = all.get(client.conn);
    if (entry === undefined) return;
    const { connection } = entry;
    const { standing, guard, connect } = connection;
    if (standing.kind !== "known" || guard.destroyed || connect === null) return;
    const { traffic, aliases, system } = standing;
    const sender = {
      number: connection.number,
      traffic,
      aliases,
      system,
      topics: new Map(),
      lastTopic: null,
    };
    const outbox = createOutbox(client, settings.outBytes, traffic.mine, aliases);
    connection.standing = { kind: "up", traffic, system, sender, outbox };
    connection.connect = { ...connect, password: "" };
    connection.since = clock.wall();
    const why = connection.origin.plain ? IN_CLEAR : "connected";
    link({ mine: traffic.mine, system, event: "up", connection: connection.number, why });
    pressure.add(guard);
    const gate = {
      open: pressure.open,
      spend: traffic.spend,
      mayHand: (light: boolean) => turns.mayHand(guard, light),
      mono: clock.mono,
      publish: takeFrom(connection, sender),
    };
    guard.open(gate, connect.keepalive, clock.mono());
  }

  /** A PUBLISH of the connection goes to the house; the PUBACK follows when the house has recorded it. */
  function takeFrom(connection: Connection, sender: Sender): TakePublish {
    const { acks: line, guard } = connection;
    return (bytes, at, body, end, heard) => {
      const answer = line.place(packetId(bytes, at, body));
      let refused: string | null;
      try {
        refused = inlet.publish(sender, bytes, at, body, end, heard, answer);
      } catch (error) {
        log.error({ err: error }, "mqtt: a message could not be read");
        answer(false);
        return false;
      }
      if (refused === null) return !guard.destroyed;
      refusals.connection(connection, refused);
      cut(connection, refused);
      return false;
    };
  }

  /** Idempotent: after it the connection is nobody's. */
  function down(connection: Connection): void {
    const { standing, guard } = connection;
    connection.standing = { kind: "gone" };
    connection.acks.drop();
    if (standing.kind === "stranger" || standing.kind === "gone") return;
    const { traffic, system } = standing;
    traffic.leave(connection);
    const key = identity(traffic.mine, system, connection);
    if (identities.get(key) === connection) identities.delete(key);
    if (standing.kind !== "up" || silent) return;
    const why = connection.why ?? (guard.saidGoodbye ? "disconnected" : "closed by peer");
    link({ mine: traffic.mine, system, event: "down", connection: connection.number, why });
  }

  /** The socket is gone; a Last Will may still come by the broker, which then calls `gone`. */
  function closed(connection: Connection): void {
    pressure.remove(connection.guard);
    connection.acks.drop();
    if (connection.standing.kind !== "up") forget(connection);
  }

  function forget(connection: Connection): void {
    down(connection);
    all.delete(connection.guard);
  }

  function gone(client: Client): void {
    const connection = of(client);
    if (connection !== undefined) forget(connection);
  }

  function cut(connection: Connection, why: string): void {
    connection.why ??= why;
    counts.add(`cut: ${why}`);
    connection.guard.cut();
  }

  function trafficOf(mine: MineCode): MineTraffic {
    const known = mines.get(mine);
    if (known !== undefined) return known;
    const traffic = createMineTraffic(mine, settings, () => clock.mono());
    mines.set(mine, traffic);
    return traffic;
  }

  return {
    take,
    of,
    enter,
    ready,
    gone,
    cut,
    disconnect(mine, why) {
      const connections = [...(mines.get(mine)?.connections ?? [])];
      for (const connection of connections) cut(connection, why);
      return connections.length;
    },
    clients: (mine) =>
      [...(mines.get(mine)?.connections ?? [])].flatMap((connection) => clientView(mine, connection)),
    twice: twice.of,
    subscribed(connection) {
      const { standing } = connection;
      if (standing.kind !== "up") return;
      const { traffic, system, outbox } = standing;
      const detail = twice.wordsOf(identity(traffic.mine, system, connection));
      if (detail === null) return;
      const said = { at: iso(clock.wall()), system, code: "client-id-twice", detail };
      outbox.send(outTopic(traffic.mine, "notices"), Buffer.from(noticeJson(said)));
    },
    publish(mine, topic, payload) {
      let bytes: Buffer | null = null;
      for (const connection of mines.get(mine)?.connections ?? []) {
        const { standing } = connection;
        if (standing.kind !== "up" || !standing.outbox.listening()) continue;
        bytes ??= payload();
        if (standing.outbox.send(topic, bytes)) continue;
        cut(connection, "slow subscriber");
      }
    },
    sweep() {
      const now = clock.mono();
      pressure.open();
      for (const { connection } of all.values()) {
        connection.guard.sweep(now);
        if (!connection.guard.destroyed) continue;
        connection.endedAt ??= now;
        if (now - connection.endedAt > FORGET_MS) forget(connection);
      }
    },
    silence() {
      silent = true;
      for (const { connection } of all.values()) down(connection);
      for (const traffic of mines.values()) traffic.stop();
    },
    cutAll() {
      for (const { connection } of [...all.values()]) connection.guard.cut();
    },
    stats: () => ({
      up: [...all.values()].filter(({ connection }) => connection.standing.kind === "up").length,
      mines: Object.fromEntries([...mines].map(([mine, traffic]) => [mine, traffic.stats()])),
    }),
  };
}

/** Characters of what a stranger says of itself. */
const SHOWN = 64;

function clientView(mine: MineCode, { standing, origin, connect, since }: Connection): ClientView[] {
  if (standing.kind !== "up" || connect === null) return [];
  const { address, transport, plain, certificateName } = origin;
  const credential =
    certificateName === null
      ? ({ kind: "password", name: shown(connect.user ?? "", SHOWN) } as const)
      : ({ kind: "certificate", name: shown(certificateName, SHOWN) } as const);
  const clientId = shown(connect.clientId, SHOWN);
  return [{ mine, address, clientId, transport, plain, credential, system: standing.system, since }];
}

/** The broker says when a closed client is done with; a link must not stand as up for ever if it does not. */
const FORGET_MS = 5_000;

const refused = (reason: string) => ({ ok: false, code: CONNACK.unavailable, reason }) as const;
