import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { createHandMine, HAND_MINE } from "../support/hand-mine.ts";
import { type Session, signIn } from "../support/screen.ts";

const HAND = `${HAND_MINE}:safety:HAND-CH4`;
const PACK = "rules/methane.yaml";
let dir: string;
let gateway: GatewayProcess;
let session: Session;
let mine: Awaited<ReturnType<typeof createHandMine>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-reload-"));
  await cp("config", join(dir, "config"), { recursive: true });
  gateway = await startGateway({ data: join(dir, "data"), config: join(dir, "config") });
  session = await signIn(gateway.http, "lead");
  mine = await createHandMine(() => gateway.mqttPort);
}, 60_000);
afterAll(async () => {
  mine?.close();
  await gateway?.kill("SIGTERM");
  await rm(dir, { recursive: true });
});

async function edit(change: (text: string) => string, file = PACK): Promise<string> {
  const path = join(dir, "config", file);
  const before = await readFile(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
  return before;
}

// biome-ignore lint/suspicious/noExplicitAny: what the gateway says is looked at as a program outside would
type Said = any;
async function get(path: string): Promise<Said> {
  const response = await fetch(`${gateway.http}/api/v1/${path}`, { headers: { cookie: session.cookie } });
  return response.json();
}

async function until<T>(ask: () => Promise<T | undefined | null | false>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => null);
    if (answer) return answer;
    await wait(200);
  }
}
const alarms = async (query = "state=open"): Promise<Said[]> => (await get(`alarms?${query}`)).items;
const onHand = async () =>
  (await alarms()).filter(({ subject, ladder }) => subject.id === HAND && ladder === "CH4");
const trouble = async () =>
  (await alarms()).find(({ rule, state }) => rule === "GW-10" && state !== "returned");
const CORNER = "loc: CF_CORNER, alarm: 1.00";

describe("a running gateway whose configuration changes", () => {
  let good = "";

  it("takes a changed limit on SIGHUP, judges by it at once, and says what it would have told of the last hour", async () => {
    for (const v of [0.3, 0.9, 0.2, 0.9]) await mine.methane(v);
    expect(await onHand()).toEqual([]);
    const before = (await get("system")).configHash;
    await edit((text) =>
      text
        .replace(CORNER, "loc: CF_CORNER, alarm: 0.80")
        .replace("release: 1.00, basis", "release: 0.80, basis"),
    );
    gateway.child.kill("SIGHUP");
    const system = await until(async () => {
      const said = await get("system");
      return said.configHash !== before && said.reload !== null && said;
    });
    expect(system.reload).toMatchObject({ ok: true, faults: [] });
    // Twice over 0.8: 0.9 → 0.2 → 0.9.
    expect(system.reload.detail).toMatch(/dry run on \d+ min.*\bCH4-01 2 added\b/);
    expect(await onHand()).toMatchObject([
      { rule: "CH4-01", value: 0.9, limit: 0.8, state: "unacknowledged" },
    ]);
    // Read again as it is, as when the change is noticed after the signal: what was said of it stays.
    gateway.child.kill("SIGHUP");
    const again = await until(async () => {
      const said = await get("system");
      return said.reload.at !== system.reload.at && said;
    });
    expect(again.reload.detail).toBe(system.reload.detail);
  });

  it("keeps the old rules when a file is wrong, and raises a trouble with its place, without being told", async () => {
    good = await edit((text) => text.replace("    level: yellow", "    level: yelow"));
    const line = good.split("\n").indexOf("    level: yellow") + 1;
    const alarm = await until(trouble);
    expect(alarm).toMatchObject({ title: "配置有误, 沿用旧配置", state: "unacknowledged" });
    expect(alarm.place).toMatch(new RegExp(`^${PACK}:${line}:12 .*level.*allowed: .*yellow`));
    const { reload, configHash } = await get("system");
    expect(reload).toMatchObject({ ok: false, faults: [expect.stringContaining(`${PACK}:${line}:12`)] });
    await mine.methane(0.79);
    await mine.methane(0.81);
    expect((await onHand()).map(({ limit }) => limit)).toContain(0.8);
    expect((await get("system")).configHash).toBe(configHash);
  });

  it("shows the place of the next fault when the first is mended and another is left", async () => {
    const first = await until(trouble);
    await edit(() => good.replace("    class: over-limit", "    class: over-limits"));
    gateway.child.kill("SIGHUP");
    const second = await until(async () => {
      const now = await trouble();
      return now?.id !== first.id && now;
    });
    expect(second.place).toMatch(/class.*over-limit/);
    expect(second.case).toBe(first.case);
  });

  it("ends the trouble when the files are well again", async () => {
    await edit(() => good);
    gateway.child.kill("SIGHUP");
    await until(async () => !(await trouble()));
    expect((await get("system")).reload).toMatchObject({ ok: true });
    expect((await onHand()).length).toBeGreaterThan(0);
  });

  it("ends an alarm whose rule is gone, with that reason", async () => {
    const open = (await onHand()).find(({ state }) => state === "unacknowledged");
    await edit((text) => text.replace(/ {2}- id: CH4-01\n[\s\S]*?(?= {2}- id: CH4-02)/, ""));
    gateway.child.kill("SIGHUP");
    const record = await until(async () => {
      const said = await get(`alarms/${open.id}`);
      return said.alarm.state !== "unacknowledged" && said;
    });
    expect(record.transitions.at(-1).transition).toMatchObject({ what: "rule-change", to: "returned" });
  });

  it("says what must wait for a restart", async () => {
    await edit((text) => text.replace("spool: 72h", "spool: 48h"), "gateway.yaml");
    gateway.child.kill("SIGHUP");
    const { reload } = await until(async () => {
      const said = await get("system");
      return /restart/.test(said.reload.detail) && said;
    });
    expect(reload.detail).toMatch(/after a restart only: retention of gateway.yaml/);
  });

  it("has all of it in a spool and journal that agree after a restart", async () => {
    await gateway.kill("SIGTERM");
    const data = join(dir, "data");
    await rm(join(data, "snapshots"), { recursive: true });
    gateway = await startGateway({ data, config: join(dir, "config") });
    session = await signIn(gateway.http, "lead");
    expect((await alarms()).filter(({ rule }) => rule === "GW-11")).toEqual([]);
  });
});
