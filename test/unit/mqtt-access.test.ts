import { describe, expect, it } from "vitest";
import { TOPIC_KINDS } from "../../src/model/input.ts";
import { covers, destination, maySubscribe } from "../../src/mqtt/topic-access.ts";

const MINES = ["520523017311", "520523017312", "5205"];

describe("a mine's topics", () => {
  it("are its own and nobody else's, for every pair of three mines and every topic", () => {
    for (const owner of MINES) {
      for (const publisher of MINES) {
        const identity = { mine: publisher, system: null };
        for (const kind of TOPIC_KINDS) {
          const system = kind === "people" ? "person" : "safety";
          const { kind: leads } = destination(`mine/v1/${owner}/${system}/${kind}`, identity);
          expect(leads).toBe(owner === publisher ? "own" : "foreign");
        }
        for (const what of ["alarms", "rejects", "notices"]) {
          expect(destination(`mine/v1/${owner}/out/${what}`, identity).kind).toBe("foreign");
        }
        const status = destination(`mine/v1/${owner}/status`, identity).kind;
        expect(status).toBe(owner === publisher ? "own" : "foreign");
      }
    }
  });

  const who = { mine: "5205", system: null };
  it.each([
    ["mine/v1/5205/safety/nonsense", "unusable"],
    ["mine/v1/5205/safety", "unusable"],
    ["mine/v1/5205", "unusable"],
    ["mine/v1/5205/", "unusable"],
    ["mine/v1/5205/a/b/c/d/e/f", "unusable"],
    ["mine/v1/5205/safety/people", "unusable"],
    [`mine/v1/5205/${"x".repeat(200)}/readings`, "unusable"],
    ["mine/v1/5205/安全/readings", "unusable"],
    ["mine/v1/5205/out", "foreign"],
    ["mine/v1/5205/out/alarms", "foreign"],
    ["mine/v1/52050/safety/readings", "foreign"],
    ["mine/v2/5205/safety/readings", "foreign"],
    ["$SYS/broker/uptime", "foreign"],
    ["other", "foreign"],
    ["/mine/v1/5205/safety/readings", "foreign"],
  ])("%s leads to %s", (topic, kind) => {
    expect(destination(topic, who).kind).toBe(kind);
  });

  it("of a credential for one system are that system's alone", () => {
    const fan = { mine: "5205", system: "fan" };
    expect(destination("mine/v1/5205/fan/readings", fan).kind).toBe("own");
    expect(destination("mine/v1/5205/safety/readings", fan).kind).toBe("foreign");
    expect(destination("mine/v1/5205/status", fan).kind).toBe("foreign");
  });
});

describe("a subscription", () => {
  it.each([
    ["mine/v1/5205/out/#", 0, true],
    ["mine/v1/5205/out/#", 1, true],
    ["mine/v1/5205/out/+", 1, true],
    ["mine/v1/5205/out/alarms", 1, true],
    ["mine/v1/5205/out/rejects", 0, true],
    ["mine/v1/5205/out/notices", 1, true],
    ["mine/v1/5205/out/#", 2, false],
    ["mine/v1/5205/out/alarms", 2, false],
    ["mine/v1/5205/out", 1, false],
    ["mine/v1/5205/out/", 1, false],
    ["mine/v1/5205/out/a/b", 1, false],
    ["mine/v1/5205/out/+/#", 1, false],
    ["mine/v1/5205/out/../safety/readings", 1, false],
    ["mine/v1/5205/#", 1, false],
    ["mine/v1/5205/+/alarms", 1, false],
    ["mine/v1/5205/safety/readings", 1, false],
    ["mine/v1/5205/status", 1, false],
    ["mine/v1/52051/out/#", 1, false],
    ["mine/v1/520523017311/out/#", 1, false],
    ["mine/v1/+/out/#", 1, false],
    ["mine/v1/+/out/alarms", 1, false],
    ["mine/+/5205/out/#", 1, false],
    ["+/v1/5205/out/#", 1, false],
    ["mine/#", 1, false],
    ["#", 0, false],
    ["+", 0, false],
    ["+/#", 0, false],
    ["$SYS/#", 0, false],
    ["$SYS/+/new/clients", 0, false],
    ["$share/g/mine/v1/5205/out/#", 1, false],
    ["/mine/v1/5205/out/#", 1, false],
    ["MINE/V1/5205/OUT/#", 1, false],
    ["mine/v1/5205/out/__proto__", 1, false],
  ])("to %s with QoS %i: %s", (topic, qos, allowed) => {
    expect(maySubscribe({ topic, qos }, "5205")).toBe(allowed);
  });

  it("covers what it names, or all below out", () => {
    expect(covers("mine/v1/5205/out/#", "mine/v1/5205/out/alarms")).toBe(true);
    expect(covers("mine/v1/5205/out/+", "mine/v1/5205/out/alarms")).toBe(true);
    expect(covers("mine/v1/5205/out/alarms", "mine/v1/5205/out/alarms")).toBe(true);
    expect(covers("mine/v1/5205/out/alarms", "mine/v1/5205/out/rejects")).toBe(false);
  });
});
