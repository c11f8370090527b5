import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { EXIT, Refusal } from "../../lib/refusal.ts";
import { loadConfig } from "../../wire/config/load.ts";
import { faultLine, secretOf } from "../check.ts";
import { readConfigFiles } from "../config-files.ts";

export interface MineAddOptions {
  readonly config: string;
  readonly name: string;
  readonly kind: string;
  readonly systems: readonly string[];
  readonly status: string;
  readonly gasGrade?: string;
  readonly approved?: number;
}

/**
 * `davylamp mine add CODE`: writes `mines/CODE.yaml`, only where the whole configuration is well with it. A running
 * gateway takes it as any change of its files.
 */
export async function mineAdd(
  code: string,
  options: MineAddOptions,
  print: (line: string) => void,
): Promise<number> {
  const path = `mines/${code}.yaml`;
  const file = join(options.config, path);
  if (existsSync(file)) throw new Refusal(EXIT.usage, `${file} is there already; change it there`);
  const text = `${HEAD}${stringify(fileOf(code, options))}`;
  const files = await readConfigFiles(options.config);
  const loaded = loadConfig([...files, { path, text }], secretOf, Date.now());
  if (!loaded.ok) {
    for (const fault of loaded.faults) console.error(faultLine(options.config, fault));
    return EXIT.faults;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { flag: "wx" });
  print(
    `已写入 ${file}，运行中的网关几秒内生效。然后: davylamp mine token ${code}（MQTT），或在该文件中写 files:（文本文件，见 docs/OPERATIONS.md）`,
  );
  return EXIT.well;
}

const HEAD = "# yaml-language-server: $schema=../schema/mine.json\n";

function fileOf(code: string, { name, kind, systems, status, gasGrade, approved }: MineAddOptions): object {
  return {
    code,
    name,
    kind,
    status,
    ...(gasGrade === undefined ? {} : { gasGrade }),
    ...(approved === undefined ? {} : { approvedUnderground: approved }),
    systems: [...systems],
  };
}
