import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { CONNACK_OK, connectPacket, MINE } from "./mqtt-packets.ts";
import { openRoom, type Raw, type Room, rawClient } from "./mqtt-room.ts";

/** A room and its clients, all closed again by `close`. */
export function clientsOfOneRoom() {
  let room: Room | null = null;
  const raws: Raw[] = [];
  const clients: MqttClient[] = [];
  return {
    async room(options: Parameters<typeof openRoom>[0] = {}): Promise<Room> {
      room = await openRoom(options);
      return room;
    },
    /** A socket that has sent nothing yet. */
    async stranger(to: Room): Promise<Raw> {
      const raw = await rawClient(to.port);
      raws.push(raw);
      return raw;
    },
    /** A socket whose CONNECT was accepted. */
    async raw(to: Room, connect = connectPacket()): Promise<Raw> {
      const raw = await this.stranger(to);
      raw.socket.write(connect);
      const answer = await raw.received(4);
      if (!answer.equals(CONNACK_OK)) throw new Error(`CONNACK ${answer.toString("hex")}`);
      return raw;
    },
    async client(to: Room, mine = MINE, options: IClientOptions = {}, url = to.url): Promise<MqttClient> {
      const client = await connectAsync(url, {
        clientId: `${mine}-js`,
        username: mine,
        password: `demo-${mine}`,
        reconnectPeriod: 0,
        ...options,
      });
      clients.push(client);
      return client;
    },
    async close(): Promise<void> {
      for (const { socket } of raws.splice(0)) socket.destroy();
      for (const client of clients.splice(0)) await client.endAsync(true);
      await room?.mqtt.stop();
      room = null;
    },
  };
}

export const puback = (...ids: number[]): Buffer =>
  Buffer.from(ids.flatMap((id) => [0x40, 2, id >> 8, id & 255]));

/** What came after the CONNACK. */
export const answers = (bytes: Buffer): Buffer => bytes.subarray(CONNACK_OK.length);
