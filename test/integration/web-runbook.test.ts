import { afterAll, beforeAll, expect, it } from "vitest";
import { readRunbook } from "../../src/web/runbook.ts";
import type { Json } from "../support/web-client.ts";
import { createHouse, type FakeHouse, nextAlarm } from "../support/web-ports.ts";
import { type OpenWeb, openWeb, signIn } from "../support/web-room.ts";

let house: FakeHouse;
let open: OpenWeb;
beforeAll(async () => {
  house = createHouse();
  open = await openWeb(house, { assets: await readRunbook("docs/RUNBOOK.md") });
});
afterAll(() => open.web.stop());

it("an alarm of the gateway links to its heading of a page that is there; one of a mine does not", async () => {
  const own = nextAlarm({ mine: "gateway", system: "gateway", class: "gateway", rule: "GW-19" });
  const other = nextAlarm();
  house.raise(own);
  house.raise(other);
  const { get } = await signIn(open.url, "viewer");
  const { runbook } = (await (await get(`alarms/${own.id}`)).json()) as Json;
  expect(runbook).toBe("/docs/runbook#GW-19");
  const page = await fetch(`${open.url}${runbook}`);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await page.text()).toContain('<h2 id="GW-19">');
  expect(((await (await get(`alarms/${other.id}`)).json()) as Json).runbook).toBeNull();
});
