import { spawnSync } from "node:child_process";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser, noBrowser, openScreen, SCREENS } from "../support/browser.ts";
import { consolePage } from "../support/browser-console.ts";
import { type FakeGateway, startFakeGateway } from "../support/browser-fake.ts";
import { MINES } from "../support/browser-fake-county.ts";

const missing = noBrowser();
if (missing !== null) console.log(`skipped: ${missing}`);

describe.skipIf(missing !== null)("the console", () => {
  let browser: Browser;
  let fake: FakeGateway;
  let contexts: BrowserContext[];
  let wrong: string[];
  let strangers: string[];

  beforeAll(async () => {
    const built = spawnSync(process.execPath, ["tools/build-console.mjs"], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    fake = await startFakeGateway();
    contexts = [];
    wrong = [];
    strangers = [];
  });
  afterEach(async () => {
    for (const context of contexts) await context.close();
    await fake.close();
    expect(wrong).toEqual([]);
    expect(strangers).toEqual([]);
  });

  async function screen(size: { width: number; height: number } = SCREENS.desk) {
    const context = await openScreen(browser, size);
    contexts.push(context);
    const page = await context.newPage();
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(fake.url)) strangers.push(request.url());
    });
    return consolePage(page, fake.url);
  }

  async function signedIn(name = "duty", size?: { width: number; height: number }) {
    const at = await screen(size);
    await at.signIn(name, `demo-${name}`);
    await at.tiles.first().waitFor();
    // The mines and the alarms come by two ways: what is raised from here on comes as an event.
    await at.link.getByText("实时").waitFor();
    return at;
  }

  const METHANE = { level: "orange", value: 1.62 } as const;
  const FAN = {
    level: "red",
    title: "主要通风机全部停止",
    value: null,
    limit: null,
    unit: null,
    mine: MINES.metal,
    mineName: "红岩磷矿",
  } as const;

  it("lets in whom the gateway knows, and says so when it does not", async () => {
    const at = await screen();
    await at.signIn("duty", "wrong");
    await at.page.getByText("账号或密码不正确").waitFor();
    await at.signIn("duty", "demo-duty");
    await at.tiles.first().waitFor();
    await at.page.reload();
    await at.tiles.first().waitFor();
  });

  it("shows the worst mine first, and one without data as such", async () => {
    fake.county.silence(MINES.stopped, fake.now() - 10 * 60_000);
    fake.step("m", METHANE);
    const at = await signedIn();
    await at.row("m").waitFor();
    await expect.poll(() => at.tiles.first().getAttribute("data-mine")).toBe(MINES.high);
    await expect.poll(() => at.tile(MINES.stopped).getAttribute("data-look")).toBe("blind");
    expect(await at.tile(MINES.stopped).innerText()).toContain("无数据");
    expect(await at.tile(MINES.stopped).innerText()).not.toContain("无报警");
    expect(await at.tile(MINES.high).innerText()).toMatch(/1\.62[\s\S]*1\.50/);
  });

  it("shows a new red alarm on top, reads it out, and never the canary", async () => {
    const at = await signedIn();
    await at.page.getByText("当前没有报警").waitFor();
    fake.step("m", METHANE);
    fake.step("canary", { ...FAN, class: "test" });
    fake.step("f", FAN);
    await at.row("f").waitFor();
    expect(await at.order()).toEqual(["f", "m"]);
    await expect.poll(() => at.newRed.textContent()).toContain("红岩磷矿");
    expect(await at.page.getByText("自检").count()).toBe(0);
  });

  it("acknowledges by keyboard alone, with a note, and says who", async () => {
    const at = await signedIn();
    fake.step("f", FAN);
    fake.step("m", METHANE);
    await at.row("m").waitFor();
    const expected = fake.newest("m")?.seq;
    await at.choose("m");
    await at.page.keyboard.press("a");
    await at.page.locator("#ack-note:focus").waitFor();
    await at.page.keyboard.type("已电话通知矿调度");
    await at.page.keyboard.press("Enter");
    await expect.poll(() => at.row("m").getAttribute("data-state")).toBe("acknowledged");
    expect(await at.row("m").innerText()).toContain("duty");
    expect(fake.heard.acts).toMatchObject([
      { user: "duty", id: "m", expect: expected, note: "已电话通知矿调度", csrf: "csrf" },
    ]);
    expect(fake.heard.acts[0]?.key).toMatch(/^\w{10,}$/);
  });

  it("keeps the chosen alarm when a new one moves it: A acts on what was looked at", async () => {
    const at = await signedIn();
    fake.step("m", METHANE);
    await at.row("m").waitFor();
    await at.choose("m");
    fake.step("f", FAN);
    await at.row("f").waitFor();
    expect(await at.order()).toEqual(["f", "m"]);
    await at.page.keyboard.press("a");
    await at.confirm();
    await expect.poll(() => at.row("m").getAttribute("data-state")).toBe("acknowledged");
    expect(await at.row("f").getAttribute("data-state")).toBe("unacknowledged");
  });

  it("shows two officers each other's acts, also when both have the dialog open", async () => {
    const [first, second] = [await signedIn("duty"), await signedIn("lead")];
    fake.step("m", METHANE);
    for (const at of [first, second]) {
      await at.row("m").waitFor();
      await at.choose("m");
      await at.page.keyboard.press("a");
      await at.page.locator("#ack-note").waitFor();
    }
    await first.confirm();
    await second.page.getByText("duty 已先确认").waitFor();
    expect(await second.page.locator("[data-test=ack-confirm]").isDisabled()).toBe(true);
    await second.page.keyboard.press("Escape");
    await expect.poll(() => second.row("m").innerText()).toContain("duty");
  });

  it("offers nobody an act that the role does not have", async () => {
    const at = await signedIn("viewer");
    fake.step("m", METHANE);
    await at.row("m").waitFor();
    expect(await at.row("m").getByRole("button").count()).toBe(0);
    await at.choose("m");
    // It goes by itself after a few seconds.
    const told = at.page.getByText("当前账号没有确认权限").waitFor();
    await Promise.all([told, at.page.keyboard.press("a")]);
    expect(await at.dialog.count()).toBe(0);
  });

  it("keeps what returned until someone acknowledges it", async () => {
    const at = await signedIn();
    fake.step("m", METHANE);
    fake.step("m", { state: "returned", returnedAt: fake.iso(fake.now()) }, { what: "return" });
    await at.row("m").getByText("已恢复未确认").waitFor();
    await at.row("m").getByRole("button").click();
    await at.confirm();
    await at.page.getByText("当前没有报警").waitFor();
  });

  it("marks what came late, what is calibration and what is not known", async () => {
    const at = await signedIn();
    fake.step("late", { retrospective: true, state: "returned", returnedAt: fake.iso(fake.now()) });
    fake.step("gas", { calibrating: true });
    fake.step("dark", { quality: "unknown" });
    await at.row("late").getByText("补传").waitFor();
    await at.row("gas").getByText("标校", { exact: true }).waitFor();
    await at.row("dark").getByText("数据未知").waitFor();
    fake.provisional({ ...fake.county.blank(fake.now()), id: "told", seq: 0 });
    await at.row("told").getByText("尚未记录").waitFor();
    fake.step("told", {});
    await at.row("told").getByText("尚未记录").waitFor({ state: "detached" });
  });

  it("says across the whole screen that data has stopped, and takes it back only when it has not", async () => {
    const at = await signedIn();
    fake.step("m", METHANE);
    await at.row("m").waitFor();
    fake.fallSilent();
    await at.lossBand.getByText(/数据已停止 \d+ 秒/).waitFor();
    const [band, page] = [await at.lossBand.boundingBox(), at.page.viewportSize()];
    expect(band?.width).toBe(page?.width);
    expect(await at.page.locator(".app.stopped").count()).toBe(1);
    // While it tries again it says 正在连接.
    await at.link.getByText("已中断").waitFor();
    fake.speakAgain();
    await at.lossBand.waitFor({ state: "detached" });
    expect(await at.row("m").count()).toBe(1);
  });

  it("misses nothing when an event is lost on the way", async () => {
    const at = await signedIn();
    fake.step("a", METHANE);
    await at.row("a").waitFor();
    fake.swallowNext(1);
    fake.step("b", METHANE);
    fake.step("c", METHANE);
    await at.row("b").waitFor();
    await at.row("c").waitFor();
    expect(fake.heard.hellos.at(-1)).toMatchObject({ epoch: "epoch-1" });
    expect(fake.heard.hellos.at(-1)?.lastSeq).toBeGreaterThan(1000);
  });

  it("notices that the last event was lost, though nothing comes after it", async () => {
    const at = await signedIn();
    fake.step("a", METHANE);
    await at.row("a").waitFor();
    fake.swallowNext(1);
    fake.step("b", FAN);
    await at.row("b").waitFor();
  });

  it("goes on where it was when the gateway comes back, and begins anew in a new epoch", async () => {
    const at = await signedIn();
    fake.step("a", METHANE);
    await at.row("a").waitFor();
    fake.goAway();
    await expect.poll(() => at.link.innerText()).not.toContain("实时");
    fake.step("b", FAN);
    fake.step("a", { state: "normal" }, { what: "end" });
    fake.comeBack();
    await at.row("b").waitFor();
    await at.row("a").waitFor({ state: "detached" });
    fake.newEpoch();
    fake.step("c", METHANE);
    await at.row("c").waitFor();
    expect(await at.order()).toEqual(["b", "c"]);
  });

  it("tells the gateway what it has drawn, and what a person was shown", async () => {
    const at = await signedIn();
    const { seq } = fake.step("m", METHANE);
    await at.row("m").waitFor();
    await expect.poll(() => fake.heard.acks.at(-1)?.seq).toBe(seq);
    await expect.poll(() => fake.heard.seen).toContainEqual({ type: "seen", seq, rung: "rendered" });
    await at.choose("m");
    await at.page.keyboard.press("Enter");
    await expect.poll(() => fake.heard.seen).toContainEqual({ type: "seen", seq, rung: "seen" });
  });

  it("tells the gateway too that it has drawn what was there before it", async () => {
    const { seq } = fake.step("m", METHANE);
    const at = await signedIn();
    await at.row("m").waitFor();
    await expect.poll(() => fake.heard.seen).toContainEqual({ type: "seen", seq, rung: "rendered" });
  });

  it("asks for a new sign-in when the session has ended", async () => {
    const at = await signedIn();
    fake.dropSessions();
    fake.goAway();
    fake.comeBack();
    await at.page.getByText("登录已失效").waitFor();
  });

  it("answers where, how bad, how many and whom to call on one screen", async () => {
    const at = await signedIn();
    fake.step("m", { ...METHANE, raisedAt: fake.iso(fake.now() - 60_000) });
    await at.row("m").waitFor();
    await at.choose("m");
    await at.page.keyboard.press("Enter");
    for (const words of [
      "1101采煤工作面回风隅角",
      "0857-5550101",
      "212",
      "第536条",
      "立即电话核实",
      "限值 1.50",
    ]) {
      await at.page.getByText(words).first().waitFor();
    }
    expect(await at.page.locator("a[href='tel:0857-5550101']").count()).toBe(1);
    await at.page.locator("canvas").waitFor();
    await at.page.keyboard.press("a");
    await at.confirm("好");
    await at.page.locator("li", { hasText: "确认" }).getByText("“好”").waitFor();
    await at.dialog.waitFor({ state: "hidden" });
    await at.page.keyboard.press("Escape");
    await at.grid.waitFor();
  });

  it("shows a mine's points with words for their states and never a 0 that is none", async () => {
    const at = await signedIn();
    await at.go(`/mines/${MINES.high}`);
    const words = async (code: string) =>
      (await at.point(`${MINES.high}:safety:${code}`).innerText()).replace(/\s+/g, " ");
    await at.point(`${MINES.high}:safety:CH4-03`).waitFor();
    expect(await words("CH4-03")).toMatch(/ – 断线 /);
    expect(await words("CH4-04")).toMatch(/ – 分站故障 /);
    expect(await words("CH4-05")).toMatch(/ – 超量程 /);
    expect(await words("CO-02")).toMatch(/ – 不巡检 /);
    expect(await words("DOOR-02")).toMatch(/打开 正常/);
    fake.county.setState(`${MINES.high}:safety:CH4-01`, 128);
    await expect.poll(() => words("CH4-01")).toMatch(/ – 断线 /);
    await at.page.getByRole("searchbox").fill("风门");
    await at.page.getByText("2 / 58 个测点").waitFor();
  });

  it("draws a point's curve with its limits, its gaps and its states", async () => {
    const at = await signedIn();
    await at.go(`/points/${MINES.high}:safety:HAND-CH4`);
    await at.page.getByText("原始数据").waitFor();
    const strip = at.page.getByRole("img", { name: /^状态/ });
    await expect
      .poll(() => strip.getAttribute("aria-label"))
      .toMatch(/无数据[\s\S]*标校[\s\S]*断线[\s\S]*报警/);
    expect(await at.page.getByRole("img", { name: /最大/ }).count()).toBe(1);
    await at.page.getByText("8 小时").click();
    await at.page.getByText("每分钟最大与最小").waitFor();
    await at.go(`/points/${MINES.high}:safety:WIND-01`);
    await at.page.getByText("这段时间没有数据").first().waitFor();
  });

  it("remembers the language", async () => {
    const at = await signedIn();
    await at.speak("en");
    await at.page.getByText("Sign out").waitFor();
    await at.page.reload();
    await at.page.getByText("Sign out").waitFor();
    expect(await at.page.locator("html").getAttribute("lang")).toBe("en");
  });

  it("reads durations by the gateway's clock when this computer's is wrong", async () => {
    fake.setClockAhead(3 * 3_600_000);
    const at = await signedIn();
    fake.step("m", { ...METHANE, raisedAt: fake.iso(fake.now() - 65_000) });
    await at.row("m").waitFor();
    await expect.poll(() => at.row("m").innerText()).toMatch(/\b1:\d\d\b/);
  });

  it("stands a flood of ten thousand alarms, drawing only what can be seen", async () => {
    const at = await signedIn();
    const begin = fake.now();
    // Of one millisecond the list goes by id: each has its own, so that the first is the last in the list.
    for (let i = 0; i < 10_000; i++)
      fake.step(`flood-${i}`, { ...METHANE, place: `测点 ${i}`, raisedAt: fake.iso(begin + i) });
    await expect.poll(() => at.grid.getAttribute("aria-rowcount"), { timeout: 60_000 }).toBe("10001");
    expect(await at.rows.count()).toBeLessThan(80);
    fake.step("f", FAN);
    await at.row("f").waitFor();
    expect((await at.order())[0]).toBe("f");
    await at.grid.focus();
    await at.page.keyboard.press("End");
    await at.row("flood-0").waitFor();
  });

  it("puts its sound lamp where it can be seen, and arms it by a click", async () => {
    const at = await signedIn();
    await at.page.reload();
    await at.sound.waitFor();
    await at.sound.click();
    await expect.poll(() => at.sound.innerText()).toContain("声音已启用");
    expect(await at.sound.getAttribute("aria-pressed")).toBe("true");
  });
});
