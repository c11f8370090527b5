import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROLES } from "../../src/model/act.ts";
import { createBoard } from "../../src/web/board.ts";
import { respliced, textFrame } from "../../src/web/frame.ts";
import { can, DEEDS, inScope } from "../../src/web/may.ts";
import { pageOf } from "../../src/web/paging.ts";
import { createRing, type EventFrame, eventFrame, eventFramesOf, frameAfter } from "../../src/web/ring.ts";
import { createThrottle } from "../../src/web/throttle.ts";
import { createTurnstile } from "../../src/web/turnstile.ts";
import { isKnownOrigin } from "../../src/web/upgrade.ts";
import { alarmJson, transitionJson } from "../../src/wire/alarm.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";
import { iso } from "../../src/wire/time.ts";
import { anEntry } from "../support/any-alarm.ts";
import { nextAlarm, transition } from "../support/web-ports.ts";

describe("rights", () => {
  it("are this table and nothing else", () => {
    const table = Object.fromEntries(
      ROLES.map((role) => [role, DEEDS.filter((deed) => can({ role, mines: ["*"] }, deed, "A123"))]),
    );
    const reads = ["read", "read-system", "read-figures"];
    const handling = ["acknowledge", "comment", "reset", "stage", "call", "cause", "feedback"];
    const officer = [...reads, "read-people", "read-duty", "read-sent", ...handling, "handover", "duty-note"];
    const confirms = ["confirm-location", "confirm-points", "confirm-table"];
    const leads = ["read-refused", "correct", "shelve", "unshelve", "out-of-service", "return-to-service"];
    const decides = ["approve", "refuse", "pre-notice", "swap", "mine-status", ...confirms];
    const inOrder = (deeds: string[]) => DEEDS.filter((deed) => deeds.includes(deed));
    expect(table).toEqual({
      viewer: inOrder([...reads, "read-duty"]),
      duty: inOrder(officer),
      lead: inOrder([...officer, ...leads, ...decides]),
      admin: inOrder([...reads, "read-refused", "read-duty", "read-sent", ...confirms, "credentials"]),
      auditor: inOrder([...reads, "read-refused", "read-duty", "read-sent"]),
      mine: inOrder([
        "read",
        "read-people",
        "read-figures",
        "answer",
        "cause",
        "feedback",
        "pre-notice",
        "confirm-table",
      ]),
    });
  });

  it("end at a person's mines for every role and deed", () => {
    for (const role of ROLES) {
      for (const deed of DEEDS) {
        expect(can({ role, mines: ["A123"] }, deed, "B456")).toBe(false);
        expect(can({ role, mines: [] }, deed, "A123")).toBe(false);
        expect(can({ role, mines: ["A123"] }, deed, "A123")).toBe(can({ role, mines: ["*"] }, deed, null));
      }
    }
  });

  it("show the gateway's own troubles to every county role and to no mine", () => {
    for (const role of ROLES) expect(inScope({ role, mines: ["A123"] }, "gateway")).toBe(role !== "mine");
    expect(inScope({ role: "mine", mines: ["*"] }, "gateway")).toBe(false);
  });
});

describe("a frame", () => {
  const sizes = [0, 1, 125, 126, 127, 65_534, 65_535, 65_536, 70_000];

  it("is what RFC 6455 says of a text of any length", () => {
    for (const size of sizes) {
      const frame = textFrame("x".repeat(size));
      const short = frame[1]!;
      const length =
        short < 126 ? short : short === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2));
      expect([frame[0], length]).toEqual([0x81, size]);
      expect(frame.length - size).toBe(size < 126 ? 2 : size < 65_536 ? 4 : 10);
    }
  });

  it("made of a journal body says what one made of the record says", () => {
    fc.assert(
      fc.property(anEntry, (entry) => {
        if (entry.type !== "transition") return;
        const record = { ...entry, seq: 7, alarm: { ...entry.alarm, seq: 7 } };
        const { body } = encodeEntry(record);
        if (JSON.parse(new TextDecoder().decode(body)).leftOut !== undefined) return;
        const json = (of: typeof record) => ({
          t: iso(of.t),
          transition: transitionJson(of.transition),
          alarm: alarmJson(of.alarm),
        });
        const worded = eventFrame(record, 3, json as never);
        const copied = eventFramesOf([{ record, body }], 3)[0]!;
        expect(copied.frame.toString()).toBe(worded.frame.toString());
        expect(frameAfter(copied, 2).toString()).toBe(frameAfter(worded, 2).toString());
      }),
      { numRuns: 300 },
    );
  });

  it("with another start is the frame of the other text", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom(...sizes), text, text, text, (size, old, start, rest) => {
        const tail = rest + "x".repeat(size);
        const made = respliced(textFrame(old + tail), Buffer.byteLength(old), start);
        expect(made.equals(textFrame(start + tail))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the ring", () => {
  const event = (seq: number, prev: number): EventFrame =>
    eventFrame({ ...transition(nextAlarm(), "raise"), seq } as never, prev, () => ({
      t: "t",
      pad: "x".repeat(100),
    }));

  it("gives every event after a place, and says when it does not reach back that far", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 200 }), (gaps) => {
        const ring = createRing(4_000);
        ring.restart(10);
        const seqs: number[] = [];
        for (const gap of gaps) {
          const seq = ring.head() + gap;
          ring.push(event(seq, ring.last()));
          seqs.push(seq);
        }
        expect(ring.bytes()).toBeLessThanOrEqual(4_000);
        for (let after = 9; after <= ring.head(); after++) {
          const index = ring.seek(after);
          if (index === null) continue;
          const given = Array.from({ length: ring.length() - index }, (_, i) => ring.at(index + i)!.seq);
          expect(given).toEqual(seqs.filter((seq) => seq > after));
        }
        expect(ring.seek(9)).toBeNull();
        expect(ring.seek(ring.head())).not.toBeNull();
      }),
      { numRuns: 100 },
    );
  });

  it("names each consumer's own last event as prev", () => {
    const shared = event(12, 11);
    const read = (frame: Buffer) => JSON.parse(frame.subarray(4).toString());
    expect(frameAfter(shared, 11)).toBe(shared.frame);
    expect(read(frameAfter(shared, 11))).toMatchObject({ type: "event", seq: 12, prev: 11 });
    expect(read(frameAfter(shared, 3))).toMatchObject({ type: "event", seq: 12, prev: 3, t: "t" });
  });
});

describe("the board", () => {
  it("shows nothing that is not in the journal", () => {
    const board = createBoard();
    const recorded = nextAlarm({ seq: 5 });
    const judged = nextAlarm({ seq: 6 });
    board.fill([recorded, judged, nextAlarm({ seq: 4, class: "test" })], 5);
    expect([...board.all()]).toEqual([recorded]);
    expect(board.head()).toBe(5);
  });

  it("keeps what ended for a day and what is open for ever", () => {
    const board = createBoard();
    const now = Date.UTC(2026, 5, 2);
    const day = 86_400_000;
    const ended = (ago: number) => nextAlarm({ state: "normal", endedAt: now - ago });
    const [old, fresh, open] = [ended(day + 1), ended(day - 1), nextAlarm({ raisedAt: 0 })];
    board.fill([old, fresh, open], 0);
    board.prune(now);
    expect([...board.all()]).toEqual([fresh, open]);
    expect(board.open()).toEqual([open]);
  });

  it("lets one wait for a record", async () => {
    const board = createBoard();
    const order: string[] = [];
    const reached = board.reached(2).then(() => order.push("reached"));
    board.apply([{ type: "anchor", t: 0, detail: "", seq: 1 }]);
    await Promise.resolve();
    order.push("one");
    board.apply([{ type: "anchor", t: 0, detail: "", seq: 2 }]);
    await reached;
    await board.reached(2);
    expect(order).toEqual(["one", "reached"]);
  });
});

describe("a throttle", () => {
  it("gives so many in a window a key, says how long to wait, and forgets the oldest keys first", () => {
    const throttle = createThrottle({ most: 2, windowMs: 100 });
    expect([throttle.take("a", 0), throttle.take("a", 10), throttle.take("a", 20)]).toEqual([0, 0, 80]);
    expect(throttle.take("b", 20)).toBe(0);
    throttle.giveBack("a");
    expect(throttle.take("a", 30)).toBe(0);
    expect(throttle.take("a", 99)).toBe(1);
    expect(throttle.take("a", 100)).toBe(0);
  });
});

describe("a turnstile", () => {
  it("lets two work, so many wait, and turns the rest away; a failure frees its place", async () => {
    const turnstile = createTurnstile({ atOnce: 2, mostWaiting: 3 });
    let running = 0;
    let most = 0;
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const work = async (fails: boolean) => {
      running += 1;
      most = Math.max(most, running);
      await gate;
      running -= 1;
      if (fails) throw new Error("no");
      return "done";
    };
    const all = [true, false, false, true, false, false, false].map((fails) => turnstile(() => work(fails)));
    open();
    const settled = await Promise.allSettled(all);
    expect(settled.map((one) => (one.status === "rejected" ? "failed" : one.value.ok))).toEqual([
      "failed",
      true,
      true,
      "failed",
      true,
      false,
      false,
    ]);
    expect(most).toBe(2);
    expect(await turnstile(async () => 1)).toEqual({ ok: true, value: 1 });
  });
});

describe("an origin", () => {
  const known = (origin: string | undefined, host = "lamp.example:8080") =>
    isKnownOrigin({ headers: { host, ...(origin === undefined ? {} : { origin }) } }, [
      "https://county.example",
    ]);

  it("is ours, a configured one, or none at all", () => {
    expect(known(undefined)).toBe(true);
    expect(known("http://lamp.example:8080")).toBe(true);
    expect(known("https://county.example")).toBe(true);
    for (const other of [
      "http://lamp.example",
      "https://evil.example",
      "null",
      "",
      "https://county.example.evil.example",
    ]) {
      expect(known(other), other).toBe(false);
    }
  });
});

describe("a page", () => {
  it("follows the one before it without a gap or a repeat, whatever comes and goes between", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 999 })),
        fc.integer({ min: 1, max: 9 }),
        (numbers, limit) => {
          const key = (n: number) => String(n).padStart(4, "0");
          const seen: number[] = [];
          let cursor: string | undefined;
          do {
            const page = pageOf(numbers, key, { limit, cursor });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            seen.push(...page.items);
            cursor = page.next ?? undefined;
          } while (cursor !== undefined);
          expect(seen).toEqual([...numbers].sort((a, b) => a - b));
        },
      ),
    );
  });
});
