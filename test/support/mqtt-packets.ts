import { generate, type IConnectPacket } from "mqtt-packet";

export const MINE = "520523017311";
export const OTHER = "520523017312";

/** A CONNECT as a mine's device sends it. */
export const connectPacket = (changes: Partial<IConnectPacket> = {}): Buffer =>
  generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId: `${MINE}-a`,
    keepalive: 60,
    username: MINE,
    password: Buffer.from(`demo-${MINE}`),
    ...changes,
  } as IConnectPacket);

export const publishPacket = (
  topic: string,
  payload: string | Buffer,
  { id = 1, qos = 1, ...more }: { id?: number; qos?: 0 | 1 | 2; retain?: boolean; dup?: boolean } = {},
): Buffer =>
  generate({ cmd: "publish", topic, payload, qos, messageId: id, dup: false, retain: false, ...more });

/** One methane reading, as small as a message of a mine gets. */
export const reading = (value = 0.42, ts = 1_760_000_000_000): string =>
  JSON.stringify({ ts, readings: [{ p: "001A01", v: value }] });

export const readingsTopic = (mine = MINE, system = "safety"): string => `mine/v1/${mine}/${system}/readings`;

export const CONNACK_OK = Buffer.from([0x20, 2, 0, 0]);
