import { setImmediate as turn } from "node:timers/promises";
import { compiled } from "../lib/compiled.ts";
import { createLastingWorker } from "../lib/lasting-worker.ts";
import type { FileInput, PacketInput } from "../model/input.ts";
import type { MineCode } from "../model/mine.ts";
import { SECOND } from "../model/time.ts";
import { decode } from "../wire/decode.ts";
import { digest } from "../wire/digest.ts";
import { mineTopic } from "../wire/topic.ts";
import type { FromFiles, ToWorker, Watch, WorkerOptions } from "./calls.ts";
import type { FolderReport } from "./folder.ts";
import type { FileMessage } from "./reader.ts";

/** A message made of a file: what the broker's door makes of a PUBLISH, so that the same inlet takes it. */
export interface FilePacket extends PacketInput {
  readonly topic: string;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly payload: Buffer;
}

/** What the room asks of the house. */
export interface FilesPorts {
  /** `done(true)` only after both logs are synced: only then a file is moved. */
  accept(packet: FilePacket, done: (ok: boolean) => void): void;
  /** Resolves when it is durable. */
  news(news: Omit<FileInput, "seq" | "now">): Promise<unknown>;
  pressed(): boolean;
  /** Registers once; called each time the pressure ends. */
  onRelief(callback: () => void): void;
  mono(): number;
  /** In words: the worker died, or runs again. */
  fault(code: "crashed" | "recovered", detail: string): void;
}

export interface Files {
  watch(wanted: Watch): void;
  /** Figures by mine, summed over its folders. */
  stats(now: number): Readonly<Record<FileFigure, Readonly<Record<MineCode, number>>>>;
  /** What keeps files from being read or moved; null = nothing. */
  trouble(): string | null;
  close(): Promise<void>;
}

export const FILE_FIGURES = ["taken", "bad", "duplicate", "refused", "waiting", "oldestSeconds"] as const;
export type FileFigure = (typeof FILE_FIGURES)[number];

/** In MiB: a file of 16 MiB is held as bytes, as text and as messages. */
const HEAP = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 512 };
/** What is handed over before the sockets have their turn. */
const BYTES_A_TURN = 256 * 1024;
const SILENT = 30 * SECOND;
const END_WITHIN = 5 * SECOND;

/** The watched folders behind a worker that reads them; what it reads goes the way of a PUBLISH. */
export async function openFiles(options: WorkerOptions, ports: FilesPorts): Promise<Files> {
  let wanted: Watch = options;
  let reports: readonly FolderReport[] = [];
  let heard = ports.mono();
  let crashed: string | null = null;
  let closed = false;
  let relieved: (() => void)[] = [];
  ports.onRelief(() => {
    const waiting = relieved;
    relieved = [];
    for (const resolve of waiting) resolve();
  });

  function take(message: FromFiles): void {
    if (message.type === "batch") void carry(message);
    else {
      heard = ports.mono();
      reports = message.folders;
    }
  }

  /** One batch of a folder is on its way at a time, so its messages keep their order. */
  async function carry({ id, folder, batch }: Extract<FromFiles, { type: "batch" }>): Promise<void> {
    const { mine, system } = folder;
    const safe: Promise<boolean>[] = [];
    let bytes = 0;
    for (const message of batch.messages) {
      while (ports.pressed() && !closed) await relief();
      const packet = packetOf(mine, system, message);
      safe.push(new Promise((resolve) => ports.accept(packet, resolve)));
      bytes += packet.payload.length;
      if (bytes < BYTES_A_TURN) continue;
      bytes = 0;
      await turn();
    }
    for (const told of batch.told) {
      if (told.outcome === "taken") continue;
      const said = ports.news({ type: "file", mine, system, ...told });
      safe.push(
        said.then(
          () => true,
          () => false,
        ),
      );
    }
    const ok = (await Promise.all(safe)).every((one) => one);
    if (!closed) worker.post({ type: "batch-done", batch: id, ok });
  }

  const relief = () => new Promise<void>((resolve) => void relieved.push(resolve));

  const worker = createLastingWorker<ToWorker, FromFiles>({
    entry: compiled("./worker.js", import.meta.url),
    name: "text files",
    limits: HEAP,
    mostPending: 0,
    data: (): WorkerOptions => ({ ...wanted, dir: options.dir }),
    ready() {
      crashed = null;
      heard = ports.mono();
    },
    take,
    onFault(code, detail) {
      if (code === "crashed") crashed = detail.split("\n")[0] ?? "";
      ports.fault(code, detail);
    },
  });
  await worker.open();

  return {
    watch({ folders, keep, poll }) {
      wanted = { folders, keep, poll };
      worker.post({ type: "watch", ...wanted });
    },
    stats: (now) => figures(reports, now),
    trouble() {
      if (crashed !== null) return `the reader of text files ended: ${crashed}`;
      const silent = ports.mono() - heard;
      if (silent > SILENT)
        return `the reader of text files has not answered for ${Math.round(silent / SECOND)} s: a network share may hang`;
      const held = reports.flatMap(({ mine, system, trouble }) =>
        trouble === null ? [] : [`${mine}:${system} ${trouble}`],
      );
      return held.length === 0 ? null : held.slice(0, 5).join("; ");
    },
    close() {
      closed = true;
      for (const resolve of relieved) resolve();
      return worker.close(() => worker.post({ type: "close" }), END_WITHIN);
    },
  };
}

/** A connection for each type of file: a mine's program writes each at a time of its own. */
const CONNECTION = 2 ** 40;

function packetOf(mine: MineCode, system: string, { kind, payload: bytes, type }: FileMessage): FilePacket {
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const topic = mineTopic(mine, system, kind);
  return {
    seq: 0,
    now: 0,
    type: "packet",
    mine,
    system,
    topicKind: kind,
    qos: 1,
    connection: CONNECTION + type,
    digest: digest(topic, payload),
    body: decode(kind, system, payload),
    topic,
    retain: false,
    dup: false,
    payload,
  };
}

function figures(reports: readonly FolderReport[], now: number): ReturnType<Files["stats"]> {
  const all: Record<FileFigure, Record<MineCode, number>> = {
    taken: {},
    bad: {},
    duplicate: {},
    refused: {},
    waiting: {},
    oldestSeconds: {},
  };
  for (const report of reports) {
    const { mine, oldest } = report;
    for (const figure of ["taken", "bad", "duplicate", "refused", "waiting"] as const)
      all[figure][mine] = (all[figure][mine] ?? 0) + report[figure];
    const age = oldest === null ? 0 : Math.max(0, Math.round((now - oldest) / SECOND));
    all.oldestSeconds[mine] = Math.max(all.oldestSeconds[mine] ?? 0, age);
  }
  return all;
}
