import type { JournalRecord } from "../../src/model/alarm.ts";
import type { Input } from "../../src/model/input.ts";

/*
 * A second, naive model of what depends on connections and on the gateway itself, read off the killed run's own
 * spool. It shares nothing with the engine: lists, loops and the numbers of config/rules.
 */
const LINK_DOWN_MS = 60_000;
const STREAM_SILENT_MS = 5 * 60_000;
/** Troubles that ring when they have stood for so long; the others at once. */
const DELAYS_MS: Readonly<Record<string, number>> = {
  "no-screen": 60_000,
  "duty-silent": 60_000,
  "inbox-pressed": 5_000,
  "influx-away": 3_000,
};

export function oracleFaults(inputs: readonly Input[], journal: readonly JournalRecord[]): string[] {
  return [...gatewayFaults(inputs, journal), ...linkFaults(inputs, journal)];
}

/** Every trouble the gateway said of itself is raised once, with the moment it was said, and returns when taken back. */
function gatewayFaults(inputs: readonly Input[], journal: readonly JournalRecord[]): string[] {
  const want: string[] = [];
  const on = new Map<string, { since: number; raised: boolean }>();
  for (const input of inputs) {
    // Whose delay is over first rings first.
    const due = [...on].flatMap(([point, state]) =>
      state.raised ? [] : [{ point, state, at: state.since + (DELAYS_MS[point] ?? 0) }],
    );
    for (const { point, state, at } of due.sort((a, b) => a.at - b.at)) {
      if (input.now < at) continue;
      state.raised = true;
      want.push(`raise ${point} ${state.since}`);
    }
    // The canary is a test item, and no alarm of the gateway.
    if (input.type !== "self" || input.point === "canary") continue;
    const state = on.get(input.point);
    if (input.value !== 0 && state === undefined) {
      const now = { since: input.now, raised: DELAYS_MS[input.point] === undefined };
      on.set(input.point, now);
      if (now.raised) want.push(`raise ${input.point} ${input.now}`);
    }
    if (input.value === 0 && state !== undefined) {
      on.delete(input.point);
      if (state.raised) want.push(`return ${input.point} ${state.since}`);
    }
  }
  const have = journal.flatMap((record) => {
    if (record.type !== "transition" || record.alarm.class !== "gateway") return [];
    const { what } = record.transition;
    const point = record.alarm.subject.id.split(":").at(-1);
    return what === "raise" || what === "return" ? [`${what} ${point} ${record.alarm.raisedAt}`] : [];
  });
  return firstDifference("gateway alarms", want, have);
}

/** A mine whose connections were all down for a minute, or a stream silent for five, must have its alarm; no other may. */
function linkFaults(inputs: readonly Input[], journal: readonly JournalRecord[]): string[] {
  const faults: string[] = [];
  const open = new Map<string, Set<number>>();
  const downSince = new Map<string, number>();
  const due = new Set<string>();
  let started = 0;
  for (const input of inputs) {
    for (const [mine, since] of downSince) if (input.now - since >= LINK_DOWN_MS) due.add(mine);
    if (input.type === "start") {
      started = input.now;
      open.clear();
      downSince.clear();
    }
    if (input.now - started >= STREAM_SILENT_MS)
      faults.push("the run is too long for this oracle: a stream could be silent");
    if (input.type !== "link") continue;
    const connections = open.get(input.mine) ?? new Set<number>();
    open.set(input.mine, connections);
    if (input.event === "up") connections.add(input.connection);
    else connections.delete(input.connection);
    if (connections.size > 0) downSince.delete(input.mine);
    else downSince.set(input.mine, input.now);
  }
  const raised = journal.flatMap((record) =>
    record.type === "transition" &&
    record.transition.what === "raise" &&
    /^(LINK|SEN-08)/.test(record.alarm.rule)
      ? [`${record.alarm.rule} ${record.alarm.mine}`]
      : [],
  );
  return [
    ...new Set(faults),
    ...firstDifference("link alarms", [...due].map((mine) => `LINK-04 ${mine}`).sort(), raised.sort()),
  ];
}

function firstDifference(what: string, want: readonly string[], have: readonly string[]): string[] {
  for (let i = 0; i < Math.max(want.length, have.length); i++) {
    if (want[i] !== have[i])
      return [`${what}, step ${i}: oracle ${want[i] ?? "nothing"} | journal ${have[i] ?? "nothing"}`];
  }
  return [];
}
