import { dirname } from "node:path";
import type { Disk, DiskFile } from "../../src/log/disk.ts";

/*
 * A disk in memory that forgets like a real one (after "All File Systems Are Not Created Equal", Pillai
 * et al.): a page cache per file in sectors of 512 bytes; what was not synced may be lost, kept or torn
 * at a power loss in any mixture; a name that was made, moved or removed counts only after `syncDir`.
 */
const SECTOR = 512;

export interface Call {
  readonly name: string;
  /** For a call on a file the name it was opened by. */
  readonly path: string;
  /** Which file, whatever its name is now. */
  readonly inode?: number;
}
/** What goes wrong in a call: an error by its code, or a write that takes this many bytes at most. */
export type Fault = { readonly code: string } | { readonly atMost: number };
/** Answers a whole number from 0 to n - 1. */
export type Pick = (n: number) => number;

interface Inode {
  readonly id: number;
  durable: Buffer;
  cache: Buffer;
  /** Contents of each sector since the last sync, oldest first. */
  unsynced: Map<number, Buffer[]>;
  /** Sizes since the last sync, oldest first. */
  sizes: number[];
  mode: number;
  durableMode: number;
}

type Names = Map<string, Inode>;
interface NameChange {
  readonly dir: string;
  apply(names: Names): void;
  /** The same change of a copied disk. */
  copied(of: (inode: Inode) => Inode): NameChange;
}

export interface FakeDisk extends Disk {
  /** Asked before each call; it may wait, look at the disk, and name a fault. */
  before: (call: Call) => Promise<Fault | undefined> | Fault | undefined;
  /** Bytes that all files may have together. */
  capacity: number;
  /** The disk after a power loss now, by the choices of `pick`. */
  crashed(pick: Pick): FakeDisk;
  /** The disk after the process was killed now: nothing is lost, nothing more is synced; there is room again. */
  copy(): FakeDisk;
  /** The bytes of a file as a process sees them, to change them from outside. */
  bytes(path: string): Buffer;
  setBytes(path: string, bytes: Buffer): void;
  paths(): string[];
}

class DiskError extends Error {
  readonly code: string;
  constructor(code: string, call: string) {
    super(`${code}: ${call}`);
    this.code = code;
  }
}

export function createFakeDisk(pickAtFault: Pick = () => 0): FakeDisk {
  return fakeDisk({ cache: new Map(), durable: new Map(), changes: [] }, pickAtFault);
}

interface State {
  readonly cache: Names;
  readonly durable: Names;
  changes: NameChange[];
}

function fakeDisk(state: State, pickAtFault: Pick): FakeDisk {
  const used = () => [...new Set(state.cache.values())].reduce((sum, { cache }) => sum + cache.length, 0);
  const found = (path: string): Inode => {
    const inode = state.cache.get(path);
    if (inode === undefined) throw new DiskError("ENOENT", path);
    return inode;
  };
  const change = (one: NameChange) => {
    one.apply(state.cache);
    state.changes.push(one);
  };
  const asked = async (name: string, path: string, inode?: Inode): Promise<Fault | undefined> => {
    const fault = await disk.before({ name, path, ...(inode && { inode: inode.id }) });
    if (fault !== undefined && "code" in fault && !(name === "datasync" && fault.code === "EIO"))
      throw new DiskError(fault.code, `${name} ${path}`);
    return fault;
  };

  const disk: FakeDisk = {
    before: () => undefined,
    capacity: Number.POSITIVE_INFINITY,
    async open(path, how) {
      await asked("open", path);
      if (how === "create") {
        if (state.cache.has(path)) throw new DiskError("EEXIST", path);
        change(linked(path, newInode()));
      }
      const file = openFile(path, found(path));
      return how === "through" ? { ...file, write: writeThrough(file) } : file;
    },
    async readdir(path) {
      await asked("readdir", path);
      return [...state.cache.keys()]
        .filter((name) => dirname(name) === path)
        .map((name) => name.slice(path.length + 1));
    },
    async mkdir(path) {
      await asked("mkdir", path);
    },
    async rename(from, to) {
      await asked("rename", from);
      change(moved(from, to, found(from)));
    },
    async unlink(path) {
      await asked("unlink", path);
      change(unlinked(path, found(path)));
    },
    async syncDir(path) {
      await asked("syncDir", path);
      for (const one of state.changes) if (one.dir === path) one.apply(state.durable);
      state.changes = state.changes.filter((one) => one.dir !== path);
    },
    async stat(path) {
      await asked("stat", path);
      const { cache, mode } = found(path);
      return { size: cache.length, mode };
    },
    async chmod(path, mode) {
      await asked("chmod", path);
      found(path).mode = mode;
    },
    async free(path) {
      await asked("free", path);
      const total = Number.isFinite(disk.capacity) ? disk.capacity : 2 ** 40;
      return { free: total - used(), total };
    },
    crashed: (pick) => fakeDisk(crashedState(state, pick), pickAtFault),
    copy: () => fakeDisk(copiedState(state), pickAtFault),
    bytes: (path) => Buffer.from(found(path).cache),
    setBytes(path, bytes) {
      const inode = found(path);
      inode.cache = Buffer.from(bytes);
      inode.durable = Buffer.from(bytes);
    },
    paths: () => [...state.cache.keys()].sort(),
  };

  const openFile = (path: string, inode: Inode): DiskFile => ({
    async write(buffer, offset, length, position) {
      const fault = await asked("write", path, inode);
      const most = fault !== undefined && "atMost" in fault ? Math.min(length, fault.atMost) : length;
      const room = disk.capacity - used() + Math.max(0, inode.cache.length - position);
      const taken = Math.min(most, Math.max(0, room));
      if (taken === 0 && most > 0) throw new DiskError("ENOSPC", path);
      put(inode, Buffer.from(buffer.subarray(offset, offset + taken)), position);
      return taken;
    },
    async read(buffer, offset, length, position) {
      await asked("read", path, inode);
      const part = inode.cache.subarray(position, position + length);
      buffer.set(part, offset);
      return part.length;
    },
    async datasync() {
      const fault = await asked("datasync", path, inode);
      if (fault === undefined) return synced(inode);
      // The kernel marks the pages as written although only some of them were: they are never tried again.
      inode.durable = contentAfterLoss(inode, pickAtFault);
      inode.unsynced.clear();
      inode.sizes = [];
      throw new DiskError("EIO", path);
    },
    async truncate(length) {
      await asked("truncate", path, inode);
      resize(inode, length);
    },
    async size() {
      await asked("size", path, inode);
      return inode.cache.length;
    },
    async close() {
      await asked("close", path, inode);
    },
  });
  return disk;
}

const writeThrough =
  (file: DiskFile): DiskFile["write"] =>
  async (buffer, offset, length, position) => {
    const taken = await file.write(buffer, offset, length, position);
    await file.datasync();
    return taken;
  };

let inodes = 0;
const newInode = (): Inode => ({
  id: ++inodes,
  durable: Buffer.alloc(0),
  cache: Buffer.alloc(0),
  unsynced: new Map(),
  sizes: [],
  mode: 0o644,
  durableMode: 0o644,
});

function put(inode: Inode, bytes: Buffer, position: number): void {
  if (bytes.length === 0) return;
  const end = position + bytes.length;
  if (end > inode.cache.length) resize(inode, end);
  bytes.copy(inode.cache, position);
  for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) {
    const contents = inode.unsynced.get(sector) ?? [];
    contents.push(sectorOf(inode.cache, sector));
    inode.unsynced.set(sector, contents);
  }
}

function resize(inode: Inode, size: number): void {
  inode.cache = fitted(inode.cache, size);
  inode.sizes.push(size);
}

function synced(inode: Inode): void {
  // Sectors that an earlier failed sync dropped are clean: this sync does not write them either.
  const durable = fitted(inode.durable, inode.cache.length);
  for (const [sector, contents] of inode.unsynced) contents.at(-1)?.copy(durable, sector * SECTOR);
  inode.durable = durable;
  inode.unsynced.clear();
  inode.sizes = [];
}

function contentAfterLoss(inode: Inode, pick: Pick): Buffer {
  const sizes = [inode.durable.length, ...inode.sizes];
  const content = fitted(inode.durable, sizes[pick(sizes.length)]!);
  for (const [sector, contents] of inode.unsynced) {
    const choices = [sectorOf(inode.durable, sector), ...contents];
    const chosen = pick(choices.length + 1);
    const kept = choices[chosen] ?? torn(choices[0]!, choices.at(-1)!, pick);
    kept.copy(content, sector * SECTOR);
  }
  return content;
}

/** The head of the new sector and the tail of the old one, or the other way round. */
function torn(before: Buffer, after: Buffer, pick: Pick): Buffer {
  const [head, tail] = pick(2) === 0 ? [after, before] : [before, after];
  const cut = 1 + pick(SECTOR - 1);
  return Buffer.concat([head.subarray(0, cut), tail.subarray(cut)]);
}

const sectorOf = (bytes: Buffer, sector: number): Buffer =>
  fitted(bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR), SECTOR);

function fitted(bytes: Buffer, size: number): Buffer {
  const fit = Buffer.alloc(size);
  bytes.copy(fit, 0, 0, size);
  return fit;
}

function crashedState({ durable, changes }: State, pick: Pick): State {
  const names: Names = new Map(durable);
  for (const one of changes) if (pick(2) === 1) one.apply(names);
  const after = new Map<Inode, Inode>();
  for (const inode of names.values()) if (!after.has(inode)) after.set(inode, inodeAfterLoss(inode, pick));
  const kept = new Map([...names].map(([path, inode]) => [path, after.get(inode)!]));
  return { cache: kept, durable: new Map(kept), changes: [] };
}

function inodeAfterLoss(inode: Inode, pick: Pick): Inode {
  const content = contentAfterLoss(inode, pick);
  const mode = inode.mode === inode.durableMode || pick(2) === 1 ? inode.mode : inode.durableMode;
  return {
    id: inode.id,
    durable: content,
    cache: Buffer.from(content),
    unsynced: new Map(),
    sizes: [],
    mode,
    durableMode: mode,
  };
}

function copiedState({ cache, durable, changes }: State): State {
  const copies = new Map<Inode, Inode>();
  const of = (inode: Inode): Inode => {
    const copy = copies.get(inode) ?? {
      ...inode,
      durable: Buffer.from(inode.durable),
      cache: Buffer.from(inode.cache),
      unsynced: new Map([...inode.unsynced].map(([sector, contents]) => [sector, [...contents]])),
      sizes: [...inode.sizes],
    };
    copies.set(inode, copy);
    return copy;
  };
  const names = (map: Names): Names => new Map([...map].map(([path, inode]) => [path, of(inode)]));
  return { cache: names(cache), durable: names(durable), changes: changes.map((one) => one.copied(of)) };
}

const linked = (path: string, inode: Inode): NameChange => ({
  dir: dirname(path),
  apply: (names) => names.set(path, inode),
  copied: (of) => linked(path, of(inode)),
});

const unlinked = (path: string, inode: Inode): NameChange => ({
  dir: dirname(path),
  apply(names) {
    if (names.get(path) === inode) names.delete(path);
  },
  copied: (of) => unlinked(path, of(inode)),
});

const moved = (from: string, to: string, inode: Inode): NameChange => ({
  dir: dirname(to),
  apply(names) {
    if (names.get(from) === inode) names.delete(from);
    names.set(to, inode);
  },
  copied: (of) => moved(from, to, of(inode)),
});
