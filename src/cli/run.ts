import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, CommanderError } from "commander";
import { EXIT, Refusal } from "../lib/refusal.ts";

export const packageRoot = fileURLToPath(new URL("../..", import.meta.url));
export const { version } = JSON.parse(readFileSync(resolve(packageRoot, "package.json"), "utf8")) as {
  version: string;
};

/** What a command line gives the answer of a command to. */
export type Finish = (command: Promise<number>) => Promise<void>;

export async function runCommand(
  argv: readonly string[],
  program: (finish: Finish) => Command,
): Promise<number> {
  let code: number = EXIT.well;
  const finish = async (command: Promise<number>) => {
    code = await command;
  };
  try {
    await program(finish).parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.well : EXIT.usage;
    if (error instanceof Refusal) {
      console.error(`davylamp: ${error.message}`);
      return error.code;
    }
    throw error;
  }
}

/** Ctrl-C says farewell first; a second one ends at once. */
export async function untilTold(command: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const told = new AbortController();
  const tell = () => (told.signal.aborted ? process.exit(EXIT.faults) : told.abort());
  process.on("SIGINT", tell);
  process.on("SIGTERM", tell);
  process.on("disconnect", tell);
  const code = await command(told.signal);
  // Whoever started us by a channel must not keep us alive by it.
  if (process.connected) process.disconnect();
  return code;
}
