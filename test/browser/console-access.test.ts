import { spawnSync } from "node:child_process";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, noBrowser, openScreen, SCREENS } from "../support/browser.ts";
import { type ConsolePage, consolePage } from "../support/browser-console.ts";
import { type FakeGateway, startFakeGateway } from "../support/browser-fake.ts";
import { MINES } from "../support/browser-fake-county.ts";

const missing = noBrowser();
if (missing !== null) console.log(`skipped: ${missing}`);

/** Every screen with something of each kind on it, in both languages, on desk, wall and telephone. */
describe.skipIf(missing !== null)("every screen of the console", () => {
  let browser: Browser;
  let fake: FakeGateway;

  beforeAll(async () => {
    const built = spawnSync(process.execPath, ["tools/build-console.mjs"], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(built.stderr);
    browser = await launchBrowser();
    fake = await startFakeGateway();
    for (const [id, change] of Object.entries(fake.county.alarms(fake.now()))) fake.step(id, change);
    fake.county.silence(MINES.stopped, fake.now() - 26 * 60_000);
  });
  afterAll(async () => {
    await browser?.close();
    await fake?.close();
  });

  const POINT = `/points/${MINES.high}:safety:HAND-CH4`;
  const PLACES: readonly (readonly [name: string, go: (at: ConsolePage) => Promise<unknown>])[] = [
    ["overview", (at) => at.go("/").then(() => at.page.locator("#alarm-grid, [role=tab]").first().waitFor())],
    ["alarm", (at) => at.go("/alarms/methane").then(() => at.page.locator("canvas").waitFor())],
    [
      "mine",
      (at) => at.go(`/mines/${MINES.high}`).then(() => at.page.locator("tr[data-point]").first().waitFor()),
    ],
    [
      "blind mine",
      (at) => at.go(`/mines/${MINES.stopped}`).then(() => at.page.locator(".no-data").waitFor()),
    ],
    ["point", (at) => at.go(POINT).then(() => at.page.locator("canvas").waitFor())],
  ];

  async function serious(at: ConsolePage): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page: at.page }).analyze();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
      );
  }

  /** Pixels by which the page is wider than the screen. */
  const overflow = (at: ConsolePage): Promise<number> =>
    at.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

  for (const language of ["zh", "en"] as const) {
    for (const [size, viewport] of Object.entries(SCREENS)) {
      it(`can be used by everyone, and fits: ${language}, ${size}`, async () => {
        const context = await openScreen(browser, viewport);
        const at = consolePage(await context.newPage(), fake.url);
        await at.open();
        await at.page.locator("#signin-name").waitFor();
        await at.speak(language);
        expect(await serious(at)).toEqual([]);
        await at.signIn("duty", "demo-duty");
        await at.link.waitFor();
        for (const [name, go] of PLACES) {
          await go(at);
          expect([name, await serious(at)]).toEqual([name, []]);
          expect([name, await overflow(at)]).toEqual([name, 0]);
        }
        await context.close();
      });
    }
  }

  it("can be used by everyone while a dialog is open and while data has stopped", async () => {
    const context = await openScreen(browser, SCREENS.desk);
    const at = consolePage(await context.newPage(), fake.url);
    await at.signIn("duty", "demo-duty");
    await at.row("methane").waitFor();
    await at.choose("methane");
    await at.page.keyboard.press("a");
    await at.page.locator("#ack-note:focus").waitFor();
    await at.page.locator(".dialog-fade-enter-active").waitFor({ state: "detached" });
    expect(await serious(at)).toEqual([]);
    await at.page.keyboard.press("Escape");
    await at.dialog.waitFor({ state: "hidden" });
    fake.fallSilent();
    await at.lossBand.waitFor();
    expect(await serious(at)).toEqual([]);
    fake.speakAgain();
    await context.close();
  });
});
