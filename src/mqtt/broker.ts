import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import mqttPacket from "mqtt-packet";
import type { Logger } from "../lib/logger.ts";
import { admission, type Pins } from "./admission.ts";
import { CONNACK } from "./connect-packet.ts";
import type { Connections } from "./connections.ts";
import type { Counts } from "./counts.ts";
import { guarded } from "./guarded.ts";
import type { Inlet } from "./inlet.ts";
import type { MqttPorts } from "./ports.ts";
import type { Refusals } from "./refusals.ts";
import { maySubscribe, underCode } from "./topic-access.ts";

interface BrokerParts {
  readonly authenticate: MqttPorts["authenticate"];
  readonly connections: Connections;
  readonly inlet: Inlet;
  readonly refusals: Refusals;
  readonly counts: Counts;
  readonly pins: Pins;
  readonly log: Logger;
}

export interface Broker {
  /** Speaks MQTT with a guard whose CONNECT was admitted. */
  handle(guard: Duplex): void;
  close(): Promise<void>;
}

/**
 * The broker speaks MQTT, and that is all: nothing a mine publishes travels through its subscriptions, retained
 * messages or queues (reliability.md §1, findings 1–3). A PUBLISH ends in `authorizePublish`, whose answer
 * is the PUBACK; what the house writes to a mine goes to that mine's clients one by one (outbox.ts).
 */
export async function createBroker(parts: BrokerParts): Promise<Broker> {
  const { counts, log } = parts;
  const aedes = new Aedes({
    drainTimeout: 2_000,
    maxInflightInbound: 20,
    maxTopicLevels: 100,
    // The guard keeps keep-alive and connect time itself, because only it knows when it does not read.
    keepaliveLimit: 0,
    connectTimeout: 15_000,
    heartbeatInterval: 3_600_000,
    ...hooks(parts),
  });
  requireVersion(aedes);
  // A buffer made beforehand for each of 65,536 numbers takes 8 MiB, and few packets leave here: PUBACKs are ours.
  mqttPacket.writeToStream.cacheNumbers = false;
  publishNowhere(aedes);
  (aedes as EventEmitter).on("error", (error: Error) => {
    counts.add("broker-error");
    log.error({ err: error }, "mqtt: broker error");
  });
  aedes.on("clientError", (_client, error) => counts.add(`client-error: ${error.message.slice(0, 60)}`));
  aedes.on("connectionError", (_client, error) =>
    counts.add(`connection-error: ${error.message.slice(0, 60)}`),
  );
  // A turn later, when the broker is done with the CONNECT: it counts what it has in work.
  aedes.on("clientReady", (client) => queueMicrotask(() => parts.connections.ready(client)));
  aedes.on("clientDisconnect", (client) => parts.connections.gone(client));
  aedes.on("unsubscribe", (filters, client) => {
    const standing = parts.connections.of(client)?.standing;
    if (standing?.kind === "up") for (const filter of filters) standing.outbox.unsubscribe(filter);
  });
  await aedes.listen();
  return {
    handle(guard) {
      aedes.handle(guard);
    },
    close: () => new Promise((resolve) => aedes.close(resolve)),
  };
}

/** Below 1.2.0 one PUBLISH could end the process (GHSA-xxqp-5qx8-gj5q) and others be acknowledged and dropped. */
function requireVersion(aedes: Aedes): void {
  const { version = "0.0" } = aedes as { version?: string };
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 1 || (major === 1 && minor < 2)) throw new Error(`aedes ${version} is refused: 1.2.0 or later`);
}

/** A mine's message has reached the house when `authorizePublish` took it; only the broker's own talk goes on. */
function publishNowhere(aedes: Aedes): void {
  const own = aedes.publish.bind(aedes);
  aedes.publish = (packet, ...rest: unknown[]) => {
    const done = rest.at(-1) as (error?: Error) => void;
    if (packet.topic.startsWith("$SYS/")) own(packet, done);
    else done();
  };
}

/** All five hooks, each wrapped. The broker calls them inside its parser, where a throw is uncaught. */
function hooks({ authenticate, connections, inlet, refusals, pins, log }: BrokerParts) {
  const failed = (hook: string, client: Client | null, error: unknown) => {
    log.error({ err: error, hook }, "mqtt: a hook failed");
    if (client !== null) connections.of(client)?.guard.cut();
  };

  async function letIn(client: Client): Promise<AuthenticateError | null> {
    const connection = connections.of(client);
    if (connection?.connect == null) return refusal(CONNACK.unavailable);
    const { connect, origin } = connection;
    const answer = await admission({ connect, origin }, { authenticate, pins });
    if (connection.guard.destroyed) return refusal(CONNACK.unavailable);
    const entered = answer.ok ? connections.enter(connection, answer) : answer;
    if (!entered.ok) {
      refusals.connection(connection, entered.reason);
      return refusal(entered.code);
    }
    // Ids of two mines can be equal; ours cannot. Who may replace whom is decided in connections.ts.
    client.id = String(connection.number);
    return null;
  }

  return {
    preConnect: guarded(
      (client: Client, _packet: unknown, callback: (error: Error | null, ok: boolean) => void) =>
        callback(null, connections.of(client) !== undefined),
      (error, client, _packet, callback) => {
        failed("preConnect", client, error);
        callback(new Error("hook failed"), false);
      },
    ),

    authenticate: guarded(
      async (
        client: Client,
        _user: unknown,
        _password: unknown,
        callback: (error: AuthenticateError | null, ok: boolean | null) => void,
      ) => {
        const refused = await letIn(client).catch((error: unknown) => {
          log.error({ err: error }, "mqtt: authenticate failed");
          return refusal(CONNACK.unavailable);
        });
        callback(refused, refused === null);
      },
      (error, client) => failed("authenticate", client, error),
    ),

    authorizePublish: guarded(
      (
        client: Client | null,
        packet: { topic: string; payload: string | Buffer; qos: number; retain: boolean; dup: boolean },
        callback: (error?: Error | null) => void,
      ) => {
        // A client that is not closed publishes past the broker (publishes.ts): nothing else may come by here.
        if (client?.closed !== true) return callback(DENIED);
        const standing = connections.of(client)?.standing;
        if (standing?.kind === "up") inlet.lastWill(standing.sender, packet);
        callback();
      },
      (error, client) => failed("authorizePublish", client, error),
    ),

    authorizeSubscribe: guarded(
      (
        client: Client,
        subscription: { topic: string; qos: 0 | 1 | 2 },
        callback: (error: Error | null, granted?: typeof subscription | null) => void,
      ) => {
        const standing = connections.of(client)?.standing;
        const { topic, qos } = subscription;
        const granted =
          standing?.kind === "up" &&
          qos !== 2 &&
          maySubscribe(
            { topic: underCode(topic, standing.traffic.mine, standing.sender.aliases), qos },
            standing.traffic.mine,
          ) &&
          standing.outbox.subscribe(topic, qos);
        callback(null, granted ? subscription : null);
        const connection = connections.of(client);
        // A turn later, behind the answer to it.
        if (granted && connection !== undefined) setImmediate(() => connections.subscribed(connection));
      },
      (error, client, _subscription, callback) => {
        failed("authorizeSubscribe", client, error);
        callback(null, null);
      },
    ),

    // Only what outbox.ts writes comes by here.
    authorizeForward: <P>(_client: Client, packet: P): P => packet,
    published: (_packet: unknown, _client: unknown, callback: (error?: Error | null) => void) => callback(),
  };
}

function refusal(returnCode: number): AuthenticateError {
  return Object.assign(new Error("refused"), { returnCode }) as AuthenticateError;
}

const DENIED = new Error("denied");
