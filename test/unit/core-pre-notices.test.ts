import { describe, expect, it } from "vitest";
import type { PreNoticeDraft } from "../../src/model/duty.ts";
import { HOUR, MINUTE, SECOND } from "../../src/model/time.ts";
import { aMine, aPoint, aRule, MINE } from "../support/builders-core.ts";
import {
  aDuty,
  aDutyConfig,
  aStep,
  createWatchRoom,
  DUTY_POINTS,
  LEAD,
  MONDAY,
  OFFICER,
  RED,
} from "../support/duty.ts";

type Room = ReturnType<typeof createWatchRoom>;
const FROM = MONDAY + 3 * HOUR;
const point = (code: string) => ({ kind: "point", id: `${MINE}:safety:${code}` }) as const;
const aDraft = (more: Partial<PreNoticeDraft> = {}): PreNoticeDraft => ({
  kind: "work",
  mine: MINE,
  subjects: [point("R1")],
  from: FROM,
  to: FROM + 30 * MINUTE,
  reason: "更换传感器",
  ...more,
});
const why = (result: ReturnType<Room["act"]>) => (result?.ok === false ? result.why : result);
const apply = (
  room: Room,
  draft: PreNoticeDraft,
  user = "mine",
  role: "mine" | "lead" = "mine",
  mines = [MINE],
) => room.act({ do: "pre-notice", step: "apply", draft }, user, role, mines);
const made = (result: ReturnType<Room["act"]>) => (result?.ok === true ? (result.made ?? "") : "");
const answer = (
  room: Room,
  notice: string,
  step: "approve" | "refuse" | "end",
  user = "li",
  role: "lead" | "mine" = "lead",
) => room.act({ do: "pre-notice", step, notice, note: null }, user, role, role === "mine" ? [MINE] : ["*"]);
const approved = (room: Room, draft: PreNoticeDraft): string => {
  const id = made(apply(room, draft));
  expect(answer(room, id, "approve")).toMatchObject({ ok: true });
  return id;
};
const whats = (room: Room, code: string) =>
  room.entries.flatMap((entry) =>
    entry.type === "transition" && entry.alarm.subject.id.endsWith(`:${code}`)
      ? [`${entry.transition.what} ${entry.alarm.state} ${entry.alarm.preNotice === null ? "-" : "报备"}`]
      : [],
  );

describe("a pre-notice", () => {
  it("is shown on the alarms it is about from when it begins, and hides none of them", () => {
    const room = createWatchRoom();
    room.send("R1", 2);
    const id = approved(room, aDraft());
    expect(room.alarm("R1").preNotice).toBe(id);
    const other = approved(
      room,
      aDraft({ subjects: [point("R2")], from: FROM + 10 * SECOND, to: FROM + HOUR }),
    );
    room.send("R2", 2);
    expect(room.alarm("R2")).toMatchObject({ preNotice: null, state: "unacknowledged" });
    room.wait(10 * SECOND);
    expect(room.alarm("R2").preNotice).toBe(other);
    expect(room.alarm("R1").state).toBe("unacknowledged");
    expect(room.dutyLog()).toMatchObject([
      { what: "pre-notice", notice: { id, state: "applied", applied: { by: "mine", role: "mine" } } },
      { notice: { id, state: "approved", answered: { by: "li" } } },
      { notice: { id: other, state: "applied" } },
      { notice: { id: other, state: "approved" } },
    ]);
  });

  it("stands on an alarm from its first record on, and is not called about beyond the first step for a while", () => {
    const chain = { ...RED, steps: [aStep("raise", 0, OFFICER), aStep("not-acknowledged", 60, LEAD)] };
    const room = createWatchRoom({ config: aDutyConfig({ duty: aDuty({ chains: [chain] }) }) });
    const id = approved(room, aDraft());
    room.send("R1", 2);
    expect(
      room.entries.find((entry) => entry.type === "transition" && entry.alarm.rule === "red"),
    ).toMatchObject({
      transition: { what: "raise" },
      alarm: { preNotice: id },
    });
    room.wait(10 * MINUTE);
    expect(room.steps("R1")).toEqual(["0 raise an/phone", "600 not-acknowledged li/phone"]);
  });

  it("that ends lets what is still active ask for attention again", () => {
    const room = createWatchRoom();
    approved(room, aDraft());
    room.send("R1", 2);
    room.ack("R1");
    expect(room.alarm("R1").state).toBe("acknowledged");
    room.wait(30 * MINUTE);
    expect(whats(room, "R1").filter((each) => !/escalate/.test(each))).toEqual([
      "raise unacknowledged 报备",
      "acknowledge acknowledged 报备",
      "pre-notice unacknowledged -",
    ]);
    expect(room.alarm("R1").acknowledged).toBeNull();
    expect(room.steps("R1").at(-1)).toBe("1800 raise an/phone");
    // Who saw the alarm before it asked again has not seen this.
    const stale = room.act({ do: "acknowledge", alarm: room.alarm("R1").id, expect: 3, note: null });
    expect(why(stale)).toBe("stale");
    expect(room.dutyLog().at(-1)).toMatchObject({ notice: { state: "ended", ended: { by: null } } });
  });

  it("that ends while another one covers the alarm leaves it to that", () => {
    const room = createWatchRoom();
    approved(room, aDraft());
    const other = approved(room, aDraft({ subjects: [{ kind: "mine" }], to: FROM + HOUR }));
    room.send("R1", 2);
    room.ack("R1");
    room.wait(30 * MINUTE);
    expect(room.alarm("R1")).toMatchObject({ state: "acknowledged", preNotice: other });
  });

  it("is answered by another lead, once, and taken back by who applied for it", () => {
    const room = createWatchRoom();
    const own = made(apply(room, aDraft(), "li", "lead", ["*"]));
    expect(why(answer(room, own, "approve", "li"))).toBe("forbidden");
    expect(answer(room, own, "approve", "lu")).toMatchObject({ ok: true });
    expect(why(answer(room, own, "approve", "lu"))).toBe("not-possible");
    expect(why(answer(room, own, "end", "mine", "mine"))).toBe("forbidden");
    const theirs = made(apply(room, aDraft()));
    expect(why(answer(room, theirs, "approve", "mine", "mine"))).toBe("forbidden");
    expect(answer(room, theirs, "end", "mine", "mine")).toMatchObject({ ok: true });
    expect(answer(room, theirs, "end", "mine", "mine")).toMatchObject({ ok: true, already: true });
    expect(why(answer(room, theirs, "approve"))).toBe("not-possible");
    const third = made(apply(room, aDraft()));
    expect(answer(room, third, "refuse")).toMatchObject({ ok: true });
    room.send("R1", 2);
    expect(room.alarm("R1").preNotice).toBe(own);
  });

  it("is refused for what does not exist, for other mines, for no reason and for no time", () => {
    const room = createWatchRoom();
    expect(why(apply(room, aDraft({ subjects: [point("X")] })))).toBe("not-valid");
    expect(why(apply(room, aDraft({ subjects: [{ kind: "set", id: `${MINE}:safety:W` }] })))).toBe(
      "not-valid",
    );
    expect(why(apply(room, aDraft({ subjects: [{ kind: "system", id: "ring" }] })))).toBe("not-valid");
    expect(why(apply(room, aDraft({ mine: "other" })))).toBe("not-valid");
    expect(why(apply(room, aDraft(), "mine", "mine", ["other"]))).toBe("forbidden");
    expect(why(apply(room, aDraft({ subjects: [] })))).toBe("not-valid");
    expect(why(apply(room, aDraft({ to: FROM })))).toBe("not-valid");
    expect(why(apply(room, aDraft({ to: FROM + 40 * 24 * HOUR })))).toBe("not-valid");
    expect(why(apply(room, aDraft({ reason: "" })))).toBe("not-valid");
    expect(why(room.act({ do: "pre-notice", step: "apply", draft: aDraft() }, "an", "duty"))).toBe(
      "forbidden",
    );
    expect(why(answer(room, "none", "approve"))).toBe("unknown-request");
    expect(room.dutyLog()).toEqual([]);
  });

  it("that nobody answered is over when its time is", () => {
    const room = createWatchRoom();
    apply(room, aDraft());
    room.send("R1", 2);
    room.wait(30 * MINUTE);
    expect(room.alarm("R1").preNotice).toBeNull();
    expect(room.engine().duty()?.preNotices).toMatchObject([{ state: "ended" }]);
    room.wait(24 * HOUR);
    expect(room.engine().duty()?.preNotices).toEqual([]);
  });
});

describe("what is wrong only when it was not announced", () => {
  const FAN_POINTS = ["F1", "F2"].map((code, i) =>
    aPoint({ code, type: "1010", kind: "switch", set: "W", machine: `${i + 1}#`, cycle: 0 }),
  );
  const rules = [
    aRule({
      id: "FAN-03",
      types: ["1010"],
      when: { kind: "mine", is: { of: "machines", are: "switched" } },
      class: "fan",
    }),
    aRule({
      id: "FAN-01",
      types: ["1010"],
      when: { kind: "set", all: ["stopped", "off"] },
      level: "red",
      class: "fan",
    }),
  ];
  const switched = (room: Room) => {
    room.input({
      type: "packet",
      mine: MINE,
      system: "safety",
      topicKind: "points",
      qos: 1,
      connection: 1,
      digest: 77,
      body: {
        kind: "points",
        ts: room.now(),
        part: 1,
        parts: 1,
        points: [...DUTY_POINTS, ...FAN_POINTS],
        rejected: [],
      },
    });
    for (const [code, value] of [
      ["F1", 1],
      ["F2", 0],
      ["F1", 0],
      ["F2", 1],
    ] as const) {
      room.wait(SECOND);
      room.send(code, value);
    }
    room.wait(SECOND);
  };
  const told = (room: Room) =>
    room.entries.flatMap((entry) =>
      entry.type === "transition" && entry.transition.what === "raise"
        ? [`${entry.alarm.rule} ${entry.alarm.preNotice !== null}`]
        : [],
    );
  const config = aDutyConfig({ rules, mines: [aMine({ systems: ["safety"] })] });

  it("is an alarm without a pre-notice", () => {
    const room = createWatchRoom({ config });
    switched(room);
    expect(told(room)).toEqual(["FAN-01 false", "FAN-03 false"]);
  });

  it("is a notice with one; that both fans stood is told all the same, and says that it was announced", () => {
    const room = createWatchRoom({ config });
    approved(room, aDraft({ kind: "switch-over", subjects: [{ kind: "system", id: "safety" }] }));
    switched(room);
    expect(told(room)).toEqual(["FAN-01 true"]);
    expect(room.notices("planned-switch-over")).toEqual(["W: 2#"]);
  });

  it("is not excused by a pre-notice of another kind", () => {
    const room = createWatchRoom({ config });
    approved(room, aDraft({ kind: "work", subjects: [{ kind: "mine" }] }));
    switched(room);
    expect(told(room)).toEqual(["FAN-01 true", "FAN-03 true"]);
  });
});
