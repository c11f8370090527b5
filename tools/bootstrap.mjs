// Makes a fresh clone ready: installs from the lock file and builds, each only when something changed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modified = (path) => (existsSync(join(root, path)) ? statSync(join(root, path)).mtimeMs : 0);

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) latest = Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return latest;
}

function run(what, command, args) {
  process.stderr.write(`davylamp: ${what} …\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    process.stderr.write(`davylamp: ${what} failed (exit ${status}); the lines above say why\n`);
    process.exit(1);
  }
}

if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
  run("installing from the lock file (about half a minute)", "npm", ["ci", "--no-audit", "--no-fund"]);
}
const sources = Math.max(newest("src"), modified("tsconfig.json"), modified("package-lock.json"));
if (modified("dist/.built") < sources) {
  run("building", "npm", ["run", "--silent", "build"]);
}
