import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/core/engine.ts";
import { createGateway, type GatewayPorts } from "../../src/gateway.ts";
import type { Act } from "../../src/model/act.ts";
import type { PacketInput } from "../../src/model/input.ts";

const act = { id: "a", do: "duty-note", text: "x", about: null, corrects: null } as unknown as Act;
const packet = { type: "packet", system: null, body: { kind: "status" } } as PacketInput;
const raw = { topic: "t", payload: new Uint8Array(1) };

/** A gateway whose turns, clock and disk are moved by hand; its packets bring so many entries each, and take so long. */
function createRoom(entries = 0, stepMs = 0) {
  const stepped: string[] = [];
  let turns: (() => void)[] = [];
  let waiting: (() => void)[] = [];
  let mono = 0;
  const log = () => {
    let head = 0;
    return {
      get head() {
        return head;
      },
      pendingBytes: 0,
      append: () => ++head,
      sync: () => new Promise<number>((resolve) => waiting.push(() => resolve(head))),
    };
  };
  const engine = {
    step({ type }: { type: string }) {
      stepped.push(type);
      mono += stepMs;
      const made = type === "packet" ? new Array(entries).fill({ type: "gap" }) : [];
      return { entries: made, verdicts: null, result: null };
    },
    takeRows: () => null,
  } as unknown as Engine;
  const nothing = () => {};
  const gateway = createGateway({
    engine,
    spool: log(),
    journal: log(),
    now: () => mono,
    mono: () => mono,
    encodeInput: () => ({ type: 1, body: [] }),
    encodeEntry: () => ({ type: 1, body: new Uint8Array() }),
    told: nothing,
    provisional: nothing,
    stored: nothing,
    soon: (turn) => turns.push(turn),
    later: (turn) => turn(),
    failed: (error) => {
      throw error;
    },
  } satisfies GatewayPorts as GatewayPorts);
  return {
    gateway,
    stepped,
    packets: (n: number, sent = raw) => {
      for (let i = 0; i < n; i++) gateway.accept(packet, sent, nothing);
    },
    act: () => void gateway.take({ type: "act", act }),
    turn() {
      const due = turns;
      turns = [];
      for (const turn of due) turn();
    },
    async synced() {
      for (const resolve of waiting) resolve();
      waiting = [];
      await new Promise(setImmediate);
    },
    pass(ms: number) {
      mono += ms;
    },
  };
}

describe("an act among what mines send", () => {
  it("is on disk before more packets are judged", async () => {
    const room = createRoom();
    room.packets(1);
    room.act();
    room.turn();
    expect(room.stepped).toEqual(["act"]);
    room.turn();
    expect(room.stepped).toEqual(["act"]);
    await room.synced();
    room.turn();
    expect(room.stepped).toEqual(["act", "packet"]);
  });

  it("holds packets up no longer than a moment where the disk is slow", () => {
    const room = createRoom();
    room.packets(1);
    room.act();
    room.turn();
    room.pass(39);
    room.turn();
    expect(room.stepped).toEqual(["act"]);
    room.pass(1);
    room.turn();
    expect(room.stepped).toEqual(["act", "packet"]);
  });

  it("leaves them as long as they waited, however many acts follow", () => {
    const room = createRoom();
    room.act();
    room.turn();
    room.pass(40);
    room.packets(1);
    room.turn();
    for (let i = 0; i < 4; i++) {
      room.pass(9);
      room.packets(1);
      room.act();
      room.turn();
      expect(room.stepped.at(-1)).toBe("packet");
    }
    room.pass(4);
    room.packets(1);
    room.act();
    room.turn();
    expect(room.stepped.at(-1)).toBe("act");
  });

  it("does not keep the gateway from ending", async () => {
    const room = createRoom();
    room.packets(1);
    room.act();
    room.turn();
    const drained = room.gateway.drain();
    room.turn();
    expect(room.stepped).toEqual(["act", "packet"]);
    await room.synced();
    await room.synced();
    await drained;
  });
});

describe("a flood that is judged faster than the disk writes", () => {
  const FULL = ["packet", "packet"];

  it("is judged no further ahead than an act can wait for", async () => {
    const room = createRoom(100);
    room.packets(4);
    for (let turns = 0; turns < 4; turns++) room.turn();
    expect(room.stepped).toEqual(FULL);
    room.act();
    room.turn();
    expect(room.stepped).toEqual([...FULL, "act"]);
    // The spool, then the journal.
    await room.synced();
    await room.synced();
    room.turn();
    expect(room.stepped).toEqual([...FULL, "act", "packet"]);
  });

  it("goes on after a moment where the disk is slow", () => {
    const room = createRoom(100);
    room.packets(3);
    for (let turns = 0; turns < 3; turns++) room.turn();
    room.pass(49);
    room.turn();
    expect(room.stepped).toEqual(FULL);
    room.pass(1);
    room.turn();
    expect(room.stepped).toEqual([...FULL, "packet"]);
  });

  it("never waits for what is no alarm", () => {
    const room = createRoom();
    for (let turns = 0; turns < 3; turns++) {
      room.packets(100);
      room.turn();
    }
    expect(room.stepped).toHaveLength(300);
  });

  it("is judged to its end before the gateway ends", async () => {
    const room = createRoom(100);
    room.packets(4);
    for (let turns = 0; turns < 3; turns++) room.turn();
    const drained = room.gateway.drain();
    for (let turns = 0; turns < 2; turns++) room.turn();
    expect(room.stepped).toHaveLength(4);
    for (let syncs = 0; syncs < 8; syncs++) await room.synced();
    await drained;
  });
});

describe("a turn of the gateway", () => {
  it("judges packets for no longer than the syncs of an alarm may wait", () => {
    const room = createRoom(0, 1);
    room.packets(10);
    room.turn();
    expect(room.stepped.length).toBe(4);
    room.turn();
    room.turn();
    expect(room.stepped.length).toBe(10);
  });

  it("says that it has enough to do before more is read than the next one takes", () => {
    const room = createRoom();
    expect(room.gateway.busy()).toBe(false);
    room.packets(512);
    expect(room.gateway.busy()).toBe(true);
    room.turn();
    expect(room.gateway.busy()).toBe(false);
    room.packets(2, { topic: "t", payload: new Uint8Array(128 * 1024) });
    expect(room.gateway.busy()).toBe(true);
  });
});
