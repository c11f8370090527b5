import { readFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { createWebSocketStream, WebSocket } from "ws";
import type { Line, Session } from "./session.ts";
import type { ReceiverSettings } from "./settings.ts";
import { errorWords } from "./words.ts";

type Address = Pick<ReceiverSettings, "url" | "caFile" | "certFile" | "keyFile">;

const PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883 };
/** A frame of a WebSocket may hold many packets; a larger one closes the connection. */
const FRAME_BYTES = 16 * 1024 * 1024;

/** A byte stream to the broker; what is written before it stands waits. Rejects when a certificate file cannot be read. */
export async function openLine(settings: Address): Promise<Duplex> {
  const url = new URL(settings.url);
  const keys = await readKeys(settings);
  const port = url.port === "" ? PORTS[url.protocol] : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  switch (url.protocol) {
    case "mqtt:":
      return connectTcp({ host, port: port ?? 0, noDelay: true });
    case "mqtts:": {
      const socket = connectTls({ host, port: port ?? 0, minVersion: "TLSv1.2", ...named(host), ...keys });
      socket.setNoDelay(true);
      return socket;
    }
    default: {
      const socket = new WebSocket(settings.url, "mqtt", {
        perMessageDeflate: false,
        maxPayload: FRAME_BYTES,
        ...keys,
      });
      return createWebSocketStream(socket);
    }
  }
}

/** How long a broker may take to read our goodbye. */
const LINGER_MS = 1_000;

/** Lets a session speak by a byte stream. */
export function speak(stream: Duplex, begin: (line: Line) => Session): Session {
  let error: unknown = null;
  const session = begin({
    write: (bytes) => void (stream.writable && stream.write(bytes)),
    flow: (read) => void (read ? stream.resume() : stream.pause()),
    end: () => closeSoftly(stream),
    destroy: () => void stream.destroy(),
  });
  stream.on("data", (chunk: Buffer) => session.receive(chunk));
  stream.on("error", (fault) => {
    error = fault;
  });
  stream.on("close", () => session.lost(error === null ? null : errorWords(error)));
  return session;
}

/** Ends a stream that still may send: a reset must not overtake our goodbye. */
function closeSoftly(stream: Duplex): void {
  stream.resume();
  stream.end();
  const timer = setTimeout(() => stream.destroy(), LINGER_MS);
  stream.once("close", () => clearTimeout(timer));
}

/** A server is asked for by its name; an address is none. */
const named = (host: string) => (/^[\d.]+$|:/.test(host) ? {} : { servername: host });

async function readKeys({ caFile, certFile, keyFile }: Address) {
  const [ca, cert, key] = await Promise.all(
    [caFile, certFile, keyFile].map((file) => (file === null ? null : readFile(file))),
  );
  return {
    ...(ca == null ? {} : { ca }),
    ...(cert == null ? {} : { cert }),
    ...(key == null ? {} : { key }),
  };
}
