import { type Command, Option } from "commander";
import { ROLES } from "../model/act.ts";
import {
  accountAdd,
  accountDisable,
  accountList,
  accountPassword,
  accountRevoke,
  accountToken,
} from "./account.ts";
import type { Finish } from "./run.ts";

const print = (line: string) => console.log(line);
const dataOption = () =>
  new Option("--data <dir>", "the data directory; run as the user the gateway runs as").default("./data");
const passwordOption = () =>
  new Option(
    "--password-file <file>",
    "a file that holds the password, 12 characters or more (default: one is made and shown once)",
  );

/** People and programs that may sign in at the gateway. */
export function addAccount(root: Command, finish: Finish): void {
  const account = root
    .command("account")
    .description("who may sign in; before the first start or beside the running gateway");
  account
    .command("add")
    .description("a new account; its password is shown once. The first one needs --role admin")
    .argument("<name>", "its name; duty.yaml names it as `user`")
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).makeOptionMandatory())
    .option("--mines <code...>", "only these mines", ["*"])
    .addOption(passwordOption())
    .addOption(dataOption())
    .action((name: string, options) => finish(accountAdd(name, options, print)));
  account
    .command("list")
    .description("those there are, with the ids of their tokens")
    .addOption(dataOption())
    .option("--json", "as JSON", false)
    .action((options) => finish(accountList(options, print)));
  account
    .command("password")
    .description("a new password; what was opened with the old one ends")
    .argument("<name>", "the account")
    .addOption(passwordOption())
    .addOption(dataOption())
    .action((name: string, options) => finish(accountPassword(name, options, print)));
  for (const disabled of [true, false])
    account
      .command(disabled ? "disable" : "enable")
      .description(disabled ? "ends its sessions and tokens at once" : "lets it sign in again")
      .argument("<name>", "the account")
      .addOption(dataOption())
      .action((name: string, options) => finish(accountDisable(name, { ...options, disabled }, print)));
  account
    .command("token")
    .description("makes an API token for a program; shown once")
    .argument("<name>", "the account whose rights it has")
    .addOption(dataOption())
    .action((name: string, options) => finish(accountToken(name, options, print)));
  account
    .command("revoke")
    .description("ends a token")
    .argument("<name>", "the account")
    .argument("<id>", "of `account list`")
    .addOption(dataOption())
    .action((name: string, id: string, options) => finish(accountRevoke(name, id, options, print)));
}
