import { createMineClient } from "./mine-client.ts";

export const HAND_MINE = "520523017311";

const POINTS = {
  safety: [
    {
      code: "HAND-CH4",
      type: "0001",
      kind: "analog",
      unit: "%CH4",
      place: "手动测点",
      loc: "CF_CORNER",
      cycle: 0,
    },
  ],
  fan: [
    {
      code: "HAND-FAN",
      type: "1010",
      kind: "switch",
      place: "手动风机",
      set: "HAND",
      machine: "1#",
      cycle: 0,
    },
  ],
};

/** The demo's mine with nothing but its points for trials by hand; a send resolves when it is acknowledged. */
export async function createHandMine(port: () => number) {
  const client = createMineClient({ mine: HAND_MINE, password: `demo-${HAND_MINE}`, port });
  let last = 0;
  const send = async (system: string, kind: string, body: object) => {
    last = Math.max(last + 1, Date.now());
    client.send({
      topic: `mine/v1/${HAND_MINE}/${system}/${kind}`,
      payload: JSON.stringify({ ts: last, ...body }),
    });
    await client.idle();
  };
  for (const [system, points] of Object.entries(POINTS)) await send(system, "points", { points });
  return {
    table: (system: string, points: readonly object[]) => send(system, "points", { points }),
    methane: (v: number) => send("safety", "readings", { readings: [{ p: "HAND-CH4", v }] }),
    fan: (v: number) => send("fan", "readings", { readings: [{ p: "HAND-FAN", v }] }),
    close: client.close,
  };
}
