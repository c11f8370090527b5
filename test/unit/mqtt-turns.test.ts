import { describe, expect, it } from "vitest";
import { createTurns, type InLine } from "../../src/mqtt/turns.ts";

/** A loop whose turns the test runs, connections with runs to hand on, and a clock that each run moves by a millisecond. */
function house({ busy = (): boolean => false } = {}) {
  let now = 0;
  let due: (() => void)[] = [];
  const handed: string[] = [];
  const turns = createTurns({
    mono: () => now,
    soon: (run) => due.push(run),
    later: (run) => due.push(run),
    busy,
  });
  const connection = (name: string, runs: number) => {
    let left = runs;
    const own: InLine & { readonly receive: (more: number) => void } = {
      takeTurn() {
        while (left > 0 && turns.mayHand(own, false)) {
          left--;
          now++;
          handed.push(name);
        }
      },
      receive(more) {
        left += more;
        own.takeTurn();
      },
    };
    return own;
  };
  return {
    turns,
    handed,
    connection,
    pass: (ms: number) => {
      now += ms;
    },
    /** Answers whether there was anything to do. */
    loop() {
      const now = due;
      due = [];
      for (const run of now) run();
      return now.length > 0;
    },
  };
}

describe("the connections' turns before the house", () => {
  it("come at once to whoever sends while the others are silent", () => {
    const { connection, handed } = house();
    connection("a", 0).receive(2);
    connection("b", 0).receive(1);
    expect(handed).toEqual(["a", "a", "b"]);
  });

  it("end with the time there is for them in a turn of the loop, and go on in the next", () => {
    const { connection, handed, loop } = house();
    connection("a", 0).receive(10);
    expect(handed.length).toBe(3);
    for (const most of [3, 6, 6, 9, 9, 10]) {
      loop();
      expect(handed.length).toBeLessThanOrEqual(most);
    }
    while (loop());
    expect(handed.length).toBe(10);
  });

  it("are a run of each in order, so that one message does not stand behind all that another mine has sent", () => {
    const { connection, handed, loop } = house();
    const [a, b, c] = ["a", "b", "c"].map((name) => connection(name, 0));
    a?.receive(20);
    b?.receive(20);
    c?.receive(1);
    const before = handed.length;
    while (loop());
    expect(handed.slice(before, before + 3).sort()).toEqual(["a", "b", "c"]);
    expect(handed.slice(before + 3, before + 7).join("")).toMatch(/^(ab){2}|(ba){2}$/);
    expect(handed.filter((name) => name === "a").length).toBe(20);
    expect(handed.filter((name) => name === "b").length).toBe(20);
  });

  it("wait while the house has enough to do, and none is forgotten", () => {
    let busy = true;
    const { connection, handed, loop } = house({ busy: () => busy });
    connection("a", 0).receive(1);
    connection("b", 0).receive(1);
    for (let i = 0; i < 5; i++) expect(loop()).toBe(true);
    expect(handed).toEqual([]);
    busy = false;
    while (loop());
    expect(handed).toEqual(["a", "b"]);
  });

  it("do not concern one that sends little", () => {
    const { connection, turns, loop } = house();
    connection("a", 0).receive(20);
    const own = { takeTurn() {} };
    expect(turns.mayHand(own, true)).toBe(true);
    loop();
    expect(turns.mayHand(own, true)).toBe(true);
  });

  it("are not kept for one that has nothing any more", () => {
    const { connection, turns, handed, loop } = house();
    const gone = { takeTurn() {} };
    connection("a", 0).receive(4);
    expect(turns.mayHand(gone, false)).toBe(false);
    while (loop());
    expect(handed.length).toBe(4);
    expect(loop()).toBe(false);
  });

  it("begin anew when the loop has turned, however long that took", () => {
    const { connection, handed, pass, loop } = house();
    const a = connection("a", 0);
    a.receive(1);
    pass(1_000);
    loop();
    a.receive(1);
    expect(handed).toEqual(["a", "a"]);
    expect(loop()).toBe(true);
    expect(loop()).toBe(false);
  });
});
