import type { MineCondition } from "../../model/mine-condition.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../model/time.ts";
import { count, type Stream, type World } from "../world.ts";
import { CLEAR, type Finding, type Look } from "./finding.ts";
import type { Tally } from "./memory.ts";

/** The mine's clock is off by more than that; well again below `clear` (LINK-05). */
export function onSkew(
  { world, memory }: Look,
  stream: Stream,
  is: Extract<MineCondition, { of: "skew" }>,
): Finding {
  const { median } = stream.offsets;
  if (Number.isNaN(median)) return { verdict: "hold", memory };
  const size = Math.abs(median);
  const value = Math.round(median / 1_000);
  const onset = { judged: world.now, sent: world.now };
  if (size > is.over) return { verdict: "raise", memory: null, value, onset };
  return { verdict: size <= is.clear ? "clear" : "between", memory: null, value };
}

/** Fewer readings than this in the last hour tell nothing about a share of them. */
const ENOUGH = 100;

/** Too much of what the mine sends is refused (LINK-06). The value is the share, in percent. */
export function onRejected(
  { world }: Look,
  stream: Stream,
  is: Extract<MineCondition, { of: "rejected" }>,
): Finding {
  const { message } = stream.own;
  if (message === null || message.from < world.now - SECOND) return { verdict: "same", memory: null };
  const hour = lastHour(stream, world.now);
  const ofMessage = message.bad / message.n;
  const ofHour = hour.n < ENOUGH ? 0 : hour.bad / hour.n;
  const onset = { judged: message.from, sent: message.from };
  const raised = (share: number): Finding => ({
    verdict: "raise",
    memory: null,
    value: percent(share),
    onset,
  });
  if (is.message !== null && ofMessage > is.message) return raised(ofMessage);
  if (is.hour !== null && ofHour > is.hour) return raised(ofHour);
  return CLEAR;
}

const percent = (share: number): number => Math.round(share * 1_000) / 10;

const PIECE = 5 * MINUTE;

/**
 * Counts the readings of one message, and those of them that were refused; `anew` = how many of them have not been
 * counted before.
 */
export function tally(world: World, stream: Stream, n: number, bad: number, anew = n): void {
  if (n === 0) return;
  // Of all that was looked at, whatever it was: what is refused is a share of it.
  count(stream.mine, "items", anew);
  const { own } = stream;
  const { now } = world;
  // Of several messages between two looks the worst counts.
  const unseen = own.message !== null && own.message.from >= world.swept;
  if (!unseen || own.message === null || bad / n >= own.message.bad / own.message.n)
    own.message = { from: now, n, bad };
  const from = Math.floor(now / PIECE) * PIECE;
  const last = own.hour.at(-1);
  if (last?.from === from) {
    last.n += anew;
    last.bad += bad;
  } else {
    own.hour = [...own.hour.filter((piece) => isRecent(piece, now)), { from, n: anew, bad }];
  }
}

const isRecent = (piece: Tally, now: Instant): boolean => now - piece.from < HOUR;

function lastHour(stream: Stream, now: Instant): { n: number; bad: number } {
  let [n, bad] = [0, 0];
  for (const piece of stream.own.hour) {
    if (!isRecent(piece, now)) continue;
    n += piece.n;
    bad += piece.bad;
  }
  return { n, bad };
}
