import {
  existsSync,
  mkdirSync,
  opendirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Instant } from "../model/time.ts";
import { dayOf } from "./ledger.ts";
import { type Why, whyText } from "./why.ts";

const DAY_NAME = /^\d{8}$/;
const AT_ONCE = 500;

/** Where files go that were read: `done` and `bad` inside their folder, by the day they were read. */
export function createMoving(path: string) {
  const days = (to: "done" | "bad"): string[] => {
    const dir = join(path, to);
    const is = statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return is ? readdirSync(dir).filter((name) => DAY_NAME.test(name)) : [];
  };
  return {
    /** Throws what the disk says. The reasons are there before the file is. */
    move(name: string, to: "done" | "bad", why: Why | null, now: Instant): void {
      const dir = join(path, to, dayOf(now));
      mkdirSync(dir, { recursive: true });
      const free = freeName(dir, name);
      if (why !== null) writeFileSync(join(dir, `${free}.why.txt`), whyText(name, why, now));
      renameSync(join(path, name), join(dir, free));
    },
    /** Whether a file of that name and content was moved to `done` before. */
    lies: (name: string, bytes: Uint8Array): boolean =>
      days("done").some((day) => namesakes(join(path, "done", day), name).some((file) => holds(file, bytes))),
    /** Removes some of what was moved before that day; answers whether there is more. */
    prune(before: Instant): boolean {
      const last = dayOf(before);
      for (const to of ["done", "bad"] as const) {
        const old = days(to).find((day) => day < last);
        if (old !== undefined) return removeSome(join(path, to, old));
      }
      return false;
    },
  };
}

/** A mine may use a name again for another content. */
function freeName(dir: string, name: string): string {
  const n = namesakes(dir, name).length;
  return n === 0 ? name : `${name}.${n + 1}`;
}

function namesakes(dir: string, name: string): string[] {
  const found: string[] = [];
  for (let next = join(dir, name); existsSync(next); next = join(dir, `${name}.${found.length + 1}`))
    found.push(next);
  return found;
}

const holds = (path: string, bytes: Uint8Array): boolean =>
  statSync(path).size === bytes.length && readFileSync(path).equals(bytes);

function removeSome(dir: string): true {
  const open = opendirSync(dir);
  let removed = 0;
  try {
    for (let entry = open.readSync(); entry !== null && removed < AT_ONCE; entry = open.readSync()) {
      rmSync(join(dir, entry.name), { recursive: true, force: true });
      removed++;
    }
  } finally {
    open.closeSync();
  }
  if (removed < AT_ONCE) rmdirSync(dir);
  return true;
}
