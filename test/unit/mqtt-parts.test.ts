import { PassThrough } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createAcks } from "../../src/mqtt/acks.ts";
import { createCounts } from "../../src/mqtt/counts.ts";
import { guarded, guardedPorts } from "../../src/mqtt/guarded.ts";
import { pinsOf, refusalOf } from "../../src/mqtt/listeners.ts";
import { createLobby } from "../../src/mqtt/lobby.ts";
import type { AcceptedPacket, MqttPorts, Refusal } from "../../src/mqtt/ports.ts";
import { createRefusals } from "../../src/mqtt/refusals.ts";
import { DEFAULT_SETTINGS, type MqttListener } from "../../src/mqtt/settings.ts";
import { createTokenBucket } from "../../src/mqtt/token-bucket.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("acknowledgements", () => {
  /** A peer that keeps the packet ids it was answered with. */
  const peer = () => {
    const answered: number[] = [];
    let messages = 0;
    let unrecorded = 0;
    return {
      answered,
      messages: () => messages,
      unrecordedTimes: () => unrecorded,
      acknowledge(pubacks: Buffer, n: number) {
        messages += n;
        for (let at = 0; at < pubacks.length; at += 4) {
          expect(pubacks.readUInt16BE(at)).toBe(0x4002);
          answered.push(pubacks.readUInt16BE(at + 2));
        }
      },
      unrecorded: () => void unrecorded++,
    };
  };
  const line = () => {
    const to = peer();
    return { to, ...createAcks(() => {}).line(to) };
  };

  it("leave in the order the messages came, whatever the order they are done in", async () => {
    const { to, place } = line();
    const done = [7, 1, 300, 65_535].map((id) => place(id));
    done[2]?.(true);
    done[1]?.(true);
    await turn();
    expect(to.answered).toEqual([]);
    done[0]?.(true);
    await turn();
    expect(to.answered).toEqual([7, 1, 300]);
    done[3]?.(true);
    await turn();
    expect(to.answered).toEqual([7, 1, 300, 65_535]);
  });

  it("are never given in the turn in which they became ready", () => {
    const { to, place } = line();
    place(1)(true);
    expect(to.answered).toEqual([]);
  });

  it("of one connection do not wait for another's", async () => {
    const acks = createAcks(() => {});
    const slow = peer();
    const fast = peer();
    acks.line(slow).place(1);
    acks.line(fast).place(2)(true);
    await turn();
    expect([slow.answered, fast.answered]).toEqual([[], [2]]);
  });

  it("are given once, even when said to be done twice", async () => {
    const { to, place } = line();
    const done = place(1);
    done(true);
    done(true);
    await turn();
    done(true);
    await turn();
    expect([to.answered, to.messages()]).toEqual([[1], 1]);
  });

  it("have no bytes for QoS 0, which is counted in its turn", async () => {
    const { to, place } = line();
    const done = [5, 0, 6].map((id) => place(id));
    for (const one of done.reverse()) one(true);
    await turn();
    expect([to.answered, to.messages()]).toEqual([[5, 6], 3]);
  });

  it("stop at a message that was not recorded", async () => {
    const { to, place } = line();
    const done = [1, 2, 3].map((id) => place(id));
    done[0]?.(true);
    done[1]?.(false);
    done[2]?.(true);
    await turn();
    expect([to.answered, to.unrecordedTimes()]).toEqual([[1], 1]);
  });

  it("are not given to a connection that is gone, and none is waited for then", async () => {
    const acks = createAcks(() => {});
    const to = peer();
    const { place, drop } = acks.line(to);
    const done = place(1);
    drop();
    await acks.none();
    done(true);
    await turn();
    expect(to.answered).toEqual([]);
  });

  it("that throw do not keep another connection's from being given", async () => {
    const errors: unknown[] = [];
    const acks = createAcks((error) => errors.push(error));
    const well = peer();
    const ill = {
      ...peer(),
      acknowledge() {
        throw new Error("the first");
      },
    };
    acks.line(ill).place(1)(true);
    acks.line(well).place(2)(true);
    await acks.none();
    await turn();
    expect([errors.length, well.answered]).toEqual([1, [2]]);
  });

  it("keep their order over many thousands", async () => {
    const { to, place } = line();
    const ids = Array.from({ length: 5_000 }, (_, n) => n + 1);
    const places = ids.map((id) => place(id));
    for (let n = 0; n < 3_000; n++) places[n]?.(true);
    await turn();
    for (let n = 4_999; n >= 3_000; n--) places[n]?.(true);
    await turn();
    expect(to.answered).toEqual(ids);
  });
});

describe("a token bucket", () => {
  it("gives a burst at once and then its rate", () => {
    const bucket = createTokenBucket({ perSecond: 2, burst: 3 });
    expect([bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect([bucket.take(499), bucket.take(500), bucket.take(500)]).toEqual([false, true, false]);
  });

  it("tells how long a debt lasts, and is never fuller than its burst", () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 10 });
    expect(bucket.spend(10, 0)).toBe(0);
    expect(bucket.spend(5, 0)).toBe(500);
    expect(bucket.spend(0, 500)).toBe(0);
    expect(bucket.spend(11, 3_600_000)).toBe(100);
  });
});

describe("a guarded hook", () => {
  it("lets neither a throw nor a rejection out", async () => {
    const failures: unknown[] = [];
    const failed = (error: unknown) => void failures.push((error as Error).message);
    guarded(() => {
      throw new Error("thrown");
    }, failed)();
    guarded(async () => {
      throw new Error("rejected");
    }, failed)();
    await turn();
    expect(failures).toEqual(["thrown", "rejected"]);
  });

  it("does not take a number or a lookalike for a failure", () => {
    const failures: unknown[] = [];
    guarded(
      () => 3,
      (error) => void failures.push(error),
    )();
    guarded(
      () => ({ catch: "x" }),
      (error) => void failures.push(error),
    )();
    expect(failures).toEqual([]);
  });
});

describe("a failing house", () => {
  const boom = (): never => {
    throw new Error("boom");
  };
  const failing: MqttPorts = {
    authenticate: boom,
    accept: boom,
    link: boom,
    refused: boom,
    pressed: boom,
    busy: boom,
    onRelief: boom,
  };
  const ports = guardedPorts(failing, pino({ level: "silent" }));

  it("refuses who it cannot check and recalls what it did not take", async () => {
    const answer = await ports.authenticate({
      user: "",
      password: "",
      clientId: "",
      address: "",
      certificateName: null,
    });
    expect(answer.ok).toBe(false);
    const done: boolean[] = [];
    ports.accept({} as AcceptedPacket, (ok) => done.push(ok));
    expect(done).toEqual([false]);
    ports.link({ mine: "5205", system: null, event: "up", connection: 1, why: "" });
    ports.refused({ at: 0, address: "", clientId: "", claimed: "", reason: "" });
    ports.onRelief(() => {});
    expect([ports.pressed(), ports.busy()]).toEqual([false, false]);
  });
});

describe("refused connections", () => {
  const listed = (n: number) => {
    const told: Refusal[] = [];
    const counts = createCounts();
    const clock = { wall: () => 5, mono: () => 0 };
    const refusals = createRefusals({ tell: (refusal) => told.push(refusal), clock, counts });
    for (let i = 0; i < n; i++) refusals.address("10.0.0.1", "too many connections");
    return { told, counts: counts.all() };
  };

  it("are told with time, address and reason", () => {
    expect(listed(1).told).toEqual([
      { at: 5, address: "10.0.0.1", clientId: "", claimed: "", reason: "too many connections" },
    ]);
  });

  it("are counted whole and told in part when they come in a flood", () => {
    const { told, counts } = listed(1_000);
    expect(told.length).toBe(200);
    expect(counts).toEqual({ "refused: too many connections": 1_000, "refusals-not-listed": 800 });
  });
});

describe("the lobby", () => {
  it("holds twenty strangers of one address and lets them go", () => {
    const lobby = createLobby(DEFAULT_SETTINGS);
    const leave = Array.from({ length: 20 }, () => lobby.enter("10.0.0.1", new PassThrough()));
    expect(lobby.enter("10.0.0.1", new PassThrough())).toBe("too many without CONNACK");
    expect(typeof lobby.enter("10.0.0.2", new PassThrough())).toBe("function");
    (leave[0] as () => void)();
    (leave[0] as () => void)();
    expect(lobby.strangers).toBe(20);
    expect(typeof lobby.enter("10.0.0.1", new PassThrough())).toBe("function");
    expect(lobby.enter("10.0.0.1", new PassThrough())).toBe("too many without CONNACK");
  });

  it("holds so many sockets in all, until they close", async () => {
    const lobby = createLobby({ ...DEFAULT_SETTINGS, connections: 2 });
    const first = new PassThrough();
    lobby.enter("a", first);
    lobby.enter("b", new PassThrough());
    expect(lobby.enter("c", new PassThrough())).toBe("too many connections");
    first.destroy();
    await new Promise((resolve) => first.once("close", resolve));
    expect([lobby.sockets, lobby.strangers]).toEqual([1, 1]);
  });
});

describe("plain TCP", () => {
  const tcp = (
    host: string,
    allow?: Record<string, string>,
    reason = "no TLS on the old box",
  ): MqttListener => ({
    kind: "tcp",
    host,
    port: 1883,
    ...(allow === undefined ? {} : { insecure: { reason, approvedBy: "safety bureau", allow } }),
  });

  it.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("is open on %s", (host) => {
    expect(refusalOf(tcp(host))).toBeNull();
  });

  it.each(["0.0.0.0", "::", "10.0.0.5", "127.0.0.1.example.org", "1270.0.1"])("is refused on %s", (host) => {
    expect(refusalOf(tcp(host))).toContain("not on loopback");
  });

  it("beyond loopback needs a reason, an approver and networks that are networks", () => {
    expect(refusalOf(tcp("0.0.0.0", { "10.1.2.3/32": "5205" }))).toBeNull();
    expect(refusalOf(tcp("0.0.0.0", { "10.1.2.3": "5205", "fd00::/8": "5206" }))).toBeNull();
    expect(refusalOf(tcp("0.0.0.0", {}))).toContain("at least one address");
    expect(refusalOf(tcp("0.0.0.0", { "10.0.0.0/8": "5205" }, " "))).toContain("needs a reason");
    for (const wrong of [
      "10.1.2.3/33",
      "10.1.2/8",
      "mine.example.org",
      "10.1.2.3/",
      "10.1.2.3/8/8",
      "::/129",
    ]) {
      expect(refusalOf(tcp("0.0.0.0", { [wrong]: "5205" }))).toContain("no address or network");
    }
  });

  it("pins a mine's code to the networks listed for it", () => {
    const pins = pinsOf([
      tcp("0.0.0.0", { "10.1.0.0/16": "5205", "10.9.0.1": "5205", "10.2.0.0/16": "5206" }),
    ]);
    const mine = pins.get("5205");
    expect(mine?.check("10.1.200.3")).toBe(true);
    expect(mine?.check("10.9.0.1")).toBe(true);
    expect(mine?.check("10.2.0.1")).toBe(false);
    expect(pins.has("5207")).toBe(false);
  });
});
