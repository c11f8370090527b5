import { describe, expect, it } from "vitest";
import { createMineRun } from "../../src/cli/simulate/mine-run.ts";
import { type Message, offline, online, will } from "../../src/cli/simulate/payload.ts";
import { planMines } from "../../src/cli/simulate/plan.ts";
import { createRandom } from "../../src/cli/simulate/random.ts";
import { SCENARIOS } from "../../src/cli/simulate/scenarios.ts";
import { decode } from "../../src/wire/decode.ts";
import { parseTopic } from "../../src/wire/topic.ts";

const START = Date.parse("2026-03-02T07:00:00+08:00");

/** Everything the demo mines publish in ten minutes of a scenario. */
function published(scenario: string): Message[] {
  const sent: Message[] = [];
  for (const plan of planMines({ mines: 4, points: null })) {
    const link = {
      up: true,
      waiting: 0,
      send: (message: Message) => sent.push(message),
      cut: () => {
        link.up = false;
      },
      mend: () => {
        link.up = true;
      },
    };
    const found = SCENARIOS.find(({ name }) => name === scenario)!;
    const run = createMineRun({ plan, scenario: found, at: START, rng: createRandom("1"), period: null });
    sent.push(online(plan.code, START), ...run.tables());
    for (let i = 0; i < 200; i++) run.step(3_000, link);
    sent.push(offline(plan.code, START + 600_000), will(plan.code));
  }
  return sent;
}

/** What the gateway would say against a message; empty = nothing. */
function faults({ topic, payload }: Message): string[] {
  const parsed = parseTopic(topic);
  if (!parsed.ok) return [`${topic}: ${parsed.why}`];
  const body = decode(parsed.kind, parsed.system, new TextEncoder().encode(payload));
  if (body.kind === "unusable") return [`${topic}: ${body.reason}`];
  if (body.kind === "readings" || body.kind === "backfill") {
    return body.columns.bad === null ? [] : [`${topic}: a reading was refused: ${payload}`];
  }
  const rejected = "rejected" in body ? body.rejected : [];
  return rejected.map(({ what, reason }) => `${topic}: ${what}: ${reason}`);
}

describe("what the simulator publishes", () => {
  it.each(SCENARIOS.map(({ name }) => name))(
    "in scenario %s is read by the gateway without a complaint",
    (name) => {
      const sent = published(name);
      expect(sent.length).toBeGreaterThan(500);
      expect([...new Set(sent.flatMap(faults))]).toEqual([]);
    },
  );

  it("would be complained about if it were wrong", () => {
    const [table] = planMines({ mines: 1, points: null }).map((plan) => online(plan.code, START));
    expect(faults({ ...table!, payload: '{"online":"yes"}' })).not.toEqual([]);
    expect(faults({ ...table!, topic: "mine/v2/520523017311/status" })).not.toEqual([]);
  });
});
