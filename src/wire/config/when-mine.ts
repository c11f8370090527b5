import { z } from "zod";
import type { CalibrationCondition, MineCondition } from "../../model/mine-condition.ts";
import { STATE } from "../../model/reading.ts";
import { Duration } from "./units-of-time.ts";
import { Word } from "./words.ts";

const EVENT_KINDS = ["001", "002", "003", "004", "005", "006", "007", "008", "009", "010"] as const;

const SHARE = "a share: 20%, 0.5%";
export const Share = z
  .string({ error: SHARE })
  .regex(/^(100|\d{1,2}(\.\d+)?)%$/, { error: SHARE })
  .transform((text) => Number(text.slice(0, -1)) / 100);

/** Forms of `when` about the mine's own system; one key names the thing. */
export const MINE_FORMS = [
  z.strictObject({
    event: z.strictObject({
      kinds: z.array(z.enum(EVENT_KINDS)).min(1),
      bits: z.array(z.enum(["alarm", "cut"])).default([]),
      unmatched: z.literal(true),
    }),
  }),
  z.strictObject({ cut: z.literal("happened"), alone: Duration }),
  z.strictObject({ feed: z.literal("live-after-cut"), after: Duration }),
  z.strictObject({ feed: z.enum(["dead-without-cut", "unlinked"]) }),
  z.strictObject({ calibration: z.literal("over-limit") }),
  z.strictObject({ calibration: z.literal("soon-after-limit"), share: Share, within: Duration }),
  z.strictObject({ calibration: z.enum(["too-long", "overdue"]), after: Duration }),
  z.strictObject({ calibration: z.literal("too-often"), more: z.int().min(1).max(16), per: Duration }),
  z.strictObject({ table: z.enum(["looser", "unconfirmed"]) }),
  z.strictObject({ unreported: Duration }),
  z.strictObject({ skew: Duration, clear: Duration }),
  z.strictObject({
    rejected: z
      .strictObject({ message: Share.optional(), hour: Share.optional() })
      .refine(({ message, hour }) => message !== undefined || hour !== undefined, {
        error: "message: a share of one message, or hour: a share of the last hour's, or both",
      }),
  }),
  z.strictObject({ supply: z.strictObject({ all: z.array(Word).min(1) }) }),
  z.strictObject({ machines: z.enum(["unknown", "switched"]) }),
] as const;

type MineForm = z.output<(typeof MINE_FORMS)[number]>;

const KEYS = "event cut feed calibration table unreported skew rejected supply machines".split(" ");

export const isMineForm = (when: object): when is MineForm => KEYS.some((key) => key in when);

export function mineCondition(when: MineForm): MineCondition {
  if ("event" in when) {
    const mask = when.event.bits.reduce((sum, bit) => sum | STATE[bit], 0);
    return { of: "event", kinds: when.event.kinds, mask };
  }
  if ("cut" in when) return { of: "cut", alone: when.alone };
  if ("feed" in when) {
    return "after" in when ? { of: "feed", is: when.feed, after: when.after } : { of: "feed", is: when.feed };
  }
  if ("calibration" in when) return calibration(when);
  if ("table" in when) return { of: "table", is: when.table };
  if ("unreported" in when) return { of: "unreported", after: when.unreported };
  if ("skew" in when) return { of: "skew", over: when.skew, clear: when.clear };
  if ("rejected" in when) {
    const { message = null, hour = null } = when.rejected;
    return { of: "rejected", message, hour };
  }
  if ("supply" in when) return { of: "supply", all: when.supply.all };
  return { of: "machines", are: when.machines };
}

function calibration(when: Extract<MineForm, { calibration: string }>): CalibrationCondition {
  const of = "calibration";
  switch (when.calibration) {
    case "over-limit":
      return { of, is: when.calibration };
    case "soon-after-limit":
      return { of, is: when.calibration, share: when.share, within: when.within };
    case "too-long":
      return { of, is: when.calibration, after: when.after };
    case "overdue":
      return { of, is: when.calibration, after: when.after };
    case "too-often":
      return { of, is: when.calibration, more: when.more, per: when.per };
  }
}
