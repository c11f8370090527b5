import { MINUTE, SECOND } from "../../../src/model/time.ts";
import { at, type Danger, is, reaches, WAY } from "../danger.ts";

/** Power, belts, pumps, the ring, bearings. */
export const PLANT_DANGERS: readonly Danger[] = [
  {
    id: "P1",
    what: "断电后仍有电 (馈电异常)",
    mine: 6,
    at: at(15, 5),
    lasts: 12 * MINUTE,
    events: [
      { kind: "gas-rise", working: "1101", factor: 8 },
      { kind: "feed-stuck", working: "1101" },
    ],
    shown: (see, world) => is("1101-CUT", 1)(see, world) && is("1101-FEED", 1)(see, world),
    rules: ["FEED-01"],
    about: {},
    within: 60 * SECOND + WAY,
  },
  {
    id: "P2",
    what: "胶带着火: 烟雾与一氧化碳",
    mine: 18,
    at: at(17, 30),
    lasts: 15 * MINUTE,
    events: [
      { kind: "measures", point: "B2-CO", value: 60 },
      { kind: "measures", point: "B2-SMOKE", value: 1, atOnce: true },
    ],
    shown: (see, world) => is("B2-SMOKE", 1)(see, world) && reaches("B2-CO", 10)(see, world),
    rules: ["SMK-02"],
    about: {},
    within: WAY,
  },
  {
    id: "P3",
    what: "工业环网断环",
    mine: 22,
    at: at(9, 50),
    lasts: 30 * MINUTE,
    events: [{ kind: "ring-break" }],
    rules: ["NET-02"],
    about: {},
    within: 10 * SECOND + WAY,
  },
  {
    id: "P5",
    what: "停产矿井违规开动胶带",
    mine: 31,
    at: at(23, 5),
    lasts: 40 * MINUTE,
    events: [{ kind: "measures", point: "B1-RUN", value: 1, atOnce: true }],
    rules: ["STOP-01"],
    about: {},
    within: 5 * MINUTE + WAY,
  },
  {
    id: "P6",
    what: "全矿停电, 分站全部转电池",
    mine: 40,
    at: at(6, 5),
    lasts: 20 * MINUTE,
    events: ["FZ-01", "FZ-02"].map((substation) => ({ kind: "battery", substation }) as const),
    rules: ["PWR-01"],
    about: {},
    within: 30 * SECOND + WAY,
  },
];
