import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly http: string;
  readonly mqttPort: number;
  /** The same while it runs, then null. */
  port(): number | null;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** What `davylamp` itself runs: `node` and the flags that ship. */
export function shippedCommand(): string[] {
  const [line = ""] = readFileSync("src/main.ts", "utf8").split("\n");
  return line.replace("#!/usr/bin/env -S ", "").split(" ");
}

/** The compiled gateway in a process of its own, as a user would start it; `under` puts a tracer in front. */
export async function startGateway(options: {
  data: string;
  config: string;
  mqtt?: number;
  http?: number;
  under?: readonly string[];
  command?: "start" | "demo";
  env?: Record<string, string>;
}): Promise<GatewayProcess> {
  const mode = options.command === "demo" ? ["demo"] : ["start", "--dev"];
  const [, ...flags] = shippedCommand();
  const args = [
    ...flags,
    "dist/main.js",
    ...mode,
    "--json",
    "--data",
    options.data,
    "--config",
    options.config,
  ];
  args.push("--http", String(options.http ?? 0), "--mqtt", String(options.mqtt ?? 0));
  const [command, ...before] = [...(options.under ?? []), process.execPath];
  const child = spawn(command as string, [...before, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    // A tracer that is killed leaves its child alone: both are one group, which is ended as a whole.
    detached: options.under !== undefined,
    env: { ...process.env, ...options.env },
  });
  let errors = "";
  child.stderr?.on("data", (chunk) => {
    errors = (errors + String(chunk)).slice(-4000);
  });
  const exited = once(child, "exit");
  const line = once(createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }), "line");
  const first = await Promise.race([line, exited.then(() => null)]);
  if (first === null)
    throw new Error(`the gateway ended before it was ready (exit ${child.exitCode}): ${errors}`);
  const runs = () => child.exitCode === null && child.signalCode === null;
  const { http, mqtt } = JSON.parse(String(first[0])) as { http: string; mqtt: string[] };
  const mqttPort = Number(new URL(mqtt[0] as string).port);
  return {
    child,
    http,
    mqttPort,
    port: () => (runs() ? mqttPort : null),
    async kill(signal = "SIGKILL") {
      if (runs()) {
        if (options.under !== undefined && child.pid !== undefined) process.kill(-child.pid, signal);
        else child.kill(signal);
        await exited;
      }
    },
  };
}
