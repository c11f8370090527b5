import { type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Calls `changed` once a folder has been still for `settleMs` after its files became others. The system tells of
 * changes where it can; where it does not (network shares, too many watches), a look every `pollMs` finds them.
 */
export function watchFolder(options: {
  readonly dir: string;
  readonly isOurs: (name: string) => boolean;
  readonly changed: () => void;
  readonly settleMs?: number;
  readonly pollMs?: number;
  /** How the system tells of changes. */
  readonly tell?: typeof watch;
}): { readonly ready: Promise<void>; close(): void } {
  const { dir, settleMs = 500, pollMs = 5_000 } = options;
  let known: string | null = null;
  let settling: NodeJS.Timeout | null = null;
  let closed = false;
  let watcher: FSWatcher | null = null;

  async function signature(): Promise<string> {
    const names = (await readdir(dir, { recursive: true })).filter(options.isOurs).sort();
    const facts = names.map(async (name) => {
      const { size, mtimeMs, ctimeMs, ino } = await stat(join(dir, name));
      return `${name} ${size} ${mtimeMs} ${ctimeMs} ${ino}`;
    });
    return (await Promise.all(facts)).join("\n");
  }

  /** A file that goes while it is looked at is a change too. */
  const look = () => signature().catch(() => "unreadable");

  function settle(): void {
    if (closed) return;
    if (settling !== null) clearTimeout(settling);
    settling = setTimeout(() => void settled(), settleMs);
  }

  async function settled(): Promise<void> {
    settling = null;
    const now = await look();
    if (closed || now === known) return;
    const first = known === null;
    known = now;
    if (!first) options.changed();
  }

  async function poll(): Promise<void> {
    if (settling === null && (await look()) !== known) settle();
  }

  try {
    watcher = (options.tell ?? watch)(dir, { recursive: true, persistent: false }, settle);
    watcher.on("error", () => watcher?.close());
  } catch {
    // The look every few seconds remains.
  }
  const ready = look().then((first) => {
    known ??= first;
  });
  const polling = setInterval(() => void poll(), pollMs);
  polling.unref();
  return {
    /** What changes from then on is told of. */
    ready,
    close() {
      closed = true;
      clearInterval(polling);
      if (settling !== null) clearTimeout(settling);
      watcher?.close();
    },
  };
}
