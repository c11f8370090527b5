import type { Effects } from "./core/effects.ts";
import type { Engine } from "./core/engine.ts";
import type { ActResult } from "./model/act.ts";
import type { Alarm, JournalEntry, JournalRecord } from "./model/alarm.ts";
import { BOUNDS } from "./model/bounds.ts";
import type { Arrival, Input, PacketInput } from "./model/input.ts";
import { pointId } from "./model/mine.ts";
import type { SeriesRows, SeriesStat } from "./model/series.ts";
import type { Instant } from "./model/time.ts";

/** What the gateway needs of a log: records in memory until the next group commit, in order. */
export interface LogPort {
  readonly head: number;
  readonly pendingBytes: number;
  append(type: number, body: Uint8Array | readonly Uint8Array[]): number;
  sync(): Promise<number>;
}

export interface RawPacket {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** When its bytes were read, by the monotonic clock; absent = now. */
  readonly heard?: number | undefined;
}

export interface GatewayPorts {
  readonly engine: Engine;
  readonly spool: LogPort;
  readonly journal: LogPort;
  now(): Instant;
  /** The monotonic clock, by which delays are measured. */
  mono(): number;
  encodeInput(
    input: Input,
    packet: RawPacket | null,
    verdicts: Uint8Array | null,
  ): { type: number; body: readonly Uint8Array[] };
  encodeEntry(entry: JournalEntry): { type: number; body: Uint8Array };
  /** ⑦ The journal has these: screens, outlets and the index may know. `heard` = when each one's cause came in, `bodies` = their bytes. */
  told(records: readonly JournalRecord[], heard: readonly number[], bodies: readonly Uint8Array[]): void;
  /** The journal could not be synced in time: people are told all the same, without a number. */
  provisional(alarms: readonly Alarm[]): void;
  /** ⑧ Rows for the series, with the spool records they came from. */
  stored(batch: {
    readonly spoolFrom: number;
    readonly spoolTo: number;
    readonly rows: SeriesRows | null;
    readonly stats: readonly SeriesStat[];
  }): void;
  /** Runs `turn` soon, after the sockets have had theirs; or in so many ms. */
  soon(turn: () => void): void;
  later(turn: () => void, ms: number): void;
  /** A disk or a bug failed in a way no retry can mend: the process must end and restart. */
  failed(error: unknown): void;
}

/** What one turn of the pump did, carried out as a whole. */
interface Batch {
  readonly entries: JournalEntry[];
  /** When what caused each entry came in. */
  readonly heard: number[];
  readonly since: number;
  rows: SeriesRows | null;
  /** What mines themselves said of lengths of time. */
  readonly stats: SeriesStat[];
  readonly finished: ((ok: boolean) => void)[];
  /** How many acts of people are in it. */
  acts: number;
  spoolFrom: number;
  spoolTo: number;
  /** Its alarms were shown as provisional. */
  shown: boolean;
}

interface Packet {
  readonly input: PacketInput;
  readonly raw: RawPacket;
  readonly heard: number;
  readonly done: (ok: boolean) => void;
}

interface Own {
  readonly arrival: Arrival;
  readonly heard: number;
  readonly done: (result: ActResult | null, ok: boolean) => void;
}

/** Packets stepped in one turn, so that sockets and screens are served between turns. */
const PACKETS_A_TURN = 512;
const BYTES_A_TURN = 1024 * 1024;
/** With so much to judge the next turn is long enough. */
const BUSY_BYTES = 256 * 1024;
/** And no longer than this: each of the two syncs is noticed between turns only. */
const MS_A_TURN = 4;
/** An act, a sync and a screen wait for no more of a flood than this: some 10 ms of work. */
const ENTRIES_A_TURN = 64;
/** An officer's act goes through both logs before more of a flood is judged, but for no longer than this at a time. */
const ACT_FIRST_MS = 40;
/** So much of a flood is judged ahead of the disk: what an officer does next waits behind all of it. */
const ENTRIES_AHEAD = 192;
/** A disk that is slower than this does not hold the flood up as well: then it is judged ahead as far as it comes. */
const AHEAD_MS = 50;
/** Whoever waits for the disk leaves the core to it; it calls by itself when it is done. */
const REST_MS = 5;

export interface Gateway {
  /** ③ Takes a packet, and gives it its `seq` and `now`; `done(true)` once both logs hold it and what it caused (P1). */
  accept(input: PacketInput, raw: RawPacket, done: (ok: boolean) => void): void;
  /** Takes an input of the gateway's own lane; resolves when it is durable. Refused (false) when the lane is full. */
  take(arrival: Arrival): Promise<ActResult | null>;
  /** Full: sockets must not be read. */
  pressed(): boolean;
  /** The next turn has enough to do: what more there is may wait where it was read. */
  busy(): boolean;
  /** Registers a callback for each time the pressure ends. */
  onRelief(callback: () => void): void;
  /** A sync is slow: alarms waiting for it are shown as provisional. */
  slow(): void;
  /** Takes nothing more and resolves when all that was taken is durable and told. */
  drain(): Promise<void>;
  stats(): { packets: number; bytes: number; own: number; inFlight: number; steps: number };
  /** How long the oldest packet has waited for the core, or the oldest batch for the disk; ms. */
  waiting(): number;
}

/** In place: a copy of every packet's input would be a tenth of the line's work. */
function place(input: { -readonly [Key in "seq" | "now"]: Input[Key] }, seq: number, now: Instant): void {
  input.seq = seq;
  input.now = now;
}

export class LaneFull extends Error {}

/** The room in the middle: inbox → step → logs → people → series. The only live caller of `step`. */
export function createGateway(ports: GatewayPorts): Gateway {
  const { engine, spool, journal } = ports;
  let packets: Packet[] = [];
  let taken = 0;
  let bytes = 0;
  let own: Own[] = [];
  let scheduled = false;
  let resting = false;
  let stopped = false;
  let steps = 0;
  let appended: Promise<unknown> = Promise.resolve();
  let told: Promise<unknown> = Promise.resolve();
  const inFlight = new Set<Batch>();
  const relief: (() => void)[] = [];
  let wasPressed = false;
  /** Acts that are not on disk; since when packets wait for them, and when and how long they last did. */
  let acts = 0;
  const hold = { since: Number.NaN, ended: Number.NEGATIVE_INFINITY, length: 0 };

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    ports.soon(turn);
  }

  function turn(): void {
    scheduled = false;
    const batch: Batch = {
      entries: [],
      heard: [],
      since: ports.mono(),
      rows: null,
      stats: [],
      finished: [],
      acts: 0,
      spoolFrom: spool.head + 1,
      spoolTo: 0,
      shown: false,
    };
    const now = ports.now();
    takeOwn(batch, now);
    const waits = holdsFor(batch.since) || isAhead(batch.since);
    if (!waits) takePackets(batch, now);
    batch.spoolTo = spool.head;
    batch.rows = engine.takeRows();
    if (batch.spoolTo >= batch.spoolFrom) carryOut(batch);
    if (own.length > 0 || (packets.length > taken && !waits)) schedule();
    else if (packets.length > taken) rest();
  }

  /** Until a batch is through, or a moment has passed. */
  function rest(): void {
    if (resting) return;
    resting = true;
    ports.later(() => {
      resting = false;
      schedule();
    }, REST_MS);
  }

  /** Enough is judged that waits for the disk; the next turn would only make it more. */
  function isAhead(mono: number): boolean {
    const [oldest] = inFlight;
    if (oldest === undefined || stopped || mono - oldest.since >= AHEAD_MS) return false;
    let entries = 0;
    for (const batch of inFlight) entries += batch.entries.length;
    return entries >= ENTRIES_AHEAD;
  }

  /**
   * While an act is on its way to the disk packets wait a moment: what the loop has to do meanwhile is short, and each
   * sync costs a turn of it. As long as they waited they are then taken, however many acts come.
   */
  function holdsFor(mono: number): boolean {
    if (Number.isNaN(hold.since)) {
      if (acts === 0 || stopped || mono - hold.ended < hold.length) return false;
      hold.since = mono;
      return true;
    }
    if (acts > 0 && !stopped && mono - hold.since < ACT_FIRST_MS) return true;
    hold.ended = mono;
    hold.length = mono - hold.since;
    hold.since = Number.NaN;
    return false;
  }

  /** Ticks, acts, receipts and self-readings go first: an officer does not queue behind a flood. */
  function takeOwn(batch: Batch, now: Instant): void {
    const lane = own;
    own = [];
    for (const { arrival, heard, done } of lane) {
      const { result } = judge(batch, { ...arrival, seq: 0, now } as Input, null, now, heard);
      if (arrival.type === "act") batch.acts += 1;
      batch.finished.push((ok) => done(result, ok));
    }
    acts += batch.acts;
  }

  function takePackets(batch: Batch, now: Instant): void {
    const end = Math.min(packets.length, taken + PACKETS_A_TURN);
    let budget = BYTES_A_TURN;
    const enough = () => budget <= 0 || batch.entries.length >= ENTRIES_A_TURN || isLate(batch);
    while (taken < end && !enough()) {
      const packet = packets[taken++] as Packet;
      const size = packet.raw.payload.byteLength;
      budget -= size;
      bytes -= size;
      judge(batch, packet.input, packet.raw, now, packet.heard);
      batch.finished.push(packet.done);
    }
    if (taken === packets.length) {
      packets = [];
      taken = 0;
    } else if (taken > 4 * PACKETS_A_TURN) {
      packets = packets.slice(taken);
      taken = 0;
    }
  }

  const isLate = ({ since }: Batch): boolean => ports.mono() - since >= MS_A_TURN;

  /** ④ and the first half of ⑤: one input judged, its spool record in memory. */
  function judge(batch: Batch, input: Input, raw: RawPacket | null, now: Instant, heard: number): Effects {
    place(input, spool.head + 1, now);
    const effects = engine.step(input);
    steps += 1;
    const { type, body } = ports.encodeInput(input, raw, effects.verdicts);
    spool.append(type, body);
    if (input.type === "packet") takeStats(batch, input);
    for (const entry of effects.entries) {
      batch.entries.push(entry);
      batch.heard.push(heard);
    }
    return effects;
  }

  /** Nothing is judged by them: they go to the series as they came. */
  function takeStats(batch: Batch, { mine, system, body }: PacketInput): void {
    if (body.kind !== "stats" || system === null) return;
    for (const { p, ...stat } of body.stats) batch.stats.push({ id: pointId(mine, system, p), ...stat });
  }

  /**
   * ⑤–⑧. A journal batch is written only when the spool records it names are synced (P2); batches overlap,
   * but each step keeps their order.
   */
  function carryOut(batch: Batch): void {
    inFlight.add(batch);
    const spooled = spool.sync();
    const before = told;
    const records: JournalRecord[] = [];
    const bodies: Uint8Array[] = [];
    let journalled: Promise<unknown> = spooled;
    appended = appended
      .then(() => spooled)
      .then(() => {
        if (batch.entries.length === 0) return;
        for (const entry of batch.entries) appendEntry(entry, records, bodies);
        journalled = journal.sync();
      });
    told = appended
      .then(() => Promise.all([journalled, before]))
      .then(() => finish(batch, records, bodies))
      .catch((error: unknown) => ports.failed(error));
  }

  /** The engine has counted the journal's numbers ahead; that they agree is what makes a replay comparable. */
  function appendEntry(entry: JournalEntry, records: JournalRecord[], bodies: Uint8Array[]): void {
    const { type, body } = ports.encodeEntry(entry);
    const seq = journal.append(type, body);
    if (entry.type === "transition" && entry.alarm.seq !== seq) {
      throw new Error(
        `must hold: the journal and the engine count alike (journal ${seq}, engine ${entry.alarm.seq})`,
      );
    }
    records.push({ ...entry, seq });
    bodies.push(body);
  }

  function finish(batch: Batch, records: readonly JournalRecord[], bodies: readonly Uint8Array[]): void {
    inFlight.delete(batch);
    acts -= batch.acts;
    if (packets.length > taken) schedule();
    for (const done of batch.finished) done(true);
    if (records.length > 0) ports.told(records, batch.heard, bodies);
    ports.stored(batch);
    if (wasPressed && !pressed()) for (const callback of relief) callback();
  }

  function pressed(): boolean {
    wasPressed =
      packets.length - taken >= BOUNDS.inboxPackets ||
      bytes >= BOUNDS.inboxBytes ||
      spool.pendingBytes + journal.pendingBytes >= BOUNDS.writeQueueBytes;
    return wasPressed;
  }

  return {
    accept(input, raw, done) {
      if (stopped) return done(false);
      packets.push({ input, raw, heard: raw.heard ?? ports.mono(), done });
      bytes += raw.payload.byteLength;
      schedule();
    },
    take(arrival) {
      if (stopped || own.length >= BOUNDS.inboxOwn)
        return Promise.reject(new LaneFull("the gateway is stopping or flooded"));
      return new Promise((resolve) => {
        own.push({ arrival, heard: ports.mono(), done: resolve });
        schedule();
      });
    },
    pressed,
    busy: () => packets.length - taken >= PACKETS_A_TURN || bytes >= BUSY_BYTES,
    onRelief(callback) {
      relief.push(callback);
    },
    slow() {
      for (const batch of inFlight) {
        if (batch.shown) continue;
        batch.shown = true;
        const alarms = batch.entries.flatMap((entry) => (entry.type === "transition" ? [entry.alarm] : []));
        if (alarms.length > 0) ports.provisional(alarms);
      }
    },
    async drain() {
      stopped = true;
      if (packets.length > taken) schedule();
      while (scheduled) await new Promise<void>((resolve) => ports.soon(resolve));
      await told;
    },
    waiting() {
      const [oldest] = inFlight;
      const since = Math.min(
        packets[taken]?.heard ?? Number.POSITIVE_INFINITY,
        oldest?.since ?? Number.POSITIVE_INFINITY,
      );
      return since === Number.POSITIVE_INFINITY ? 0 : ports.mono() - since;
    },
    stats: () => ({
      packets: packets.length - taken,
      bytes,
      own: own.length,
      inFlight: inFlight.size,
      steps,
    }),
  };
}
