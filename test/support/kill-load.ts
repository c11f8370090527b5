import { createMineClient, type Message } from "./mine-client.ts";

export const MINES = ["520523017311", "520523017312", "520523017313"];
const EVERY_MS = 25;
/** Samples are as old as a poll cycle makes them, so that no run judges one at its own clock instead. */
const AGE_MS = 1_000;
/** Messages of one mine. */
const MOST_WAITING = 60;
/** What waits longer is waited for: by the load before it makes more, and by who kills. */
const OLD_MS = 20_000;

/** Each mine's points: two gases that wander over their limits, and a fan that stops now and then. */
const POINTS = [
  {
    code: "K-CH4",
    type: "0001",
    kind: "analog",
    unit: "%CH4",
    place: "测试回风隅角",
    loc: "CF_CORNER",
    alarmHigh: 1,
    cutHigh: 1.5,
    cycle: 0,
  },
  { code: "K-CO", type: "0004", kind: "analog", unit: "ppm", place: "测试回风巷", cycle: 0 },
  {
    code: "K-T1",
    type: "0001",
    kind: "analog",
    unit: "%CH4",
    place: "测试工作面",
    loc: "CF_FACE",
    alarmHigh: 1,
    cutHigh: 1.5,
    cycle: 0,
  },
];
const FAN = [
  {
    code: "K-FAN",
    type: "1010",
    kind: "switch",
    place: "测试风井",
    set: "KILL",
    machine: "1#",
    states: { "0": "stopped", "1": "running" },
    cycle: 0,
  },
];

/** Publishes the same messages, in the same order, to every gateway; each mine on one connection to each. */
export function createLoad(random: () => number, ports: readonly (() => number | null)[]) {
  const clients = ports.map((port) =>
    MINES.map((mine) => createMineClient({ mine, password: `demo-${mine}`, port, window: 8 })),
  );
  const walks = MINES.map(() => ({ ch4: 0.8, t1: 0.9, co: 20, fan: 1, seq: 0, fanSeq: 0, ts: 0 }));
  const send = (mine: number, message: Message) => {
    for (const own of clients) own[mine]?.send(message);
  };

  MINES.forEach((mine, i) => {
    const ts = Date.now();
    send(i, { topic: `mine/v1/${mine}/safety/points`, payload: JSON.stringify({ ts, points: POINTS }) });
    send(i, { topic: `mine/v1/${mine}/fan/points`, payload: JSON.stringify({ ts, points: FAN }) });
  });

  const isOld = () => clients.flat().some((client) => client.oldest() > OLD_MS);

  function step(): void {
    // What waits for minutes is late when it arrives, and late data are judged apart: two runs may then differ.
    if (isOld() || clients.flat().some((client) => client.waiting() > MOST_WAITING)) return;
    MINES.forEach((mine, i) => {
      const walk = walks[i] as (typeof walks)[number];
      walk.ts = Math.max(walk.ts + 1, Date.now() - AGE_MS);
      walk.ch4 = wander(walk.ch4, 0.08, 0.3, 1.9, random);
      walk.t1 = wander(walk.t1, 0.08, 0.3, 1.9, random);
      walk.co = wander(walk.co, 2, 5, 45, random);
      const { ts } = walk;
      const s = random() < 0.02 ? 128 : 0;
      const readings = [
        { p: "K-CH4", v: round(walk.ch4, 2), ...(s === 0 ? {} : { s }) },
        { p: "K-CO", v: Math.round(walk.co) },
        { p: "K-T1", v: round(walk.t1, 2) },
      ];
      send(i, {
        topic: `mine/v1/${mine}/safety/readings`,
        payload: JSON.stringify({ ts, seq: ++walk.seq, readings }),
      });
      if (random() < 0.05) {
        walk.fan = 1 - walk.fan;
        const payload = JSON.stringify({ ts, seq: ++walk.fanSeq, readings: [{ p: "K-FAN", v: walk.fan }] });
        send(i, { topic: `mine/v1/${mine}/fan/readings`, payload });
      }
    });
  }

  const timer = setInterval(step, EVERY_MS);
  return {
    /** Ends with a sample below every limit: a delay left pending would ripen by how long a run lives. */
    stop: () => {
      clearInterval(timer);
      MINES.forEach((mine, i) => {
        const walk = walks[i] as (typeof walks)[number];
        walk.ts = Math.max(walk.ts + 1, Date.now() - AGE_MS);
        const readings = [
          { p: "K-CH4", v: 0.3 },
          { p: "K-CO", v: 5 },
          { p: "K-T1", v: 0.3 },
        ];
        const payload = JSON.stringify({ ts: walk.ts, seq: ++walk.seq, readings });
        send(i, { topic: `mine/v1/${mine}/safety/readings`, payload });
      });
    },
    isOld,
    idle: async () => {
      await Promise.all(clients.flat().map((client) => client.idle()));
    },
    acknowledged: (gateway: number): Message[] =>
      (clients[gateway] ?? []).flatMap((client) => [...client.acknowledged]),
    close: () => {
      for (const client of clients.flat()) client.close();
    },
  };
}

function wander(value: number, by: number, least: number, most: number, random: () => number): number {
  return Math.min(most, Math.max(least, value + (random() - 0.5) * 2 * by));
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
