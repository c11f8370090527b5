import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOnly } from "../../src/app/replay/tape.ts";
import { replay } from "../../src/cli/replay.ts";
import { EXIT, Refusal } from "../../src/lib/refusal.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { MINUTE } from "../../src/model/time.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { iso } from "../../src/wire/time.ts";
import { county } from "../support/county.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createMineClient } from "../support/mine-client.ts";
import { type Recording, record } from "../support/recorder.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const AT = 1_767_225_600_000;
const SECONDS = 12 * 60;

interface Told {
  readonly t: string;
  readonly transition: { readonly n: number; readonly what: string };
  readonly alarm: { readonly id: string; readonly rule: string; readonly seq: number };
}

describe("davylamp replay", () => {
  const root = mkdtempSync(join(tmpdir(), "davylamp-replay-"));
  const data = join(root, "data");
  const stricter = join(root, "stricter");
  let recording: Recording;

  beforeAll(async () => {
    const loaded = loadConfig(shippedConfig(), () => undefined, AT);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    mkdirSync(data);
    const inputs = county({ scenario: "gas-rise", seconds: SECONDS, at: AT });
    recording = await record(data, loaded, inputs, { snapshotEvery: 3 * MINUTE });
    cpSync("config", stricter, { recursive: true });
    const rules = join(stricter, "rules", "methane.yaml");
    const text = readFileSync(rules, "utf8");
    const lower = text.replace(/(loc: CF_FACE_OB, alarm: )1\.00(.*release: )1\.00/, "$10.70$20.70");
    expect(lower).not.toBe(text);
    writeFileSync(rules, lower);
  }, 60_000);

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  async function replayed(options: { from?: string; to?: string; config?: string } = {}): Promise<Told[]> {
    const lines: string[] = [];
    expect(await replay({ data, json: true, ...options }, (line) => lines.push(line))).toBe(EXIT.well);
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Told);
  }

  const differences = async (options: object) => {
    const lines: string[] = [];
    await replay({ data, json: true, ...options }, (line) => lines.push(line));
    const { changes, counts } = JSON.parse(lines[0] ?? "") as {
      changes: { what: string; rule: string; told: string; was?: { told: string }; byMs?: number }[];
      counts: Record<string, number>;
    };
    return { changes, counts };
  };

  const short = ({ t, transition, alarm }: Told) =>
    `${t} ${alarm.seq} ${alarm.id} ${transition.n} ${transition.what}`;
  const journal = (from = 0, to = Number.POSITIVE_INFINITY) =>
    recording.records.flatMap((record) =>
      record.type === "transition" && record.t >= from && record.t <= to
        ? [
            `${iso(record.t)} ${record.seq} ${record.alarm.id} ${record.transition.n} ${record.transition.what}`,
          ]
        : [],
    );

  it("tells every transition of the journal, with its id, moment and number", async () => {
    expect(journal().length).toBeGreaterThan(5);
    expect((await replayed()).map(short)).toEqual(journal());
  });

  it("begins at a snapshot where the range begins later, and tells only of the range", async () => {
    const [from, to] = [AT + 5 * MINUTE, AT + 9 * MINUTE];
    expect(journal(from, to).length).toBeGreaterThan(0);
    expect((await replayed({ from: iso(from), to: iso(to) })).map(short)).toEqual(journal(from, to));
  });

  it("changes not a byte of the data directory, and could not", async () => {
    const before = fingerprint(data);
    await replayed({ from: iso(AT + 5 * MINUTE) });
    await differences({ diff: stricter });
    expect(fingerprint(data)).toBe(before);
    await expect(readOnly(nodeDisk).open(join(data, "x"), "create")).rejects.toThrow("writes nothing");
  });

  it("finds no difference between the recorded rules and the same again", async () => {
    const { changes, counts } = await differences({ diff: "config" });
    expect(changes).toEqual([]);
    expect(counts["same"]).toBeGreaterThan(0);
  });

  it("tells which alarms come earlier or anew under a lower limit, and which later or not at all under a higher", async () => {
    const lower = await differences({ diff: stricter });
    const earlier = lower.changes.filter(({ what }) => what === "earlier");
    expect(earlier.length).toBeGreaterThan(0);
    for (const { told, was, byMs } of earlier)
      expect(Date.parse(was?.told ?? "") - Date.parse(told)).toBe(byMs);
    expect(lower.counts).toMatchObject({ lost: 0, later: 0 });

    const higher = await differences({ config: stricter, diff: "config" });
    expect(higher.counts["later"]).toBe(lower.counts["earlier"]);
    expect(higher.counts["lost"]).toBe(lower.counts["added"]);
    expect(higher.counts).toMatchObject({ added: 0, earlier: 0 });
  });

  it("takes the words of the contract, --rules DIR --diff, of a configuration or of its packs alone", async () => {
    const wanted = await differences({ diff: stricter });
    expect(await differences({ rules: stricter, diff: true })).toEqual(wanted);
    expect(await differences({ rules: join(stricter, "rules"), diff: true })).toEqual(wanted);
  });

  it("prints the difference by rule, with times and points, and a summary", async () => {
    const lines: string[] = [];
    await replay({ data, json: false, diff: stricter }, (line) => lines.push(line));
    const text = lines.join("\n");
    expect(text).toMatch(/^CH4-\d+ {2}\S+.*: .*earlier/m);
    expect(text).toMatch(/ {2}< earlier 2026-01-01 08:0\d:\d\d\.\d{3} {2}\w+ +520523017311:safety:1101-T1 /);
    expect(lines.at(-1)).toMatch(/× real time$/);
  });

  it("refuses what it cannot read with the exit code that says why", async () => {
    const code = async (options: object) =>
      replay({ data, json: false, ...options }, () => {}).catch((error: unknown) =>
        error instanceof Refusal ? error.code : error,
      );
    expect(await code({ data: join(root, "nowhere") })).toBe(EXIT.usage);
    expect(await code({ data: root })).toBe(EXIT.usage);
    expect(await code({ from: "yesterday" })).toBe(EXIT.usage);
    expect(await code({ diff: true })).toBe(EXIT.usage);
    const broken = join(root, "broken");
    cpSync("config", broken, { recursive: true });
    writeFileSync(join(broken, "rules", "link.yaml"), "rules: [{ id: 1 }]");
    expect(await code({ diff: broken })).toBe(EXIT.refused);
  });
});

describe("davylamp replay beside a running gateway", () => {
  const data = mkdtempSync(join(tmpdir(), "davylamp-replay-live-"));
  const mine = "520523017311";
  let gateway: GatewayProcess;

  beforeAll(async () => {
    gateway = await startGateway({ data, config: "config" });
  }, 60_000);

  afterAll(async () => {
    await gateway?.kill("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  });

  it("tells of an alarm that the gateway has just acknowledged to the mine, and leaves the gateway its data", async () => {
    const client = createMineClient({ mine, password: `demo-${mine}`, port: () => gateway.mqttPort });
    const send = (kind: string, body: object) =>
      client.send({ topic: `mine/v1/${mine}/safety/${kind}`, payload: JSON.stringify(body) });
    const ts = Date.now();
    const point = { code: "HAND-CH4", type: "0001", kind: "analog", unit: "%CH4", place: "手动", cycle: 0 };
    send("points", { ts, points: [point] });
    for (const v of [0.2, 1.62]) {
      send("readings", { ts: ts + Math.round(v), readings: [{ p: "HAND-CH4", v }] });
      await client.idle();
      const lines: string[] = [];
      await replay({ data, json: true }, (line) => lines.push(line));
      const told = lines.slice(0, -1).map((line) => JSON.parse(line) as Told);
      const raised = told
        .filter(({ transition }) => transition.what === "raise")
        .map(({ alarm }) => alarm.rule);
      expect(raised.filter((rule) => rule.startsWith("CH4-"))).toEqual(v > 1 ? ["CH4-02"] : []);
    }
    client.close();
    expect(gateway.child.exitCode).toBeNull();
  });
});

/** Every file with its bytes, size and moment of change. */
function fingerprint(dir: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(dir, name);
    const { mtimeMs, size, mode } = statSync(path);
    hash.update(`${name} ${mtimeMs} ${size} ${mode}`);
    if (statSync(path).isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}
