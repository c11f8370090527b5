import { z } from "zod";
import { DutyFile } from "./duty-file.ts";
import { GatewayFile } from "./gateway-file.ts";
import { MessagesFile } from "./messages-file.ts";
import { MineFile } from "./mine-file.ts";
import { RuleFile } from "./rule-file.ts";
import { SwitchesFile, UnitsFile } from "./table-files.ts";

/** File name under `config/schema` to its text, for editors that complete YAML. */
export function jsonSchemas(): Readonly<Record<string, string>> {
  const files = {
    gateway: GatewayFile,
    messages: MessagesFile,
    mine: MineFile,
    rules: RuleFile,
    units: UnitsFile,
    switches: SwitchesFile,
    duty: DutyFile,
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, schema]) => {
      const { id: _id, ...json } = z.toJSONSchema(schema, { target: "draft-7", io: "input" }) as Record<
        string,
        unknown
      >;
      return [`${name}.json`, `${JSON.stringify(json, null, 2)}\n`];
    }),
  );
}
