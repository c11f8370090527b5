import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Notification } from "../../src/model/notification.ts";
import { LEVELS, type Level, levelRank } from "../../src/model/rule.ts";
import { type Pace, pick } from "../../src/notify/digest.ts";
import { hidden } from "../../src/notify/lane.ts";
import { messageOf, type Wording } from "../../src/notify/message.ts";
import { quietUntil } from "../../src/notify/quiet.ts";
import { createRate } from "../../src/notify/rate.ts";
import { isAllowed } from "../../src/notify/web-push.ts";
import { bytesOf, cut, fill, html, plain, wide } from "../../src/notify/words.ts";
import { eventJson } from "../../src/wire/alarm.ts";
import { MessagesFile } from "../../src/wire/config/messages-file.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { shippedConfig } from "../support/shipped-config.ts";
import { transitionOf } from "../support/store-logs.ts";

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 21, 3, 12);

function row(n: number, fields: Partial<Notification> = {}): Notification {
  return {
    n,
    id: `AL${n}#1//r`,
    step: `AL${n}#1`,
    seq: n,
    alarm: `AL${n}`,
    mine: "520523017311",
    level: "yellow",
    channel: "r",
    person: null,
    device: null,
    why: "raise",
    state: "waiting",
    createdAt: NOW,
    tries: 0,
    triedAt: null,
    endedAt: null,
    repeated: false,
    message: null,
    providerId: null,
    address: null,
    result: null,
    deliveredAt: null,
    seenAt: null,
    ...fields,
  };
}

describe("the rate of a channel", () => {
  const anyLoad = fc.array(fc.record({ after: fc.integer({ min: 0, max: 4_000 }), red: fc.boolean() }), {
    minLength: 50,
    maxLength: 300,
  });

  it("lets through no more than its number in any minute, and what is not red no more than two thirds of it", () => {
    fc.assert(
      fc.property(anyLoad, fc.integer({ min: 1, max: 20 }), (load, most) => {
        const rate = createRate(most, []);
        const sent: { at: number; red: boolean }[] = [];
        let now = NOW;
        for (const { after, red } of load) {
          now += after;
          if (rate.room(now, red).next > now) continue;
          rate.took(now);
          sent.push({ at: now, red });
          const minute = sent.filter(({ at }) => at > now - MINUTE);
          expect(minute.length).toBeLessThanOrEqual(most);
          if (!red) expect(minute.length).toBeLessThanOrEqual(Math.max(1, Math.ceil((most * 2) / 3)));
        }
      }),
    );
  });

  it("never makes red wait for more than a seventh of a minute while 18 are allowed and red speaks at any rate", () => {
    fc.assert(
      fc.property(anyLoad, (load) => {
        const rate = createRate(18, []);
        let now = NOW;
        for (const { after } of load) {
          now += after;
          const { next } = rate.room(now, true);
          expect(next - now).toBeLessThanOrEqual(MINUTE / 7);
          now = Math.max(now, next);
          rate.took(now);
        }
      }),
    );
  });

  it("knows what a run before it sent, and counts nothing that a clock since set back has left ahead", () => {
    const before = Array.from({ length: 18 }, (_, i) => NOW - 30_000 + i);
    expect(createRate(18, before).room(NOW, true).next).toBe(NOW + 30_000);
    expect(createRate(18, [NOW + 1e9]).room(NOW, true).next).toBe(NOW);
  });
});

describe("what is sent next", () => {
  const pace: Pace = { group: "mine", windowMs: 3_000, most: 50 };
  const rate = () => createRate(18, []);
  const at = (now: number, rows: Notification[], more: Partial<Pace> = {}) =>
    pick(rows, { now, pace: { ...pace, ...more }, rate: rate() });

  it("is red, at once; anything less waits for its window", () => {
    expect(at(NOW, [row(1)])).toEqual({ kind: "wait", until: NOW + 3_000 });
    expect(at(NOW + 3_000, [row(1)])).toMatchObject({ kind: "send" });
    expect(at(NOW, [row(2, { level: "red" }), row(1)])).toMatchObject({ rows: [{ n: 2 }, { n: 1 }] });
  });

  it("tells each of a few mines apart, and more than three in one message", () => {
    const mines = (count: number) => Array.from({ length: count }, (_, i) => row(i, { mine: `M${i}` }));
    expect(at(NOW + MINUTE, mines(3))).toMatchObject({ rows: [{ mine: "M0" }] });
    const four = at(NOW + MINUTE, mines(4));
    expect(four.kind === "send" && four.rows).toHaveLength(4);
  });

  it("tells any two mines in one message when messages are getting few", () => {
    const rows = [row(1, { mine: "A" }), row(2, { mine: "B" })];
    const busy = createRate(18, [NOW - 6, NOW - 5, NOW - 4, NOW - 3, NOW - 2, NOW - 1]);
    const picked = pick(rows, { now: NOW + 20_000, pace, rate: busy });
    expect(picked.kind === "send" && picked.rows).toHaveLength(2);
  });

  it("never marks what is new as a repeat by putting both into one message", () => {
    const rows = [row(1, { repeated: true }), row(2), row(3, { repeated: true })];
    expect(at(NOW + MINUTE, rows)).toMatchObject({ rows: [{ n: 1 }, { n: 3 }] });
  });

  it("tells each person their own", () => {
    const own = (n: number, person: string) => row(n, { person, device: `${person}-1` });
    const rows = [own(1, "a"), own(2, "b"), own(3, "a")];
    expect(at(NOW + MINUTE, rows, { group: "receiver" })).toMatchObject({ rows: [{ n: 1 }, { n: 3 }] });
  });

  it("always leads with the worst that is due, and carries no more than a message may", () => {
    const anyRow = fc.record({
      level: fc.constantFrom<Level>(...LEVELS),
      mine: fc.constantFrom("A", "B", "C", "D", "E"),
      age: fc.integer({ min: 0, max: 10_000 }),
    });
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 40 }), (made) => {
        const rows = made
          .map(({ level, mine, age }, i) => row(i, { level, mine, createdAt: NOW - age }))
          .sort((a, b) => levelRank(b.level) - levelRank(a.level) || a.n - b.n);
        const picked = at(NOW, rows, { most: 7 });
        const ripe = rows.filter(({ level, createdAt }) => level === "red" || NOW - createdAt >= 3_000);
        expect(picked.kind).toBe(ripe.length > 0 ? "send" : "wait");
        if (picked.kind === "wait") return;
        expect(picked.rows.length).toBeLessThanOrEqual(7);
        const worst = Math.max(...ripe.map(({ level }) => levelRank(level)));
        expect(Math.max(...picked.rows.map(({ level }) => levelRank(level)))).toBeGreaterThanOrEqual(worst);
      }),
    );
  });
});

describe("quiet hours", () => {
  const offset = () => 480;
  const local = (hour: number, minute = 0) => Date.UTC(2026, 10, 21, hour - 8, minute);

  it("end when the county's clock says so, over midnight too", () => {
    const night = { from: "22:00", to: "06:30" };
    expect(quietUntil(night, local(23), offset)).toBe(local(30, 30));
    expect(quietUntil(night, local(3), offset)).toBe(local(6, 30));
    expect(quietUntil(night, local(6, 30), offset)).toBeNull();
    expect(quietUntil(night, local(21, 59), offset)).toBeNull();
    expect(quietUntil({ from: "12:00", to: "13:00" }, local(12), offset)).toBe(local(13));
    expect(quietUntil(undefined, local(3), offset)).toBeNull();
  });
});

describe("words", () => {
  const hostile = fc.string({ unit: "binary", maxLength: 200 });

  it("of a mine carry no mark-up, no mention, no link and no second line into a group", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(wide(text)).not.toMatch(/[*_`#[\]()<>!|~@&\\\n\r]|:\/\//);
        expect(html(text)).not.toMatch(/[<>"'\n\r]|&(?!#\d+;)/);
        expect(plain(text)).not.toMatch(/[\n\r\u2028\u202e]/);
      }),
    );
  });

  it("are cut between letters and never longer than they may be", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 80 }),
        fc.integer({ min: 3, max: 100 }),
        (text, most) => {
          expect(bytesOf(cut(text, most))).toBeLessThanOrEqual(most);
          expect(cut(text, most)).not.toContain("\ufffd");
        },
      ),
    );
  });

  it("leave out a line that has nothing to say", () => {
    const field = (name: string) => ({ a: "1", b: "" })[name] ?? "";
    expect(fill("x {a}\n电话 {b}\n{a} {b}\n固定", field)).toBe("x 1\n1\n固定");
  });
});

describe("a message", () => {
  const wording: Wording = {
    texts: MessagesFile.parse({}),
    publicUrl: "https://county.example/",
    offsetMinutes: () => 480,
    phoneOf: () => "0000-0000311",
  };
  const onset = NOW - MINUTE;
  const event = (n: number, fields: object = {}) => {
    const alarm = anAlarm({
      id: `AL${n}`,
      raisedAt: onset,
      people: { underground: 212, area: 9, asOf: NOW, quality: "good", list: null },
      ...fields,
    });
    const entry = transitionOf(alarm, { what: "escalate", n: 2, why: "not-acknowledged" });
    return JSON.stringify(eventJson({ ...entry, seq: n }));
  };
  const make = (rows: Notification[], language: "zh" | "en" = "zh", fields: object = {}) =>
    messageOf(
      {
        id: "m1",
        at: NOW,
        language,
        receiver: null,
        rows,
        events: Object.fromEntries(rows.slice(0, 10).map(({ seq }) => [seq, event(seq, fields)])),
      },
      wording,
    );

  it("says level, place, value, limit, clause, time, people, why, telephone, link and step", () => {
    const one = make([row(1, { level: "orange", why: "not-acknowledged" })]);
    expect(one.words({ safe: plain, mostBytes: 4_096 })).toEqual({
      title: "【橙】一号矿 甲烷达到断电值",
      text: [
        "【橙】呼叫 一号矿 1101采煤工作面T1",
        "甲烷达到断电值 1.62 %CH4",
        "限值 1.5 %CH4 《煤矿安全规程》(2025) 第536条",
        "时间 2026-11-21 11:11:00",
        "井下人数 212",
        "超时未确认",
        "矿方电话 0000-0000311",
        "https://county.example/#/alarms/AL1",
        "编号 AL1#1",
      ].join("\n"),
    });
    const english = make([row(1, { repeated: true })], "en").words({ safe: plain, mostBytes: 4_096 });
    expect(english.title).toBe("(again) [orange] 一号矿: Methane at the cut limit");
    expect(english.text).toContain("Step AL1#1");
  });

  it("of many names every step, however little room it has", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.string({ unit: "grapheme", maxLength: 300 }),
        (count, place) => {
          const rows = Array.from({ length: count }, (_, i) => row(i + 1));
          const { text } = make(rows, "zh", { place, title: place, basis: place, mineName: place }).words({
            safe: wide,
            mostBytes: 4_096,
          });
          expect(bytesOf(text)).toBeLessThanOrEqual(4_096);
          for (const { step } of rows) expect(text.split(/\s/)).toContain(step);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("is known again by the same key, and another digest by another", () => {
    const [a, b, c] = [row(1), row(2), row(3)];
    expect(make([a]).key).toBe("AL1#1");
    expect(make([row(1, { person: "zhang", id: "AL1#1/zhang/p" })]).key).toBe("AL1#1/zhang/p");
    expect(make([a, b]).key).toBe(make([row(1, { repeated: true }), row(2)]).key);
    expect(make([a, b]).key).not.toBe(make([a, c]).key);
  });
});

describe("the texts that ship", () => {
  it("are what the program says when there is no file", () => {
    const text = shippedConfig().find(({ path }) => path === "messages.yaml")?.text ?? "";
    expect(MessagesFile.parse(parse(text))).toEqual(MessagesFile.parse({}));
  });
});

describe("an address", () => {
  it("is known again in the log, and is not there", () => {
    expect(hidden("13900000001")).toBe("139****001");
    expect(hidden("ab")).toBe("****");
  });

  it("of a push service is one the county named", () => {
    const hosts = ["push.example", "*.notify.example"];
    expect(isAllowed("https://push.example/x", hosts)).toBeNull();
    expect(isAllowed("https://a.notify.example/x", hosts)).toBeNull();
    for (const bad of [
      "http://push.example/x",
      "https://notify.example.evil/x",
      "https://evilnotify.example/x",
      "https://10.0.0.1/x",
      "https://[fd00::1]/x",
      `https://push.example/${"x".repeat(2_000)}`,
    ])
      expect(isAllowed(bad, hosts)).not.toBeNull();
  });
});
