import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { followConfig } from "./follow-config.ts";
import { openApp, type StartOptions, untilSignal } from "./start.ts";

/** `npm run demo`: the gateway on loopback and a separate simulator process; Ctrl-C stops both. */
export async function demo(options: Omit<StartOptions, "dev"> & { scenario: string }): Promise<number> {
  const app = await openApp({ ...options, dev: true });
  const { http, mqtt } = await app.start();
  const broker = mqtt[0] ?? "";
  const main = fileURLToPath(new URL("../main.js", import.meta.url));
  const simulator = spawn(
    process.execPath,
    [main, "simulate", "--url", broker, "--scenario", options.scenario],
    {
      // The channel is only there to close: the simulator ends when this process does, however it does.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    },
  );
  simulator.on("exit", (code, signal) => {
    if (code !== null && code !== 0) console.error(`davylamp: the simulator ended with exit code ${code}`);
    else if (signal !== null && signal !== "SIGINT" && signal !== "SIGTERM")
      console.error(`davylamp: the simulator ended by ${signal}`);
  });
  if (options.json) console.log(JSON.stringify({ http, mqtt }));
  else console.log(welcome(http, broker));
  const unfollow = followConfig(app, options.config);
  const code = await untilSignal(app).finally(unfollow);
  simulator.kill("SIGTERM");
  return code;
}

function welcome(http: string, broker: string): string {
  const port = new URL(broker).port;
  return [
    "",
    `${pc.bold("davylamp 安全灯")}  demo / 演示`,
    "",
    `  console  控制台   ${pc.bold(http)}`,
    `  account  账号     ${["viewer", "duty", "lead", "admin", "auditor", "mine"].map((name) => `${name} / demo-${name}`).join("   ")}`,
    `  broker   MQTT     ${broker}   user 520523017311   password demo-520523017311`,
    "",
    "  Raise an alarm by hand / 手动触发报警:",
    pc.dim(
      `  mosquitto_pub -p ${port} -u 520523017311 -P demo-520523017311 -i 520523017311-hand -q 1 -t mine/v1/520523017311/safety/readings -m '{"ts":'$(date +%s%3N)',"readings":[{"p":"HAND-CH4","v":1.62}]}'`,
    ),
    "",
    "  Ctrl-C stops everything / Ctrl-C 停止",
    "",
  ].join("\n");
}
