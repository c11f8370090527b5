import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  anAlarm,
  createHouse,
  MINE,
  type OpenWeb,
  OTHER,
  openWeb,
  signIn,
  tokenOf,
} from "../support/web-ports.ts";

const house = createHouse();
let open: OpenWeb;
beforeAll(async () => {
  house.setPoint(`${MINE}:safety:T1`, 0.5);
  house.setPoint(`${OTHER}:safety:T1`, 0.7);
  open = await openWeb(house);
});
afterAll(() => open.web.stop());

describe("smoke", () => {
  it("signs in and lists", async () => {
    const duty = await signIn(open.url, "duty");
    house.raise(anAlarm());
    for (const path of [
      "sessions",
      "mines",
      `mines/${MINE}`,
      `mines/${MINE}/tables/safety`,
      "points",
      `points/${MINE}:safety:T1`,
      `points/${MINE}:safety:T1/series?from=2026-01-01&to=2026-02-01%2000:00:00`,
      "alarms",
      "alarms?state=open",
      "rules",
      "system",
    ]) {
      const response = await duty.get(path);
      console.log(path, response.status, (await response.text()).slice(0, 200));
    }
    console.log(
      (await fetch(`${open.url}/api/v1/mines`, { headers: { authorization: `Bearer ${tokenOf("viewer")}` } }))
        .status,
    );
    const doc = await (await fetch(`${open.url}/api/v1/openapi.json`)).text();
    console.log(doc.length, doc.slice(0, 300));
    console.log((await (await fetch(`${open.url}/docs`)).text()).length);
    console.log((await fetch(`${open.url}/nix`)).status);
    expect(1).toBe(1);
  });
});
