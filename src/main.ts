#!/usr/bin/env node
import { run } from "./cli/program.ts";
import { expectShortLives, keepHeapClose } from "./lib/garbage.ts";

expectShortLives();
keepHeapClose();
// Whoever reads may stop reading (`davylamp replay … | head`): what is under way goes on to its end.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
process.exitCode = await run(process.argv.slice(2));
