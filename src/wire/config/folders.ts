import type { MineCode, System } from "../../model/mine.ts";
import type { Loaded } from "./build.ts";
import type { Dialect } from "./dialect-file.ts";
import type { Fault } from "./yaml-source.ts";

/** A folder that is watched for the national text files of one system of one mine. */
export interface WatchedFolder {
  readonly mine: MineCode;
  /** Other codes of the mine: its files may bear them. */
  readonly aliases: readonly MineCode[];
  readonly system: System;
  readonly path: string;
  readonly dialect: Dialect;
  /** Where the configuration speaks of it. */
  readonly place: Pick<Fault, "file" | "line" | "column">;
}

/** Every folder the configuration names, by itself or by the root of all (contract §3, "also accepted"). */
export function watchedFolders({ gateway, mines }: Pick<Loaded, "gateway" | "mines">): WatchedFolder[] {
  const { root } = gateway.value.files;
  return mines.flatMap(({ source, value: { code, aliases, files } }) =>
    Object.entries(files).map(([system, { folder, dialect }]) => {
      const { file, line, column } = source.atKey(["files", system], "");
      const path = folder ?? `${root}/${code}/${system}`;
      return { mine: code, aliases, system, path, dialect, place: { file, line, column } };
    }),
  );
}

/** Two that read one folder would take each other's files; one inside another would be nobody's. */
export function folderFaults(loaded: Pick<Loaded, "gateway" | "mines">): Fault[] {
  const folders = watchedFolders(loaded).map((folder) => ({ ...folder, plain: plainPath(folder.path) }));
  return folders.flatMap((folder, i) => {
    const other = folders.slice(0, i).find(({ plain }) => isWithin(folder.plain, plain));
    if (other === undefined) return [];
    const what = `${folder.path} is already read for ${other.mine}:${other.system}`;
    return [{ ...folder.place, what: `files.${folder.system}: ${what}`, allowed: "a folder of its own" }];
  });
}

export const isWithin = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/** As far as a text tells; links are followed by `davylamp check`. */
export function plainPath(path: string): string {
  const parts = path.replaceAll("\\", "/").split("/");
  const kept = parts.filter((part, i) => part !== "." && (part !== "" || i === 0));
  return kept.join("/").replace(/^([a-z]):/i, (drive) => drive.toLowerCase());
}
