import { Command } from "commander";
import { type Finish, runCommand, untilTold, version } from "./run.ts";

export function addUplink(root: Command, finish: Finish): void {
  root
    .command("uplink")
    .description("on a mine's computer: read text files from folders and send them through a queue on disk")
    .option("--config <file>", "uplink.yaml: mine, url, folders by system, dialects (docs/UPLINK.md)")
    .option("--folder <dir>", "the folder of one system, without a file")
    .option("--system <name>", "which system --folder is", "safety")
    .option("--mine <code>", "the mine's code")
    .option("--url <url>", "mqtts://host:port, wss://host/mqtt, or the same without TLS")
    .option("--user <name>", "as whom to sign in (default: the mine's code)")
    .option("--password-file <file>", "a file that holds the password (default: DAVYLAMP_PASSWORD)")
    .option("--proxy <url>", "an HTTP proxy, http://[user:password@]host:port")
    .option("--ca <file>", "certificate authority of the gateway")
    .option("--data <dir>", "queue, log and what is remembered (default: ./uplink-data)")
    .action(async (options) => {
      const { uplink } = await import("./uplink.ts");
      await finish(untilTold((signal) => uplink(options, version, signal)));
    });
}

/** The command line of a mine's computer, which has no room for what the gateway is made of. */
export const run = (argv: readonly string[]): Promise<number> =>
  runCommand(argv, (finish) => {
    const root = new Command("davylamp").exitOverride();
    addUplink(root, finish);
    for (const command of root.commands) command.exitOverride();
    return root;
  });
