import { Duplex } from "node:stream";
import type { Millis } from "../model/time.ts";
import { createFramer, type Framer } from "./framer.ts";
import type { Fault } from "./packet-grammar.ts";
import { divide, type TakePublish } from "./publishes.ts";
import { createRuns } from "./runs.ts";
import type { MqttSettings } from "./settings.ts";

interface GuardOptions {
  readonly settings: MqttSettings;
  /** Takes the CONNECT; what the broker is to read instead, or null when it was refused. */
  admit(connect: Buffer): Buffer | null;
  /** The peer broke a rule of the protocol or a time limit; the guard closes itself. */
  fault(fault: GuardFault): void;
}

/** What an open guard asks before it hands packets on. */
export interface Gate {
  /** False while no mine is read; the guard is then held by whoever said so. */
  readonly open: () => boolean;
  readonly spend: (packets: number, bytes: number) => void;
  /** Whether this connection may hand on a run now; if not, `takeTurn` is called when it may. */
  readonly mayHand: (light: boolean) => boolean;
  readonly mono: () => Millis;
  /** Takes a message; each is answered later by `acknowledge`. */
  readonly publish: TakePublish;
}

export type GuardFault =
  | Fault
  | "connect-too-slow"
  | "login-too-slow"
  | "packet-too-slow"
  | "reads-too-slowly"
  | "keep-alive";

/** Why a guard is not read. Both may hold at once. */
export const HOLD = { pressure: 1, rate: 2 } as const;

/** How long a peer that was answered with a refusal may take to read it. */
const LINGER_MS = 1_000;

/**
 * Stands between a socket and who reads it. Messages go to the house as soon as they are whole and checked, no one
 * holds the guard, the gate is open and not too much of this connection is under way; their PUBACKs come back by
 * `acknowledge`. To the broker the guard is a Duplex that yields only the other packets, checked as well; `read()` and
 * `readable` are ours, so that it never has more than one piece in work.
 */
export class FrameGuard extends Duplex {
  readonly #socket: Duplex;
  readonly #options: GuardOptions;
  readonly #framer: Framer;
  readonly #runs = createRuns();
  /** For the broker; joined to one piece until it asks. */
  #others: Buffer | null = null;
  readonly #born: number;
  #gate: Gate | null = null;
  #idle = true;
  #holds = 0;
  #paused = false;
  #ended = false;
  #fault: GuardFault | null = null;
  #hard = false;
  #eof = false;
  #keepaliveMs = 0;
  /** What the broker wrote in this turn. */
  #out: Buffer = EMPTY;
  #outLength = 0;
  #corks = 0;
  /** The socket has taken all it wants for now. */
  #full = false;
  /** Messages the house has and we have not acknowledged. */
  #underWay = 0;
  /** For the sweep: what it saw last, so that no packet costs a look at the clock. */
  #heard = true;
  #heardAt: number;
  #part = 0;
  #partAt: number;
  #fullAt: number;

  constructor(socket: Duplex, now: number, options: GuardOptions) {
    super({ allowHalfOpen: true, emitClose: true, autoDestroy: true });
    this.#socket = socket;
    this.#options = options;
    this.#born = now;
    this.#heardAt = now;
    this.#partAt = now;
    this.#fullAt = now;
    const { connectBytes, packetBytes, unauthenticatedBytes } = options.settings;
    this.#framer = createFramer({
      connectBytes,
      packetBytes: packetBytes + PACKET_ROOM,
      unauthenticatedBytes,
      take: (bytes, packets) => this.#take(bytes, packets),
    });
    // The broker listens while it has a client for us; an error before or after that must end no process.
    this.on("error", ignore);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("end", () => this.#end());
    socket.on("error", ignore);
    socket.on("close", () => this.destroy());
    socket.on("drain", () => this.#drained());
  }

  /** Authenticated: what comes before the CONNACK is no offence any more, and waits in the socket. */
  trust(): void {
    this.#framer.trust();
  }

  /** From now on every packet of a mine may come: its CONNACK is sent. */
  open(gate: Gate, keepaliveSeconds: number, now: number): void {
    this.#gate = gate;
    this.#keepaliveMs = keepaliveSeconds * 1_500;
    this.#heardAt = now;
    const fault = this.#framer.open();
    if (fault !== null) this.#fault = fault;
    this.#goOn();
  }

  /** So many messages are answered, in the order they came; what this connection still has may follow. */
  acknowledge(pubacks: Buffer, messages: number): void {
    this.#underWay -= messages;
    this.#runs.answered(messages);
    if (pubacks.length > 0) this.write(pubacks);
    this.#goOn();
  }

  /** Its turn among all connections has come. */
  takeTurn(): void {
    this.#goOn();
  }

  /** Stops reading until released for the same reason. */
  hold(reason: number): void {
    this.#holds |= reason;
    this.#flow();
  }

  release(reason: number): void {
    if ((this.#holds & reason) === 0) return;
    this.#holds &= ~reason;
    // Time in which we did not read is not held against the peer.
    this.#heard = true;
    this.#part = -1;
    this.#goOn();
  }

  /** Answers the CONNECT with a refusal and closes when the peer has had time to read it. */
  refuse(connack: number): void {
    this.#socket.write(Buffer.from([0x20, 2, 0, connack]));
    this.destroy();
  }

  /** Closes at once; `destroy` alone lets what was written leave. */
  cut(): void {
    this.#hard = true;
    this.destroy();
  }

  /** Closes for a limit of time. Called now and then with the time; nothing here has a timer of its own. */
  sweep(now: number): void {
    const fault = this.#overdue(now);
    if (fault !== null && !this.destroyed) this.#close(fault);
  }

  /** The peer said DISCONNECT. */
  get saidGoodbye(): boolean {
    return this.#framer.phase === "over" && this.#fault === null;
  }

  #overdue(now: number): GuardFault | null {
    const { connectWithinMs, authenticateWithinMs, packetWithinMs } = this.#options.settings;
    if (this.#fault !== null) return this.#fault;
    if (this.#gate === null) {
      const age = now - this.#born;
      if (this.#framer.phase === "connect" && age > connectWithinMs) return "connect-too-slow";
      return age > authenticateWithinMs ? "login-too-slow" : null;
    }
    if (!this.#full) this.#fullAt = now;
    if (now - this.#fullAt > packetWithinMs) return "reads-too-slowly";
    if (this.#heard || this.#paused) this.#heardAt = now;
    this.#heard = false;
    const slow = this.#framer.kept > 0 && !this.#paused && this.#part === this.#framer.begun;
    if (!slow) this.#partAt = now;
    this.#part = this.#framer.begun;
    if (now - this.#partAt > packetWithinMs) return "packet-too-slow";
    return now - this.#heardAt > this.#keepaliveMs ? "keep-alive" : null;
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed || this.#fault !== null) return;
    this.#heard = true;
    // What came before a fault is handed on first; the rest is not read.
    this.#fault = this.#framer.feed(chunk);
    this.#goOn();
  }

  #take(bytes: Buffer, packets: number): void {
    if (this.#framer.phase === "connect") this.#others = this.#options.admit(bytes);
    else this.#runs.push({ bytes, packets, heard: this.#gate?.mono() ?? this.#born });
  }

  #close(fault: GuardFault): void {
    this.#options.fault(fault);
    this.cut();
  }

  #end(): void {
    this.#ended = true;
    if (this.#framer.phase === "connect") this.destroy();
    else this.#goOn();
  }

  #mayRead(): boolean {
    return this.#gate !== null && this.#holds === 0 && this.#gate.open() && this.#holds === 0;
  }

  /** Everything that may be done now, after anything that may have made it possible. */
  #goOn(): void {
    this.#handOn();
    this.#flow();
    if (!this.#idle || this.destroyed) return;
    if (this.#others !== null) this.emit("readable");
    else if (this.#isDone()) this.#conclude();
  }

  /** Messages to the house, the rest to where the broker finds it. Not past what the broker has not asked for. */
  #handOn(): void {
    const gate = this.#gate;
    while (
      gate !== null &&
      this.#runs.ready &&
      this.#others === null &&
      !this.#full &&
      this.#mayRead() &&
      gate.mayHand(this.#runs.light)
    ) {
      const run = this.#runs.next();
      if (run === null) return;
      gate.spend(run.packets, run.bytes.length);
      const { messages, others } = divide(run.bytes, run.heard, gate.publish);
      if (this.destroyed) return;
      this.#others = others;
      this.#underWay += messages;
      this.#runs.handed(run, messages);
    }
  }

  /** The peer will send no more, or may not, and all it sent is answered. */
  #isDone(): boolean {
    if ((!this.#ended && this.#fault === null) || this.#eof) return false;
    return this.#underWay === 0 && this.#runs.waiting === 0 && this.#framer.phase !== "held";
  }

  #conclude(): void {
    if (this.#fault !== null) this.#close(this.#fault);
    else {
      this.#eof = true;
      this.push(null);
      super.read();
    }
  }

  /** The broker asks for the next piece, because it has answered the last. */
  override read(size?: number): Buffer | null {
    if (size === 0) return super.read(0);
    if (this.#others === null) this.#handOn();
    const piece = this.destroyed ? null : this.#others;
    this.#others = null;
    this.#idle = piece === null;
    this.#flow();
    if (this.#idle && this.#isDone()) this.#conclude();
    return piece;
  }

  /** Reads the socket while nobody holds the guard and its packets are taken; before CONNACK while the framer has room. */
  #flow(): void {
    const pause = this.#gate === null ? this.#framer.full : this.#holds !== 0 || this.#runs.full;
    if (pause === this.#paused || this.destroyed) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Nothing flows through the Duplex below us but its end. */
  override _read(): void {}

  /**
   * The broker writes a PUBACK in three pieces between `cork` and an `uncork` in the next tick. All that came in one
   * turn leave in one write; the Writable below us would keep a request object for each piece.
   */
  override write(chunk: Buffer | string): boolean {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const length = this.#outLength + bytes.length;
    if (length > this.#out.length) this.#grow(length);
    if (bytes.length > 4) bytes.copy(this.#out, this.#outLength);
    else for (let i = 0; i < bytes.length; i++) this.#out[this.#outLength + i] = bytes[i] as number;
    this.#outLength = length;
    if (this.#corks === 0) this.#send();
    return !this.#full;
  }

  override cork(): void {
    this.#corks++;
  }

  override uncork(): void {
    if (this.#corks > 0) this.#corks--;
    if (this.#corks === 0) this.#send();
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#out.length, OUT_BYTES));
    this.#out.copy(grown, 0, 0, this.#outLength);
    this.#out = grown;
  }

  #send(): void {
    if (this.#outLength === 0 || this.#socket.destroyed) return;
    const bytes = this.#out.subarray(0, this.#outLength);
    // The socket may keep what it is given.
    this.#out = EMPTY;
    this.#outLength = 0;
    if (!this.#socket.write(bytes)) this.#full = true;
  }

  #drained(): void {
    this.#full = false;
    this.emit("drain");
    this.#goOn();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#runs.drop();
    this.#others = null;
    if (this.#hard) this.#socket.destroy();
    else {
      this.#send();
      closeSoftly(this.#socket);
    }
    done(error);
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
const OUT_BYTES = 256;
/** Fixed header, topic and packet id of a packet with the largest payload. */
const PACKET_ROOM = 256;

/** Ends a socket that still may send, so that a reset does not overtake our last words. */
function closeSoftly(socket: Duplex): void {
  if (socket.destroyed) return;
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
}

function ignore(): void {}
