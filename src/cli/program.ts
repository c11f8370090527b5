import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { addAccount } from "./account-command.ts";
import { urlOption, userOption } from "./ask.ts";
import { backup, restore } from "./backup.ts";
import { check } from "./check.ts";
import { copy } from "./copy.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { explain } from "./explain.ts";
import { exportSeries } from "./export.ts";
import { mineAdd } from "./mine/add.ts";
import { mineCheck } from "./mine/check.ts";
import { mineRevoke, mineToken } from "./mine/credentials.ts";
import { exportPoints, importPoints } from "./points/points.ts";
import { replay } from "./replay.ts";
import { rulesTest } from "./rules/test.ts";
import { packageRoot, runCommand, untilTold, version } from "./run.ts";
import { simulate } from "./simulate.ts";
import { start } from "./start.ts";
import { addUplink } from "./uplink-command.ts";
import { verify } from "./verify.ts";

/** Runs one command line; answers with the exit code and never throws. */
export const run = (argv: readonly string[]): Promise<number> => runCommand(argv, program);

function program(finish: (command: Promise<number>) => Promise<void>): Command {
  const root = new Command("davylamp")
    .description(
      "Real-time monitoring and alerting gateway for mine safety (安全灯). It informs; it interlocks nothing.",
    )
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(davylamp --help shows what there is)");

  listening(root.command("start").description("run the gateway"), join(packageRoot, "config"))
    .option("--dev", "loopback only, with demo accounts; allows what production refuses", false)
    .action((options) => finish(start({ ...options, version })));

  listening(
    root
      .command("demo")
      .description("the gateway, its embedded broker and store, and a simulator of four mines"),
    join(packageRoot, "config"),
  )
    .option("--scenario <name>", "what happens underground", "all-day")
    .action((options) => finish(demo({ ...options, version })));

  root
    .command("simulate")
    .description("publish simulated mines to any broker")
    .option("--url <url>", "the broker", "mqtt://127.0.0.1:1883")
    .option("--mines <n>", "mines in all; the first four are those of the demo", count)
    .option("--points <n>", "points a mine has (default: what its workings need)", count)
    .option("--rate <r>", "readings a second over all mines (default: each system's own cycle)", positive)
    .option("--scenario <name>", "what happens underground; `list` names them", "normal")
    .option("--seed <s>", "the same seed gives the same values")
    .option("--password <p>", "one password for all mines (default: demo- and the mine's code)")
    .option("--ca <file>", "certificate authority of the broker, for mqtts and wss")
    .option("--seconds <n>", "end after so long (default: when told to)", positive)
    .action((options) =>
      finish(untilTold((signal) => simulate(options, { print: (line) => console.log(line), signal }))),
    );

  addAccount(root, finish);
  addUplink(root, finish);

  root
    .command("check")
    .description("validate every configuration file")
    .option("--config <dir>", "the configuration", join(packageRoot, "config"))
    .option("--write-schemas", "write config/schema/*.json anew", false)
    .option("--json", "faults as JSON", false)
    .action((options) => finish(check(options)));

  root
    .command("verify")
    .description("check frames, sequence and hash chain of journal, spool and audit log")
    .option("--data <dir>", "the data directory", "./data")
    .option("--json", "the answer as JSON", false)
    .action((options) => finish(verify(options)));

  root
    .command("backup")
    .description("copy a data directory into a new folder; the gateway may go on meanwhile")
    .option("--data <dir>", "the data directory", "./data")
    .requiredOption("--to <dir>", "where to; a new or empty folder")
    .option("--json", "the manifest as JSON", false)
    .action((options) => finish(backup({ ...options, version }, (line) => console.log(line))));

  root
    .command("restore")
    .description("make a data directory of a backup; the next start begins a new epoch")
    .requiredOption("--from <dir>", "the backup")
    .option("--data <dir>", "the data directory; new or empty", "./data")
    .option("--json", "the manifest as JSON", false)
    .action((options) => finish(restore(options, (line) => console.log(line))));

  root
    .command("export")
    .description("series as CSV or line protocol; may run beside the gateway")
    .option("--data <dir>", "the data directory", "./data")
    .option("--mine <code>", "only this mine")
    .option("--system <name>", "only this system")
    .option("--point <id...>", "only these points, MINE:SYSTEM:CODE")
    .option("--from <time>", "begin here, ISO 8601 or yyyy-MM-dd HH:mm (default: all that is kept)")
    .option("--to <time>", "end here, exclusive")
    .addOption(
      new Option("--step <step>", "every reading, or buckets")
        .choices(["raw", "1m", "5m", "1h"])
        .default("raw"),
    )
    .addOption(new Option("--format <format>", "what is written").choices(["csv", "line"]).default("csv"))
    .option("--out <file>", "a new file (default: standard output)")
    .action((options) => finish(exportSeries(options, (line) => console.error(line))));

  root
    .command("copy")
    .description("every reading of one back end into the other, and a count of both")
    .addOption(
      new Option("--from <end>", "where the readings are")
        .choices(["embedded", "influx"])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--to <end>", "where they go").choices(["embedded", "influx"]).makeOptionMandatory(),
    )
    .option("--data <dir>", "the data directory", "./data")
    .option(
      "--config <dir>",
      "the configuration whose gateway.yaml names the influx",
      join(packageRoot, "config"),
    )
    .action((options) => finish(copy(options, (line) => console.log(line))));

  root
    .command("replay")
    .description("run stored inputs through the same core; may run beside the gateway, and writes nothing")
    .option("--data <dir>", "the data directory", "./data")
    .option("--from <time>", "begin here, ISO 8601 or yyyy-MM-dd HH:mm (default: all that is kept)")
    .option("--to <time>", "end here")
    .option("--config <dir>", "judge by this configuration instead of the recorded one")
    .option("--rules <dir>", "the same, or a folder of rule packs alone: the rest is that of ./config")
    .option(
      "--diff [dir]",
      "compare with the alarms of this configuration (default: --config against the recorded)",
    )
    .option("--json", "one JSON object a line", false)
    .action((options) => finish(replay(options, (line) => console.log(line))));

  root
    .command("explain")
    .description(
      "why an alarm rang: its samples, limit and clause, and whether judging them again gives the same",
    )
    .argument("<id>", "the alarm's id")
    .option("--data <dir>", "the data directory", "./data")
    .option("--json", "the answer as JSON", false)
    .action((id: string, options) => finish(explain(id, options, (line) => console.log(line))));

  root
    .command("doctor")
    .description("try what cannot be seen from the configuration alone")
    .option("--config <dir>", "the configuration", join(packageRoot, "config"))
    .option("--notify", "send a message marked as a trial through every channel", false)
    .option("--influx", "write one line to InfluxDB and ask for it", false)
    .option(
      "--receivers",
      "connect to every broker of receivers, under a name of its own, and go again",
      false,
    )
    .option("--to <channel=address...>", "try a channel on this address", [])
    .option("--json", "one JSON object a line", false)
    .action((options) => finish(doctor(options, (line) => console.log(line))));

  const rules = root.command("rules").description("work on rule packs");
  rules
    .command("test")
    .description("play rule scenarios: timed readings, acts, restarts and the transitions they must cause")
    .argument("[files...]", "scenario files or folders (default: scenarios/ of the configuration)")
    .option("--config <dir>", "the configuration", join(packageRoot, "config"))
    .option(
      "--mutate",
      "change one thing of every rule at a time; name the changes no scenario notices",
      false,
    )
    .option("--strict", "exit 1 also for conditions no scenario shows and changes none notices", false)
    .option("--json", "results as JSON", false)
    .action((files: string[], options) => finish(rulesTest(files, options)));

  const mine = root.command("mine").description("one mine at a running gateway");
  mine
    .command("check")
    .description(
      "how well it is connected: the link acceptance record (联网验收单); exit 1 when something is bad",
    )
    .argument("<code>", "the mine's code")
    .option("--hours <n>", "over so many hours before now, at most 72", positive, 24)
    .option("--html <file>", "write the sheet to print and sign")
    .addOption(urlOption())
    .addOption(userOption("viewer"))
    .option("--json", "the answer as JSON", false)
    .action((code: string, options) => finish(mineCheck(code, options, (line) => console.log(line))));

  mine
    .command("add")
    .description("write the file of a new mine into the configuration")
    .argument("<code>", "its code, 4 to 24 letters or digits")
    .requiredOption("--name <name>", "its name")
    .option("--kind <kind>", "coal, metal or open-pit", "coal")
    .option("--systems <name...>", "what it publishes", ["safety", "fan", "person", "ring"])
    .option("--status <status>", "producing, rectifying, building, stopped or closed", "producing")
    .option("--gas-grade <grade>", "low, high or outburst")
    .option("--approved <n>", "how many may be underground", count)
    .option("--config <dir>", "the configuration", join(packageRoot, "config"))
    .action((code: string, options) => finish(mineAdd(code, options, (line) => console.log(line))));
  mine
    .command("token")
    .description("make what a mine, or one system of it, signs in with over MQTT; its password is shown once")
    .argument("<code>", "the mine's code")
    .option("--system <name>", "for this system only")
    .option("--note <text>", "who has it", "")
    .option("--list", "show those there are, without passwords", false)
    .addOption(urlOption())
    .addOption(userOption("admin"))
    .option("--json", "the answer as JSON", false)
    .action((code: string, options) => finish(mineToken(code, options, (line) => console.log(line))));
  mine
    .command("revoke")
    .description("revoke what `mine token` made; the mine's connections are closed")
    .argument("<code>", "the mine's code")
    .argument("<id>", "of `mine token --list`")
    .addOption(urlOption())
    .addOption(userOption("admin"))
    .action((code: string, id: string, options) =>
      finish(mineRevoke(code, id, options, (line) => console.log(line))),
    );

  const points = root.command("points").description("a mine's points as a workbook");
  points
    .command("export")
    .description("write them to fill in what the county confirms: place, set, machine, cuts, feeds")
    .argument("<mine>", "the mine's code")
    .option("--suggest <file>", "a workbook with what texts and codes suggest, each with confidence and why")
    .option("--out <file>", "a workbook without suggestions")
    .option("--config <dir>", "the configuration that names the places", join(packageRoot, "config"))
    .addOption(urlOption())
    .addOption(userOption("lead"))
    .option("--json", "points and suggestions as JSON", false)
    .action((code: string, options) => finish(exportPoints(code, options, (line) => console.log(line))));
  points
    .command("import")
    .description("read the workbook back: shows what would change; `--yes` does it, all or nothing")
    .argument("<mine>", "the mine's code")
    .argument("<file>", "the workbook")
    .option("--yes", "do it", false)
    .addOption(urlOption())
    .addOption(userOption("lead"))
    .option("--json", "differences and faults as JSON", false)
    .action((code: string, file: string, options) =>
      finish(importPoints(code, file, options, (line) => console.log(line))),
    );

  const nested = [rules, mine, points].flatMap((command) => command.commands);
  for (const command of [...root.commands, ...nested]) command.exitOverride();
  return root;
}

function listening(command: Command, config: string): Command {
  return command
    .option("--config <dir>", "the configuration", config)
    .option("--data <dir>", "where logs, snapshots and databases are kept (default ./data)")
    .option(
      "--http <port>",
      "port of the console, REST and WebSocket (default from gateway.yaml; 0 = any)",
      port,
    )
    .option("--mqtt <port>", "port of the embedded broker (default from gateway.yaml; 0 = any)", port)
    .option("--json", "print addresses as one line of JSON", false);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("a whole number from 0");
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1e6)) throw new InvalidArgumentError("a number above 0");
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("a port from 0 to 65535");
  return value;
}
