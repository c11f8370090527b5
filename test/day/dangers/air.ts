import { MINUTE, SECOND } from "../../../src/model/time.ts";
import { at, type Danger, is, on, WAY } from "../danger.ts";

/** Fans, doors, ducts and the direction of the air. */
export const AIR_DANGERS: readonly Danger[] = [
  {
    id: "A1",
    what: "主要通风机全停 14 分钟",
    mine: 16,
    at: at(4, 45),
    lasts: 14 * MINUTE,
    events: [{ kind: "main-fan-stop" }],
    rules: ["FAN-01"],
    about: {},
    within: WAY,
  },
  {
    id: "A3",
    what: "局部通风机停止, 掘进工作面瓦斯上升",
    mine: 3,
    at: at(12, 35),
    lasts: 9 * MINUTE,
    events: [{ kind: "local-fan-stop", head: "1105" }],
    rules: ["LFAN-01"],
    about: {},
    within: 60 * SECOND + WAY,
  },
  {
    id: "A5",
    what: "突出矿井工作面进风风流逆转",
    mine: 7,
    at: at(19, 10),
    lasts: 5 * MINUTE,
    events: [{ kind: "measures", point: "1101-WD", value: 1, atOnce: true }],
    shown: is("1101-WD", 1),
    rules: ["WD-01"],
    about: on("1101-WD"),
    within: WAY,
  },
  {
    id: "A7",
    what: "一对风门同时敞开",
    mine: 28,
    at: at(10, 40),
    lasts: 12 * MINUTE,
    events: [
      { kind: "measures", point: "D2-A", value: 1, atOnce: true },
      { kind: "measures", point: "D2-B", value: 1, atOnce: true },
    ],
    shown: (see, world) => is("D2-A", 1)(see, world) && is("D2-B", 1)(see, world),
    rules: ["DOOR-01"],
    about: {},
    within: 60 * SECOND + WAY,
  },
];
