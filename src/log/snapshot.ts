import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { compiled } from "../lib/compiled.ts";
import { type Disk, type DiskFile, readUpTo, writeAll } from "./disk.ts";
import { namesIn, withFile } from "./segment-files.ts";
import { decodeSnapshot, type Snapshot, type SnapshotHeader } from "./snapshot-file.ts";

export interface Snapshots {
  /**
   * Resolves with the file's path when the snapshot is on disk; rejects when the disk refuses, and an older
   * one stays the newest. The image is handed over: the typed arrays near its top are empty afterwards.
   */
  write(header: SnapshotHeader, image: unknown): Promise<string>;
  /** The newest whole one of this engine version; those it has to pass over are told to `onSkipped`. */
  newest(): Promise<Snapshot | null>;
  /** All there are, oldest first, valid or not. */
  list(): Promise<SnapshotName[]>;
  /** Keeps the two newest, and of the others the last of each hour as far back as the spool can follow one. */
  retain(keepFromSpoolSeq: number): Promise<void>;
  close(): Promise<void>;
}

interface SnapshotName {
  readonly path: string;
  readonly spoolSeq: number;
  readonly now: number;
}

export interface EncodeRequest {
  readonly header: SnapshotHeader & { readonly engineVersion: string };
  readonly image: unknown;
}

export interface SnapshotOptions {
  readonly dir: string;
  readonly disk: Disk;
  readonly engineVersion: string;
  onSkipped?(file: string, why: string): void;
}

const HOUR_MS = 3_600_000;
const PIECE = 1024 * 1024;

export function createSnapshots({ dir, disk, engineVersion, onSkipped }: SnapshotOptions): Snapshots {
  const encoder = createEncoder();
  let last: Promise<unknown> = Promise.resolve();

  const list = async (): Promise<SnapshotName[]> =>
    (await namesIn(disk, dir))
      .flatMap((name) => nameOf(dir, name) ?? [])
      .sort((a, b) => a.spoolSeq - b.spoolSeq || a.now - b.now);

  const save = async (header: SnapshotHeader, bytes: Uint8Array): Promise<string> => {
    const path = pathOf(dir, header);
    const unfinished = join(dir, "snapshot.new");
    await disk.mkdir(dir);
    await disk.unlink(unfinished).catch(() => {});
    const file = await disk.open(unfinished, "create");
    try {
      await writeInPieces(file, bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await disk.rename(unfinished, path);
    await disk.syncDir(dir);
    return path;
  };

  return {
    write(header, image) {
      const encoded = encoder.encode({ header: { ...header, engineVersion }, image });
      const saved = last.then(async () => save(header, await encoded));
      last = saved.catch(() => {});
      encoded.catch(() => {});
      return saved;
    },

    async newest() {
      for (const { path } of (await list()).reverse()) {
        const bytes = await withFile(disk, path, async (file) => readUpTo(file, 0, await file.size()));
        if (bytes === null) continue;
        const snapshot = decodeSnapshot(bytes, engineVersion);
        if (!("why" in snapshot)) return snapshot;
        onSkipped?.(path, snapshot.why);
      }
      return null;
    },

    list,

    async retain(keepFromSpoolSeq) {
      const all = await list();
      const kept = new Set(all.slice(-2).map(({ path }) => path));
      const lastOfHour = new Map(
        all
          .filter(({ spoolSeq }) => spoolSeq + 1 >= keepFromSpoolSeq)
          .map((name) => [Math.floor(name.now / HOUR_MS), name.path]),
      );
      for (const path of lastOfHour.values()) kept.add(path);
      const old = all.filter(({ path }) => !kept.has(path));
      for (const { path } of old) await disk.unlink(path);
      if (old.length > 0) await disk.syncDir(dir);
    },

    async close() {
      await last;
      await encoder.close();
    },
  };
}

const pathOf = (dir: string, { spoolSeq, now }: SnapshotHeader): string =>
  join(dir, `${String(spoolSeq).padStart(20, "0")}-${String(Math.floor(now)).padStart(15, "0")}.snap`);

function nameOf(dir: string, name: string): SnapshotName | null {
  const found = /^(\d{20})-(\d{15})\.snap$/.exec(name);
  return found === null ? null : { path: join(dir, name), spoolSeq: Number(found[1]), now: Number(found[2]) };
}

async function writeInPieces(file: DiskFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE) await writeAll(file, bytes.subarray(at, at + PIECE), at);
}

/** The worker that serializes: begun at the first snapshot, one image after the other. */
function createEncoder() {
  let worker: Worker | null = null;
  const waiting: { resolve(bytes: Uint8Array): void; reject(error: Error): void }[] = [];

  const begin = (): Worker => {
    const begun = new Worker(compiled("./snapshot-worker.js", import.meta.url));
    begun.unref();
    begun.on("message", (bytes: Uint8Array) => waiting.shift()?.resolve(bytes));
    const end = (error: Error) => {
      if (worker !== begun) return;
      worker = null;
      for (const { reject } of waiting.splice(0)) reject(error);
    };
    begun.on("error", end);
    begun.on("exit", () => end(new Error("the snapshot worker ended")));
    return begun;
  };

  return {
    encode: (request: EncodeRequest) =>
      new Promise<Uint8Array>((resolve, reject) => {
        worker ??= begin();
        worker.postMessage(request, wholeBuffers(request.image));
        waiting.push({ resolve, reject });
      }),
    async close() {
      await worker?.terminate();
    },
  };
}

const DEEPEST = 4;
const LONGEST = 1_000;

/** The buffers of typed arrays near the top of an image: moved to the worker instead of copied once more. */
function wholeBuffers(image: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const look = (value: unknown, depth: number): void => {
    if (value === null || typeof value !== "object") return;
    if (ArrayBuffer.isView(value)) {
      const { buffer } = value;
      // A small Buffer is a view of a pool that others use.
      if (buffer instanceof ArrayBuffer && value.byteLength === buffer.byteLength) found.add(buffer);
    } else if (depth < DEEPEST) {
      const inside = value instanceof Map ? [...value.values()] : Object.values(value);
      if (inside.length <= LONGEST) for (const item of inside) look(item, depth + 1);
    }
  };
  look(image, 0);
  return [...found];
}
