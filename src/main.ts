#!/usr/bin/env -S node --max-semi-space-size=8 --v8-pool-size=1
import { run } from "./cli/program.ts";
import { expectShortLives, keepHeapClose } from "./lib/garbage.ts";

// The flag above is the only one that cannot be set from here (docs/ARCHITECTURE.md, "The heap is kept close").
expectShortLives();
keepHeapClose();
// Whoever reads may stop reading (`davylamp replay … | head`): what is under way goes on to its end.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
process.exitCode = await run(process.argv.slice(2));
