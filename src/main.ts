#!/usr/bin/env -S node --max-semi-space-size=8 --v8-pool-size=1
import { expectShortLives, keepHeapClose } from "./lib/garbage.ts";

// The flag above is the only one that cannot be set from here (docs/ARCHITECTURE.md, "The heap is kept close").
expectShortLives();
keepHeapClose();
// Whoever reads may stop reading (`davylamp replay … | head`): what is under way goes on to its end.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
const argv = process.argv.slice(2);
// What the gateway is made of takes 40 MB that a mine's old computer has other uses for.
const { run } = await (argv[0] === "uplink" ? import("./cli/uplink-command.ts") : import("./cli/program.ts"));
process.exitCode = await run(argv);
