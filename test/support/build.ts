import { spawnSync } from "node:child_process";

/** Workers run compiled code even under test; `tsc --incremental` brings `dist` up to date first. */
export default function build(): void {
  const { status, stdout } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`tsc failed:\n${stdout}`);
}
