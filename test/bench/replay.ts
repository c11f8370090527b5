import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { replay } from "../../src/cli/replay.ts";
import { loadConfig } from "../../src/wire/config/load.ts";
import { county, countyConfig } from "../support/county.ts";
import { record } from "../support/recorder.ts";
import { shippedConfig } from "../support/shipped-config.ts";

const SECONDS = 10 * 60;

/** How much faster than life a county's spool is replayed: by one set of rules, and by two side by side. */
export async function benchReplay(mines: number, points: number) {
  const root = await mkdtemp(join(tmpdir(), "davylamp-bench-replay-"));
  const data = join(root, "data");
  const at = 1_767_225_600_000;
  const options = { scenario: "all-day", seconds: SECONDS, at, mines, points };
  const loaded = loadConfig(shippedConfig(), () => undefined, at);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const config = countyConfig(loaded.config, options);
  const timed = async (more: object) => {
    let last = "";
    await replay({ data, json: true, ...more }, (line) => {
      last = line;
    });
    return (JSON.parse(last) as { timesRealTime: number }).timesRealTime;
  };
  try {
    await mkdir(data);
    const { readings } = await record(
      data,
      { ...loaded, config, canonical: JSON.stringify(config) },
      county(options),
    );
    return { readings, seconds: SECONDS, once: await timed({}), diff: await timed({ diff: "config" }) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
