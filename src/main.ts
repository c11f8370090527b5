#!/usr/bin/env node
import { run } from "./cli/program.ts";
import { expectShortLives } from "./lib/garbage.ts";

expectShortLives();
process.exitCode = await run(process.argv.slice(2));
