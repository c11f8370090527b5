import { access, constants, realpath, stat } from "node:fs/promises";
import type { WatchedFolder } from "../wire/config/folders.ts";
import type { Fault } from "../wire/config/load.ts";
import type { UpperFolder } from "../wire/config/upper-file.ts";

/** What is wrong with the folders of text files on this machine: missing, closed to us, or two names for one. */
export async function watchedFolderFaults(folders: readonly WatchedFolder[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  const read = new Map<string, WatchedFolder>();
  for (const folder of folders) {
    const fault = (what: string, allowed: string) =>
      faults.push({ ...folder.place, what: `files.${folder.system}: ${folder.path} ${what}`, allowed });
    const real = await realpath(folder.path).catch(() => null);
    if (real === null) fault("is not there", "a folder that exists");
    else if (!(await stat(real)).isDirectory()) fault("is no folder", "a folder");
    else if (!(await isOpen(real)))
      fault("cannot be read and written", "a folder this user may read, write and rename in");
    else {
      const other = read.get(real);
      if (other === undefined) read.set(real, folder);
      else fault(`is the folder of ${other.mine}:${other.system} by another name`, "a folder of its own");
    }
  }
  return faults;
}

/** Alike of the folders that files for platforms above are put into: what we read there we would take for a mine's. */
export async function upperFolderFaults(
  uppers: readonly UpperFolder[],
  watched: readonly WatchedFolder[],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const taken = new Map<string, string>();
  for (const { path, mine, system } of watched) {
    const real = await realpath(path).catch(() => null);
    if (real !== null) taken.set(real, `${mine}:${system}`);
  }
  for (const { name, path, place } of uppers) {
    const fault = (what: string, allowed: string) =>
      faults.push({ ...place, what: `upper ${name}: ${path} ${what}`, allowed });
    const real = await realpath(path).catch(() => null);
    if (real === null) fault("is not there", "a folder that exists");
    else if (!(await stat(real)).isDirectory()) fault("is no folder", "a folder");
    else if (!(await isOpen(real))) fault("cannot be read and written", "a folder this user may write in");
    else {
      const other = taken.get(real);
      if (other === undefined) taken.set(real, name);
      else fault(`is the folder of ${other} by another name`, "a folder of its own");
    }
  }
  return faults;
}

const isOpen = (path: string): Promise<boolean> =>
  access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
