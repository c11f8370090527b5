import { describe, expect, it } from "vitest";
import type { AlarmJson, ServerMessage } from "../../src/console/shapes.ts";
import { EMPTY_VIEW, type Received, reduce, type View } from "../../src/console/store.ts";
import { anAlarm, anEvent } from "../support/browser-alarms.ts";

const BEGIN = 1_000_000;

function fold(view: View, ...messages: ServerMessage[]): View {
  return reduce(
    view,
    messages.map((message, i): Received => ({ at: BEGIN + i, message })),
  );
}

const welcome = (epoch = "e1"): ServerMessage => ({
  type: "welcome",
  v: 1,
  epoch,
  head: 10,
  resume: "snapshot",
  from: 11,
  heartbeatMs: 2000,
});
const snapshot = (alarms: AlarmJson[], part = 1, parts = 1): ServerMessage => ({
  type: "snapshot",
  at: 10,
  part,
  parts,
  alarms,
});

describe("the view of the alarm screens", () => {
  it("knows no alarm list before the first snapshot, which is not the same as an empty one", () => {
    expect(fold(EMPTY_VIEW, welcome()).alarms).toBeNull();
    expect(fold(EMPTY_VIEW, welcome(), snapshot([])).alarms?.size).toBe(0);
  });

  it("shows a snapshot only when all its parts are there", () => {
    const half = fold(EMPTY_VIEW, welcome(), snapshot([anAlarm({ id: "a" })], 1, 2));
    expect(half.alarms).toBeNull();
    const whole = fold(half, snapshot([anAlarm({ id: "b" })], 2, 2));
    expect([...(whole.alarms?.keys() ?? [])]).toEqual(["a", "b"]);
    expect(whole.lastSeq).toBe(10);
  });

  it("forgets a half snapshot when a new connection begins another", () => {
    const half = fold(EMPTY_VIEW, welcome(), snapshot([anAlarm({ id: "a" })], 1, 2));
    const anew = fold(half, welcome(), snapshot([anAlarm({ id: "b" })], 2, 2));
    expect([...(anew.alarms?.keys() ?? [])]).toEqual(["b"]);
  });

  it("replaces what it had by a snapshot, so that nothing ended lingers", () => {
    const before = fold(EMPTY_VIEW, welcome(), snapshot([anAlarm({ id: "a" })]));
    const after = fold(before, welcome("e2"), snapshot([anAlarm({ id: "b" })]));
    expect([...(after.alarms?.keys() ?? [])]).toEqual(["b"]);
    expect(after.epoch).toBe("e2");
  });

  it("keeps what has returned and nobody acknowledged, and drops what ended", () => {
    const raised = fold(EMPTY_VIEW, welcome(), snapshot([]), anEvent(11, anAlarm({ id: "a" })));
    const returned = fold(raised, anEvent(12, anAlarm({ id: "a", state: "returned" })));
    expect(returned.alarms?.get("a")?.state).toBe("returned");
    const ended = fold(returned, anEvent(13, anAlarm({ id: "a", state: "normal" })));
    expect(ended.alarms?.has("a")).toBe(false);
  });

  it("lists no canary, neither from a snapshot nor from an event", () => {
    const canary = anAlarm({ id: "canary", class: "test", level: "red" });
    const view = fold(EMPTY_VIEW, welcome(), snapshot([canary]), anEvent(11, canary));
    expect(view.alarms?.size).toBe(0);
    expect(view.announcement).toBeNull();
    expect(view.lastSeq).toBe(11);
  });

  it("marks what was told before it was written, until its event comes", () => {
    const alarm = anAlarm({ id: "a" });
    const told = fold(EMPTY_VIEW, welcome(), snapshot([]), { type: "provisional", alarm });
    expect(told.provisional.has("a")).toBe(true);
    expect(told.alarms?.has("a")).toBe(true);
    expect(told.lastSeq).toBe(10);
    const written = fold(told, anEvent(11, alarm));
    expect(written.provisional.has("a")).toBe(false);
  });

  it("lets go of a provisional alarm that the next snapshot does not have", () => {
    const alarm = anAlarm({ id: "a" });
    const told = fold(EMPTY_VIEW, welcome(), snapshot([]), { type: "provisional", alarm });
    const after = fold(told, welcome(), snapshot([]));
    expect(after.alarms?.size).toBe(0);
    expect(after.provisional.size).toBe(0);
  });

  it("takes the gateway's clock from its beats, whatever this computer's says", () => {
    const at = new Date(BEGIN + 90_000).toISOString();
    const view = fold(EMPTY_VIEW, { type: "beat", epoch: "e1", head: 1, sent: 1, at });
    expect(view.clockOffset).toBe(90_000);
    expect(view.heardAt).toBe(BEGIN);
  });

  it("never changes a view it was given", () => {
    const before = fold(EMPTY_VIEW, welcome(), snapshot([anAlarm({ id: "a" })]));
    const print = JSON.stringify([...(before.alarms ?? [])]);
    fold(before, anEvent(11, anAlarm({ id: "b" })), anEvent(12, anAlarm({ id: "a", state: "normal" })));
    expect(JSON.stringify([...(before.alarms ?? [])])).toBe(print);
  });
});

describe("what is read out", () => {
  const start = fold(EMPTY_VIEW, welcome(), snapshot([anAlarm({ id: "old", level: "red" })]));

  it("is nothing of a snapshot: a page that was opened late does not shout", () => {
    expect(start.announcement).toBeNull();
  });

  it("is a new red alarm, once", () => {
    const red = anAlarm({ id: "a", level: "red" });
    const first = fold(start, anEvent(11, red));
    expect(first.announcement?.alarm.id).toBe("a");
    const again = fold(first, anEvent(12, { ...red, value: 2 }));
    expect(again.announcement?.n).toBe(first.announcement?.n);
  });

  it("is an alarm that climbs to red, and one that was told unrecorded only once", () => {
    const orange = fold(start, anEvent(11, anAlarm({ id: "a", level: "orange" })));
    expect(orange.announcement).toBeNull();
    const red = anAlarm({ id: "a", level: "red" });
    const told = fold(orange, { type: "provisional", alarm: red });
    expect(told.announcement?.n).toBe(1);
    expect(fold(told, anEvent(12, red)).announcement?.n).toBe(1);
  });

  it("is not what is late, shelved or asks for nobody", () => {
    const quiet = [
      anAlarm({ id: "l", level: "red", retrospective: true }),
      anAlarm({ id: "s", level: "red", suppression: { kind: "by-design", because: "标校" } }),
      anAlarm({ id: "n", level: "red", ack: "none" }),
    ];
    const view = fold(start, ...quiet.map((alarm, i) => anEvent(11 + i, alarm)));
    expect(view.announcement).toBeNull();
  });
});
