import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mineCheck } from "../../src/cli/mine/check.ts";
import { mineRevoke, mineToken } from "../../src/cli/mine/credentials.ts";
import { exportPoints, importPoints } from "../../src/cli/points/points.ts";
import { writePoints } from "../../src/cli/points/sheet.ts";
import { encodeGb18030 } from "../../src/wire/gb18030.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { signIn } from "../support/screen.ts";
import type { Json } from "../support/web-client.ts";

const MINE = "520523017312";
const TOPIC = `mine/v1/${MINE}/safety`;

const POINTS = [
  { code: "N1", type: "0001", kind: "analog", unit: "%CH4", place: "2103综采工作面回风隅角T0", cutHigh: 1.5 },
  { code: "N2", type: "0004", kind: "analog", unit: "毫克", place: "2103工作面回风巷" },
  { code: "K1", type: "1009", kind: "switch", place: "2103断电器" },
  { code: "M1", type: "1004", kind: "switch", place: "2103采煤机开停", onText: "转", offText: "不转" },
  // The county's file says this place; the mine's own limit is looser than that place's.
  { code: "1101-T0", type: "0001", kind: "analog", unit: "%CH4", place: "1101上隅角", alarmHigh: 1.4 },
];

let dir: string;
let gateway: GatewayProcess;
const clients: MqttClient[] = [];
const notices: Json[] = [];
const rejects: Json[] = [];

async function client(id: string, options: IClientOptions = {}): Promise<MqttClient> {
  const made = await connectAsync(`mqtt://127.0.0.1:${gateway.mqttPort}`, {
    clientId: `${MINE}-${id}`,
    username: MINE,
    password: `demo-${MINE}`,
    reconnectPeriod: 20,
    ...options,
  });
  made.on("error", () => {});
  clients.push(made);
  return made;
}

/** Everything a new integrator does wrong, at once. */
async function beWrong(): Promise<void> {
  const mine = await client("pc");
  mine.on("message", (topic, payload) => {
    if (topic.endsWith("/rejects")) rejects.push(JSON.parse(payload.toString()) as Json);
    if (topic.endsWith("/notices")) notices.push(JSON.parse(payload.toString()) as Json);
  });
  await mine.subscribeAsync(`mine/v1/${MINE}/out/#`, { qos: 1 });
  const send = (kind: string, body: Buffer | object) =>
    mine.publishAsync(`${TOPIC}/${kind}`, Buffer.isBuffer(body) ? body : JSON.stringify(body), { qos: 1 });
  const now = Date.now();
  await send("points", { ts: now, points: POINTS });
  const gbk = encodeGb18030(JSON.stringify({ ts: now, points: POINTS }));
  await send("points", Buffer.from(gbk));
  await send("readings", { ts: Math.floor(now / 1_000), readings: [{ p: "N1", v: 0.3 }] });
  await send("readings", {
    ts: now,
    readings: [
      { p: "N1", v: "断线" },
      { p: "N2", v: 3 },
    ],
  });
  await expect(client("x", { password: "123456", reconnectPeriod: 0 })).rejects.toThrow();
}

/** Two programs of one client id, each of which comes back when the other has cast it out. */
async function beTwo(): Promise<void> {
  const told = new Promise<void>((resolve) => {
    const poll = setInterval(() => {
      if (!notices.some(({ code }) => code === "client-id-twice")) return;
      clearInterval(poll);
      resolve();
    }, 20);
  });
  await Promise.all([client("upload"), client("upload")]);
  await told;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-bad-"));
  gateway = await startGateway({ data: join(dir, "data"), config: "config" });
  await beWrong();
  await beTwo();
});
afterAll(async () => {
  for (const one of clients) one.end(true);
  await gateway?.kill("SIGTERM");
  await rm(dir, { recursive: true, force: true });
});

const checked = async (options: { json: boolean; html?: string }) => {
  const lines: string[] = [];
  const asked = { url: gateway.http, user: "auditor", hours: 24, ...options };
  const code = await mineCheck(MINE, asked, (line) => lines.push(line));
  return { code, text: lines.join("\n") };
};

describe("a mine that does everything wrong", () => {
  it("hears it on its own topics in Chinese: which reading, what is wrong, what to do", async () => {
    const told = () => rejects.map(({ zh }) => String(zh)).join("\n");
    await expect.poll(told).toContain("第1个读数 N1：数值不是数字");
    await expect.poll(told).toContain("乘以 1000");
    const twice = notices.find(({ code }) => code === "client-id-twice");
    expect(String(twice?.zh)).toContain("两个上传程序用了同一个客户端号");
  });

  it("is told so by the check, every fault by its name, and the command ends with 1", async () => {
    const { code, text } = await checked({ json: false });
    expect(code).toBe(1);
    for (const named of [
      /报文不是 UTF-8 编码（多半是 GBK）/,
      /时间像是秒，应为毫秒/,
      /乘以 1000/,
      /数值不是数字/,
      /safety:N1 2103综采工作面回风隅角T0/,
      /safety:1101-T0 1101上隅角 1\.4/,
      /safety:N2 2103工作面回风巷/,
      /safety:M1 2103采煤机开停/,
      /断电器无馈电测点：safety:K1/,
      /有断电值，未写 cuts：safety:N1/,
      /客户端号 520523017312-upload 十分钟内互相顶替 \d+ 次，来自 127\.0\.0\.1/,
      /口令错误或已作废（wrong password） × 1/,
      /person：从未收到数据/,
      /发布 person\/people/,
    ])
      expect(text).toMatch(named);
  });

  it("gets the same as data, each item with its state", async () => {
    const { code, text } = await checked({ json: true });
    const { state, items } = JSON.parse(text) as Json;
    expect([code, state]).toEqual([1, "bad"]);
    const states = Object.fromEntries(items.map(({ check, state: of }: Json) => [check, of]));
    expect(states).toMatchObject({
      connected: "warn",
      credential: "ok",
      "one-client": "bad",
      refused: "warn",
      table: "ok",
      locations: "warn",
      limits: "bad",
      words: "warn",
      rejects: "bad",
      events: "unknown",
      feeds: "warn",
      people: "bad",
      silence: "bad",
    });
  });

  it("gets a sheet to print and sign, with nothing of its own words as markup", async () => {
    const html = join(dir, "sheet.html");
    await checked({ json: false, html });
    const page = await readFile(html, "utf8");
    for (const word of [
      "联网验收单",
      MINE,
      "auditor",
      "矿山企业",
      "系统集成单位",
      "县级监管部门",
      "签字",
      "整改",
    ])
      expect(page).toContain(word);
    expect(page).not.toMatch(/<script|http/);
  });

  it("is told that two of its programs share a client id, on out/notices", () => {
    const notice = notices.find(({ code }) => code === "client-id-twice");
    expect(notice?.detail).toMatch(/520523017312-upload took the place of itself \d+ times/);
  });

  it("has its refused connections listed with the code they claimed and the reason", async () => {
    const { cookie } = await signIn(gateway.http, "lead");
    const answer = await fetch(`${gateway.http}/api/v1/connections/refused`, { headers: { cookie } });
    const { items } = (await answer.json()) as Json;
    expect(items).toContainEqual(
      expect.objectContaining({ claimed: MINE, clientId: `${MINE}-x`, reason: "wrong password" }),
    );
  });
});

describe("mine check", () => {
  it("says what to do when no gateway answers, and when there is no such mine", async () => {
    const ask = (url: string, code: string) =>
      mineCheck(code, { url, user: "viewer", hours: 1, json: true }, () => {});
    await expect(ask("http://127.0.0.1:9", MINE)).rejects.toThrow(/no gateway answers at .*--url/);
    await expect(ask(gateway.http, "999999999999")).rejects.toThrow(/no such mine/);
  });
});

const run = async (command: (print: (line: string) => void) => Promise<number>) => {
  const lines: string[] = [];
  const code = await command((line) => lines.push(line));
  return { code, text: lines.join("\n") };
};
const as = (user: string) => ({ url: gateway.http, user });

describe("its points as a workbook", () => {
  it("come with a suggestion for each that its text tells of, and go back with a diff before anything is done", async () => {
    const file = join(dir, "points.xlsx");
    const out = await run((print) =>
      exportPoints(MINE, { ...as("lead"), config: "config", suggest: file, json: false }, print),
    );
    expect([out.code, out.text]).toEqual([0, expect.stringMatching(/个测点，\d+ 个有建议/)]);
    const back = (yes: boolean) => (print: (line: string) => void) =>
      importPoints(MINE, file, { ...as("lead"), yes, json: false }, print);
    const shown = await run(back(false));
    expect(shown.text).toMatch(/safety:N1 2103综采工作面回风隅角T0 {2}位置类别: - → CF_CORNER/);
    expect(shown.text).toMatch(/safety:N1 .*断电器: - → K1/);
    expect(shown.text).toMatch(/尚未执行；加 --yes 执行/);
    const item = async () => JSON.parse((await checked({ json: true })).text).items as Json[];
    const before = (await item()).find(({ check }) => check === "locations");
    expect(before?.samples.map(({ zh }: Json) => zh).join()).toContain("safety:N1");
    expect((await run(back(true))).text).toMatch(/已确认 \d+ 项/);
    const after = (await item()).find(({ check }) => check === "locations");
    expect(after?.samples.map(({ zh }: Json) => zh).join()).not.toContain("safety:N1");
    expect((await run(back(true))).text).toMatch(/与网关一致/);
  });

  it("is refused when it is no workbook, and names the row of a point nobody has", async () => {
    const wrong = join(dir, "wrong.xlsx");
    await writeFile(wrong, "no workbook");
    const read = (file: string) => () =>
      importPoints(MINE, file, { ...as("lead"), yes: true, json: false }, () => {});
    await expect(read(wrong)()).rejects.toThrow(/no workbook/);
    const file = join(dir, "other.xlsx");
    const point = { type: "", place: "", unit: "", proposed: "", suggestions: {} };
    const now = { loc: "CF_FACE", set: "", machine: "", cuts: "", feeds: "" };
    await writePoints(file, [{ ...point, point: "safety:NOBODY", now }], []);
    const { code, text } = await run((print) =>
      importPoints(MINE, file, { ...as("lead"), yes: true, json: false }, print),
    );
    expect([code, text]).toEqual([1, expect.stringContaining("第2行: 网关没有测点 safety:NOBODY")]);
  });
});

describe("a credential of its own", () => {
  it("opens what it was made for and nothing else, until it is revoked", async () => {
    const made = await run((print) =>
      mineToken(MINE, { ...as("admin"), system: "fan", note: "风机厂家", list: false, json: true }, print),
    );
    const { id, password } = JSON.parse(made.text) as Json;
    const login = { password, reconnectPeriod: 0 } as IClientOptions;
    const fan = await client("fan", login);
    const readings = JSON.stringify({ ts: Date.now(), readings: [{ p: "F", v: 1 }] });
    await fan.publishAsync(`mine/v1/${MINE}/fan/readings`, readings, { qos: 1 });
    const closed = new Promise<void>((resolve) => fan.once("close", () => resolve()));
    fan.publish(`${TOPIC}/readings`, readings, { qos: 1 });
    await closed;
    const listed = await run((print) =>
      mineToken(MINE, { ...as("admin"), note: "", list: true, json: false }, print),
    );
    expect(listed.text).toMatch(new RegExp(`${id} {2}fan .*风机厂家`));
    expect(listed.text).not.toContain(password);
    await run((print) => mineRevoke(MINE, id, as("admin"), print));
    await expect(client("fan", login)).rejects.toThrow();
    await expect(mineRevoke(MINE, id, as("admin"), () => {})).rejects.toThrow(/no such credential/);
    await expect(
      mineToken(MINE, { ...as("lead"), note: "", list: true, json: true }, () => {}),
    ).rejects.toThrow(/may not/);
  });
});

const PAGE = readFileSync("docs/MINES.md", "utf8");
const program = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(PAGE)?.[1] ?? "";
const PYTHON = spawnSync("python3", ["--version"]).status === 0;
if (!PYTHON) console.log("skipped: the publisher of docs/MINES.md in Python (python3 is not installed)");

/** Runs a publisher of the page for a mine until its point has a value at the gateway. */
async function publishes(mine: string, command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], cwd: dir });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const { cookie } = await signIn(gateway.http, "viewer");
  const value = async () => {
    const path = `${gateway.http}/api/v1/points/${mine}:safety:1101-T0`;
    const answer = await fetch(path, { headers: { cookie } });
    return answer.ok ? ((await answer.json()) as Json) : null;
  };
  try {
    await expect.poll(value, { timeout: 60_000, interval: 100 }).toMatchObject({ value: 0.32, unit: "%CH4" });
  } catch (error) {
    throw new Error(`${command} said: ${said}`, { cause: error });
  } finally {
    child.kill();
  }
}

describe("the publishers of docs/MINES.md", () => {
  it.runIf(PYTHON)("in Python, without any library, is taken", async () => {
    const mine = "520523017313";
    await writeFile(join(dir, "upload.py"), program("python"));
    await publishes(mine, "python3", [
      "upload.py",
      "127.0.0.1",
      String(gateway.mqttPort),
      mine,
      `demo-${mine}`,
    ]);
  });

  it("in Node is taken", async () => {
    const mine = "520523017314";
    await symlink(join(process.cwd(), "node_modules"), join(dir, "node_modules"));
    await writeFile(join(dir, "upload.mjs"), program("js"));
    const url = `mqtt://127.0.0.1:${gateway.mqttPort}`;
    await publishes(mine, process.execPath, ["upload.mjs", url, mine, `demo-${mine}`]);
  });
});
