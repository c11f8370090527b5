/**
 * A second, naive model of the rules for one point, to be compared with the engine. It shares no code with it:
 * whole lists instead of columns, second by second, everything looked up again by scanning. It knows one
 * stream with the point under test and one other point that only carries the stream's sample clock.
 */
export type Event =
  | {
      readonly now: number;
      readonly do: "sample";
      readonly t: number;
      readonly v: number;
      readonly s: number;
    }
  | { readonly now: number; readonly do: "other" }
  | { readonly now: number; readonly do: "ack" }
  /** For so many minutes; where a second person is needed, one says yes. */
  | { readonly now: number; readonly do: "shelve"; readonly minutes: number }
  | { readonly now: number; readonly do: "unshelve" }
  | { readonly now: number; readonly do: "tick" };

export interface Spec {
  readonly begin: number;
  /** Lowest first, both releasing below the first limit. Limits and values are whole hundredths. */
  readonly steps: readonly { rule: string; level: string; limit: number; delay: number }[];
  readonly fault: { rule: string; level: string; bit: number; delay: number };
  readonly silence: { rule: string; level: string };
}

interface Heard {
  arrival: number;
  t: number;
  judged: number;
  hundredths: number;
  s: number;
}

interface Life {
  rule: string;
  level: string;
  ladder: "limit" | "fault" | "silence";
  state: "B" | "C" | "D" | "A";
  quality: string;
  raised: number;
  returned: number | null;
  family: number;
  step: number;
  quiet: boolean;
}

interface Shelf {
  family: number;
  level: number;
  until: number;
}

const LEVELS = ["none", "blue", "yellow", "orange", "red"];
const HOUR = 3_600_000;

const CYCLE = 30_000;
const STALE = 90_000;
const OLD = 120_000;

export function foretell(events: readonly Event[], spec: Spec): string[] {
  const told: string[] = [];
  const lives: Life[] = [];
  const heard: Heard[] = [];
  const messages: number[] = [spec.begin];
  let shelves: Shelf[] = [];
  let clock = Number.NEGATIVE_INFINITY;
  let second = spec.begin;
  let staleTold = false;
  let families = 0;
  /** Since when (judged time) each step, and the fault bit, has been true without a break. */
  const since: (number | null)[] = spec.steps.map(() => null);
  let faultSince: number | null = null;

  const tell = (now: number, life: Life, what: string) =>
    told.push(
      `${now} ${life.rule} ${what} ${life.state} ${life.level} ${life.quality} since ${life.raised}${life.quiet ? " quiet" : ""}`,
    );
  const family = (number: number) => lives.filter((life) => life.family === number && life.state !== "A");
  /** Ends a shelf; what is told first is told already. */
  const unshelve = (now: number, shelf: Shelf) => {
    shelves = shelves.filter((each) => each !== shelf);
    for (const life of family(shelf.family)) {
      if (!life.quiet) continue;
      life.quiet = false;
      tell(now, life, "unshelve");
    }
  };
  /** A life becomes of a level: a shelf below it is over, which the others learn afterwards. */
  const become = (now: number, life: Life, what: string) => {
    const shelf = shelves.find((each) => each.family === life.family);
    const above = shelf !== undefined && LEVELS.indexOf(life.level) > shelf.level;
    life.quiet = shelf !== undefined && !above;
    tell(now, life, what);
    if (above) unshelve(now, shelf);
  };
  const open = (ladder: Life["ladder"]) =>
    lives.find((life) => life.ladder === ladder && (life.state === "B" || life.state === "C"));

  function bear(
    now: number,
    ladder: Life["ladder"],
    rule: string,
    level: string,
    raised: number,
    quality: string,
    step = 0,
  ) {
    if (lives.some((life) => life.ladder === ladder && life.raised === raised)) return false;
    const kin = lives.filter(
      (life) =>
        life.ladder === ladder &&
        life.returned !== null &&
        raised >= life.raised &&
        raised - life.returned <= 600_000,
    );
    const own = kin.at(-1)?.family ?? families++;
    const about = { rule, level, ladder, quality, raised, returned: null, family: own, step };
    const life: Life = { ...about, state: "B", quiet: false };
    lives.push(life);
    become(now, life, "raise");
    return true;
  }

  function end(now: number, life: Life, at: number) {
    life.returned = at;
    life.quality = "good";
    const seen = life.state === "C";
    life.state = seen ? "A" : "D";
    tell(now, life, seen ? "end" : "return");
  }

  /** The highest step whose time has come, at a moment of the sample clock. */
  function limitDue(now: number, moment: number, quality: string) {
    for (let k = spec.steps.length - 1; k >= 0; k--) {
      const step = spec.steps[k]!;
      const life = open("limit");
      const from = since[k];
      if (from === null || from === undefined || (life !== undefined && k <= life.step)) continue;
      if (from + step.delay > moment) continue;
      if (life === undefined) {
        if (!bear(now, "limit", step.rule, step.level, from, quality, k)) since[k] = null;
      } else {
        life.rule = step.rule;
        life.level = step.level;
        life.step = k;
        life.state = "B";
        life.quality = quality;
        become(now, life, "step-up");
      }
      for (let i = 0; i <= k; i++) if (open("limit") !== undefined) since[i] = null;
      return;
    }
  }

  function faultDue(now: number, moment: number, quality: string) {
    if (faultSince === null || open("fault") !== undefined || faultSince + spec.fault.delay > moment) return;
    bear(now, "fault", spec.fault.rule, spec.fault.level, faultSince, quality);
    faultSince = null;
  }

  const nextDue = () => {
    const reached = open("limit")?.step ?? -1;
    const limits = since.map((from, k) =>
      from === null || k <= reached ? Infinity : from + spec.steps[k]!.delay,
    );
    const fault = faultSince === null || open("fault") ? Infinity : faultSince + spec.fault.delay;
    return { limit: Math.min(...limits), fault };
  };

  /** Everything due up to a moment, earliest first; `strictly`: what is due at the moment itself must wait. */
  function ripen(now: number, moment: number, strictly: boolean) {
    const quality = staleTold ? "unknown" : "good";
    for (;;) {
      const due = nextDue();
      const first = Math.min(due.limit, due.fault);
      if (first === Infinity || (strictly ? first >= moment : first > moment)) return;
      if (due.limit <= due.fault) limitDue(now, first, quality);
      else faultDue(now, first, quality);
    }
  }

  function eachSecond(now: number) {
    while (second + 1_000 <= now) {
      second += 1_000;
      endShelves(second);
      const silent = second - messages.at(-1)!;
      if (silent >= CYCLE) ripen(second, clock + silent, false);
      const last = heard.at(-1)?.arrival ?? spec.begin;
      if (second - last < STALE) continue;
      if (!staleTold) goStale(second);
      const revived = messages.findLast((at, i) => i === 0 || at - messages[i - 1]! > 2 * CYCLE)!;
      const alive = messages.length > 1 && silent <= 2 * CYCLE && second - revived >= CYCLE;
      if (alive && open("silence") === undefined) {
        bear(
          second,
          "silence",
          spec.silence.rule,
          spec.silence.level,
          heard.at(-1)?.judged ?? spec.begin,
          "good",
        );
      }
    }
  }

  function endShelves(now: number) {
    for (const shelf of shelves.filter(({ until }) => until <= now)) unshelve(now, shelf);
  }

  function goStale(now: number) {
    staleTold = true;
    blindLimit(now);
    blindFault(now);
  }

  function blindLimit(now: number) {
    const life = open("limit");
    if (life !== undefined && life.quality !== "unknown") {
      life.quality = "unknown";
      tell(now, life, "quality");
    }
    const highest = since.findLastIndex((from, k) => from !== null && k > (open("limit")?.step ?? -1));
    if (highest < 0) return;
    const kept = since[highest]!;
    for (let k = 0; k < since.length; k++) if (k !== highest) since[k] = k < highest ? null : since[k]!;
    since[highest] = kept;
    limitDue(now, Infinity, "unknown");
  }

  function blindFault(now: number) {
    const life = open("fault");
    if (life !== undefined && life.quality !== "unknown") {
      life.quality = "unknown";
      tell(now, life, "quality");
    }
    faultDue(now, Infinity, "unknown");
  }

  function sample(now: number, t: number, v: number, s: number) {
    messages.push(now);
    const repeat = heard.slice(-8).some((one) => one.t === t && Object.is(one.s, s) && one.hundredths === v);
    if (repeat) return;
    const late = now - t > OLD;
    if (late) return;
    const judged = Math.min(t, now);
    const inOrder = heard.every((one) => one.judged <= judged);
    ripen(now, judged, true);
    const quiet = open("silence");
    if (quiet !== undefined) end(now, quiet, judged);
    staleTold = false;
    const before = [...heard];
    heard.push({ arrival: now, t, judged, hundredths: v, s });
    clock = Math.max(clock, judged);
    seeLimit(now, { judged, v, s, inOrder, before });
    seeFault(now, { judged, s, inOrder, before });
    ripen(now, clock, false);
  }

  interface Look {
    judged: number;
    v?: number;
    s: number;
    inOrder: boolean;
    before: readonly Heard[];
  }

  const meaning = (v: number, s: number, limit: number) => {
    if ((s & 0xf0) !== 0) return "blind";
    if ((s & 4) !== 0) return "gas";
    if ((s & 8) !== 0 || v >= limit) return "over";
    return v < spec.steps[0]!.limit ? "under" : "band";
  };

  /** A newer sample already known says that it was over again in less than the delay. */
  const wasShort = (look: Look, delay: number, is: (one: Heard) => boolean) => {
    const newer = look.before.slice(-7).filter((one) => one.judged > look.judged && is(one));
    return newer.length > 0 && Math.min(...newer.map((one) => one.judged)) - look.judged < delay;
  };

  const known = (ladder: Life["ladder"], at: number) =>
    lives.some((life) => life.ladder === ladder && life.raised <= at && at <= (life.returned ?? at));

  function seeLimit(now: number, look: Look) {
    const { judged, s, inOrder } = look;
    const v = look.v!;
    const first = meaning(v, s, spec.steps[0]!.limit);
    let blind = false;
    spec.steps.forEach((step, k) => {
      if (k <= (open("limit")?.step ?? -1)) return;
      const says = meaning(v, s, step.limit);
      const under = (one: Heard) => ["under", "band"].includes(meaning(one.hundredths, one.s, step.limit));
      if (says === "over") {
        if (!inOrder && step.delay > 0 && wasShort(look, step.delay, under)) return;
        if (!inOrder && open("limit") === undefined && known("limit", judged)) return;
        since[k] = Math.min(since[k] ?? judged, judged);
      } else if (inOrder && says === "blind") blind ||= since[k] !== null;
      else if (inOrder && says !== "gas") since[k] = null;
    });
    const life = open("limit");
    if (life !== undefined && inOrder) {
      if (first === "under") {
        end(now, life, judged);
        since.fill(null);
      } else if (first === "blind" && life.quality !== "unknown") {
        life.quality = "unknown";
        tell(now, life, "quality");
      } else if ((first === "over" || first === "band") && life.quality !== "good") {
        life.quality = "good";
        tell(now, life, "quality");
      }
    }
    if (blind) blindLimit(now);
    limitDue(now, clock, "good");
  }

  function seeFault(now: number, look: Look) {
    const { judged, s, inOrder } = look;
    const set = (s & spec.fault.bit) !== 0;
    const hidden = !set && (s & 0xf0) !== 0;
    const life = open("fault");
    if (set && life === undefined) {
      const off = (one: Heard) => (one.s & 0xf0) === 0;
      const short = !inOrder && wasShort(look, spec.fault.delay, off);
      if (!short && (inOrder || !known("fault", judged))) faultSince = Math.min(faultSince ?? judged, judged);
    }
    if (inOrder && life !== undefined) {
      if (set && life.quality !== "good") {
        life.quality = "good";
        tell(now, life, "quality");
      }
      if (hidden) blindFault(now);
      if (!set && !hidden) end(now, life, judged);
    }
    if (inOrder && life === undefined && !set) {
      if (hidden && faultSince !== null) blindFault(now);
      else if (!hidden) faultSince = null;
    }
    faultDue(now, clock, "good");
  }

  function acknowledge(now: number) {
    const last = lives.at(-1);
    if (last === undefined) return;
    if (family(last.family).length === 0) tell(now, last, "late");
    for (const life of lives) {
      if (life.family !== last.family || (life.state !== "B" && life.state !== "D")) continue;
      life.state = life.state === "B" ? "C" : "A";
      tell(now, life, "acknowledge");
    }
  }

  function shelve(now: number, minutes: number) {
    const last = lives.at(-1);
    if (last === undefined) return;
    const kin = family(last.family);
    if (kin.length === 0) {
      tell(now, last, "late");
      return;
    }
    const level = Math.max(...kin.map((life) => LEVELS.indexOf(life.level)));
    if (level === LEVELS.indexOf("red") || minutes * 60_000 > HOUR) return;
    if (level === LEVELS.indexOf("orange")) for (const life of kin) tell(now, life, "request");
    shelves = shelves.filter((shelf) => shelf.family !== last.family);
    shelves.push({ family: last.family, level, until: now + minutes * 60_000 });
    for (const life of kin) {
      life.quiet = true;
      tell(now, life, "shelve");
    }
  }

  function unshelveLast(now: number) {
    const last = lives.at(-1);
    if (last === undefined) return;
    const shelf = shelves.find((each) => each.family === last.family);
    if (family(last.family).length === 0) tell(now, last, "late");
    else if (shelf !== undefined) unshelve(now, shelf);
  }

  for (const event of events) {
    eachSecond(event.now);
    if (event.do === "shelve") shelve(event.now, event.minutes);
    if (event.do === "unshelve") unshelveLast(event.now);
    if (event.do === "sample") sample(event.now, event.t, event.v, event.s);
    if (event.do === "ack") acknowledge(event.now);
    if (event.do === "other") {
      messages.push(event.now);
      ripen(event.now, event.now, true);
      clock = Math.max(clock, event.now);
      ripen(event.now, clock, false);
    }
  }
  return told;
}
