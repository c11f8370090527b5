import { describe, expect, it } from "vitest";
import { mineTopic, outTopic, parseTopic } from "../../src/wire/topic.ts";

const why = (topic: string) => {
  const parsed = parseTopic(topic);
  return parsed.ok ? "ok" : parsed.why;
};

describe("a topic", () => {
  it("names a mine, a system and a kind", () => {
    expect(parseTopic("mine/v1/520523017311/safety/readings")).toEqual({
      ok: true,
      mine: "520523017311",
      system: "safety",
      kind: "readings",
    });
    expect(parseTopic("mine/v1/150622B0012000200092/person/people")).toMatchObject({
      ok: true,
      kind: "people",
    });
    expect(parseTopic("mine/v1/520523017311/status")).toEqual({
      ok: true,
      mine: "520523017311",
      system: null,
      kind: "status",
    });
  });

  it("is refused with a reason when it is anything else", () => {
    expect(why("")).toBe("not-a-mine-topic");
    expect(why("mine/v2/520523017311/safety/readings")).toBe("not-a-mine-topic");
    expect(why("mine/v1/520523017311")).toBe("not-a-mine-topic");
    expect(why("mine/v1/520523017311/safety/readings/x")).toBe("not-a-mine-topic");
    expect(why("mine/v1/123/safety/readings")).toBe("mine-code");
    expect(why(`mine/v1/${"1".repeat(25)}/safety/readings`)).toBe("mine-code");
    expect(why("mine/v1/+/safety/readings")).toBe("mine-code");
    expect(why("mine/v1/520523017311/#")).toBe("unknown-kind");
    expect(why("mine/v1/520523017311/readings")).toBe("unknown-kind");
    expect(why("mine/v1/520523017311/Safety/readings")).toBe("system");
    expect(why("mine/v1/520523017311//readings")).toBe("system");
    expect(why("mine/v1/520523017311/safety/alarms")).toBe("unknown-kind");
    expect(why("mine/v1/520523017311/safety/constructor")).toBe("unknown-kind");
    expect(why("mine/v1/520523017311/safety/people")).toBe("people-only-under-person");
    expect(why(`mine/v1/520523017311/${"s".repeat(128)}/readings`)).toBe("too-long");
  });

  it("cannot claim the gateway or what the gateway sends", () => {
    expect(why("mine/v1/gateway/safety/readings")).toBe("reserved");
    expect(why("mine/v1/gateway/status")).toBe("reserved");
    expect(why("mine/v1/520523017311/gateway/readings")).toBe("reserved");
    expect(why("mine/v1/520523017311/out/readings")).toBe("reserved");
    expect(why(outTopic("520523017311", "alarms"))).toBe("reserved");
  });

  it("is written as it is read", () => {
    expect(mineTopic("520523017311", "fan", "points")).toBe("mine/v1/520523017311/fan/points");
    expect(mineTopic("520523017311", null, "status")).toBe("mine/v1/520523017311/status");
    expect(outTopic("520523017311", "rejects")).toBe("mine/v1/520523017311/out/rejects");
  });
});
