import { TYPE_NAMES } from "../national/layouts.ts";
import { layoutFault } from "../national/meanings.ts";
import type { MineFile } from "./mine-file.ts";
import { meant } from "./schema-faults.ts";
import type { Fault, Path, YamlSource } from "./yaml-source.ts";

/** What is wrong between a dialect and the file types it speaks of, though each word is right by itself. */
export function dialectFaults({ source, value }: { source: YamlSource; value: MineFile }): Fault[] {
  return Object.entries(value.files).flatMap(([system, { dialect }]) => {
    const path = ["files", system];
    const faults = Object.entries(dialect.types).flatMap(([named, type]) =>
      TYPE_NAMES.includes(type) ? [] : [strange(source, [...path, "dialect", "types", named], type)],
    );
    if (!value.systems.includes(system)) {
      const allowed = value.systems.join(", ");
      faults.push(source.atKey(path, `${system} is no system of this mine`, allowed));
    }
    for (const [type, names] of Object.entries(dialect.layouts)) {
      const at = [...path, "dialect", "layouts", type];
      if (!TYPE_NAMES.includes(type)) faults.push(strange(source, at, type));
      else {
        const fault = layoutFault(type, names);
        if (fault !== null) faults.push(source.at(at, fault.what, fault.allowed));
      }
    }
    return faults;
  });
}

const strange = (source: YamlSource, path: Path, type: string): Fault =>
  meant(source.at(path, `no national file type ${type}`, TYPE_NAMES.join(", ")), type, TYPE_NAMES);
