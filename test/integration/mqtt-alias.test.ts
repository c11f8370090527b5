import { afterEach, describe, expect, it } from "vitest";
import { demoMineLogin } from "../../src/app/accounts.ts";
import { aMine } from "../support/builders-core.ts";
import { clientsOfOneRoom } from "../support/mqtt-clients.ts";
import { MINE, OTHER } from "../support/mqtt-packets.ts";

const ALIAS = "150622B0012000200092";
const READING = '{"ts":1700000000000,"readings":[{"p":"A","v":1}]}';
const here = clientsOfOneRoom();
afterEach(() => here.close());

const mines = [aMine({ code: MINE, aliases: [ALIAS] }), aMine({ code: OTHER })];
const room = () => here.room({ ports: { authenticate: async (login) => demoMineLogin(mines, login) } });

describe("a mine that calls itself by another of its codes", () => {
  it("is the same mine, by user, client id and topic, and so is its Last Will", async () => {
    const house = await room();
    const will = {
      topic: `mine/v1/${ALIAS}/status`,
      payload: Buffer.from('{"online":false}'),
      qos: 1 as const,
    };
    const mine = await here.client(house, ALIAS, { will });
    await mine.publishAsync(`mine/v1/${ALIAS}/safety/readings`, READING, { qos: 1 });
    await mine.publishAsync(`mine/v1/${MINE}/safety/readings`, READING, { qos: 1 });
    expect(house.packets.map((packet) => packet.mine)).toEqual([MINE, MINE]);
    expect(house.links[0]?.mine).toBe(MINE);
    mine.stream.destroy();
    await house.until(() => house.packets.length === 3);
    expect(house.packets[2]).toMatchObject({ mine: MINE, topicKind: "status" });
  });

  it("keeps its place in the logs whatever it calls itself: the topic is the code's, the payload its own", async () => {
    const house = await room();
    const mine = await here.client(house, ALIAS);
    await mine.publishAsync(`mine/v1/${ALIAS}/safety/readings`, READING, { qos: 1 });
    await mine.publishAsync(`mine/v1/${MINE}/safety/readings`, READING, { qos: 1 });
    const [first, second] = house.packets;
    expect(first).toMatchObject({ topic: `mine/v1/${MINE}/safety/readings`, digest: second?.digest });
    expect(String(first?.payload)).toBe(READING);
  });

  it("hears what is written for it under the name it asked by", async () => {
    const house = await room();
    const mine = await here.client(house, ALIAS);
    await mine.subscribeAsync(`mine/v1/${ALIAS}/out/#`);
    const heard = new Promise<string>((resolve) => mine.once("message", resolve));
    house.mqtt.publish(MINE, `mine/v1/${MINE}/out/alarms`, "{}");
    expect(await heard).toBe(`mine/v1/${ALIAS}/out/alarms`);
  });

  it("is no other mine: neither may use the other's names", async () => {
    const house = await room();
    const other = await here.client(house, OTHER);
    const closed = new Promise<void>((resolve) => other.once("close", () => resolve()));
    other.publish(`mine/v1/${ALIAS}/safety/readings`, READING, { qos: 1 });
    await closed;
    expect(house.packets).toEqual([]);
    await expect(here.client(house, OTHER, { clientId: `${ALIAS}-js` })).rejects.toThrow();
    await expect(here.client(house, ALIAS, { password: "demo-" })).rejects.toThrow();
  });
});
