import type { AlarmJson, ServerMessage } from "../../src/console/shapes.ts";
import { createFakeCounty } from "./browser-fake-county.ts";

const county = createFakeCounty(Date.parse("2026-03-02T08:00:00+08:00"));

/** An orange, unacknowledged methane alarm, but for what the test says. */
export const anAlarm = (change: Partial<AlarmJson> = {}): AlarmJson => ({
  ...county.blank(Date.parse("2026-03-02T08:00:00+08:00")),
  id: "alarm-1",
  ...change,
});

/** The event that made the alarm what it is now. */
export const anEvent = (
  seq: number,
  alarm: AlarmJson,
  prev = seq - 1,
): Extract<ServerMessage, { type: "event" }> => ({
  type: "event",
  seq,
  prev,
  t: "2026-03-02T08:00:00.000+08:00",
  transition: { from: "normal", to: alarm.state, n: 1, what: "raise" },
  alarm: { ...alarm, seq },
});
