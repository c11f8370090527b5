import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchBrowser, noBrowser, openScreen, SCREENS } from "../support/browser.ts";
import { consolePage } from "../support/browser-console.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { pointListed, signIn } from "../support/screen.ts";

const MINE = "520523017311";
const publisher = spawnSync("mosquitto_pub", ["--help"]).error === undefined;
const missing = noBrowser() ?? (publisher ? null : "mosquitto_pub is missing");
if (missing !== null) console.log(`skipped: ${missing}`);

describe.skipIf(missing !== null)("the console of a real gateway", () => {
  const data = mkdtempSync(join(tmpdir(), "davylamp-browser-"));
  let gateway: GatewayProcess;
  let browser: Browser;

  beforeAll(async () => {
    gateway = await startGateway({ data, config: "config", command: "demo" });
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.kill("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  });

  const signedIn = async (name: string) => {
    const context = await openScreen(browser, SCREENS.desk);
    const screen = consolePage(await context.newPage(), gateway.http);
    await screen.signIn(name, `demo-${name}`);
    await screen.tile(MINE).waitFor();
    return screen;
  };

  it("shows what mosquitto_pub sent, and one officer's acknowledgement to another", async () => {
    const officer = await signedIn("duty");
    const other = await signedIn("lead");
    await pointListed(gateway.http, await signIn(gateway.http, "viewer"), `${MINE}:safety:HAND-CH4`);

    publish(1.62);
    await officer.rowWith("HAND-CH4").waitFor();
    expect(await officer.rowWith("HAND-CH4").innerText()).toContain("1.62");
    await other.rowWith("HAND-CH4").waitFor();

    const id = (await officer.rowWith("HAND-CH4").getAttribute("data-alarm")) ?? "";
    await officer.choose(id);
    await officer.page.keyboard.press("a");
    await officer.confirm("已电话核实");
    await other.row(id).getByText("已确认").waitFor();

    publish(0.99);
    await other.row(id).waitFor({ state: "detached" });
  });

  it("says that data has stopped when the gateway is gone", async () => {
    const officer = await signedIn("viewer");
    await officer.link.getByText("实时").waitFor();
    await gateway.kill();
    await officer.lossBand.waitFor();
    expect(await officer.lossBand.innerText()).toContain("数据已停止");
  });

  function publish(value: number): void {
    const body = JSON.stringify({ ts: Date.now(), readings: [{ p: "HAND-CH4", v: value }] });
    const topic = `mine/v1/${MINE}/safety/readings`;
    const login = ["-p", String(gateway.mqttPort), "-u", MINE, "-P", `demo-${MINE}`, "-i", `${MINE}-hand`];
    expect(spawnSync("mosquitto_pub", [...login, "-q", "1", "-t", topic, "-m", body]).status).toBe(0);
  }
});
