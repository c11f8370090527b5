import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decode } from "../../src/wire/decode.ts";
import { runLoad } from "../bench/load.ts";

describe("the load generator", () => {
  const heard = new Map<string, Buffer[]>();
  let broker: Aedes;
  let server: ReturnType<typeof createServer>;
  let port = 0;

  beforeEach(async () => {
    heard.clear();
    broker = await Aedes.createBroker();
    broker.authenticate = (client, user, password, done) =>
      done(null, client.id.startsWith(user ?? "-") && password?.toString() === `demo-${user}`);
    broker.authorizePublish = (_client, { topic, payload }, done) => {
      heard.set(topic, [...(heard.get(topic) ?? []), Buffer.from(payload)]);
      done(null);
    };
    server = createServer({ noDelay: true }, broker.handle).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });

  afterEach(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  });

  const load = (options: object) =>
    runLoad({
      port,
      connections: 3,
      mines: ["520523017311", "520523017312"],
      warmMs: 100,
      measureMs: 400,
      ...options,
    });

  it("publishes the point tables first, then messages that are all acknowledged and all read", async () => {
    const done = await load({ readings: 8, shape: "any", window: 4 });
    expect(done.sent).toBe(done.acknowledged);
    expect(done.messages).toBeGreaterThan(0);
    expect([...heard.keys()].map((topic) => topic.slice(8)).sort()).toEqual(
      ["520523017311", "520523017312"].flatMap((mine) => [
        `${mine}/safety/points`,
        `${mine}/safety/readings`,
      ]),
    );
    const listed = new Set(
      ["520523017311", "520523017312"].flatMap((mine) =>
        heard.get(`mine/v1/${mine}/safety/points`)!.flatMap((table) => {
          const body = decode("points", "safety", table);
          return body.kind === "points" ? body.points.map(({ code }) => code) : [];
        }),
      ),
    );
    const codes = new Set<string>();
    for (const mine of ["520523017311", "520523017312"]) {
      for (const payload of heard.get(`mine/v1/${mine}/safety/readings`)!) {
        const body = decode("readings", "safety", payload);
        if (body.kind !== "readings") throw new Error("not read");
        expect(body.columns.bad).toBeNull();
        for (const code of body.columns.codes.slice(0, body.columns.n)) codes.add(code);
      }
    }
    expect([...codes].filter((code) => !listed.has(code))).toEqual([]);
  });

  it("keeps to a rate when it is given one", async () => {
    const from = performance.now();
    const done = await load({ rate: 300, measureMs: 1_000 });
    const seconds = (performance.now() - from) / 1_000;
    expect(done.sent).toBe(done.acknowledged);
    expect(done.sent).toBeGreaterThan(30);
    expect(done.sent).toBeLessThanOrEqual(300 * seconds);
  });

  it("names the connection that the broker refuses", async () => {
    broker.authenticate = (_client, _user, _password, done) => done(null, false);
    await expect(load({})).rejects.toThrow(/^520523017311-load-0: the connection was refused \(CONNACK 5\)/);
  });
});
