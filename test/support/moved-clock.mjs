import { openSync, readSync } from "node:fs";

// Preloaded by `--import`: both clocks of the process are ahead by what the file says, from the moment it says so.
const file = openSync(process.env["MOVED_CLOCK"], "r");
const ahead = new Float64Array(1);
const bytes = new Uint8Array(ahead.buffer);
const wall = Date.now;
const mono = performance.now.bind(performance);

function moved() {
  readSync(file, bytes, 0, bytes.length, 0);
  return ahead[0];
}

Date.now = () => wall() + moved();
performance.now = () => mono() + moved();
