import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** An HTTP proxy on the way from a mine's computer to the gateway: a line that a test cuts and mends. */
export async function openCutLine() {
  const through = new Set<Socket>();
  let asked = 0;
  let open = true;
  const proxy = createServer();
  proxy.on("connect", ({ url = "" }, socket: Socket) => {
    asked++;
    socket.on("error", () => {});
    if (!open) return void socket.end("HTTP/1.1 503 closed\r\n\r\n");
    const [host, port] = url.split(":");
    const to = connect(Number(port), host, () => socket.write("HTTP/1.1 200 well\r\n\r\n"));
    to.on("error", () => {});
    to.pipe(socket).pipe(to);
    through.add(socket);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cut = () => {
    open = false;
    for (const socket of through) socket.destroy();
    through.clear();
  };
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked: () => asked,
    cut,
    mend: () => {
      open = true;
    },
    close: () => {
      cut();
      proxy.close();
    },
  };
}

/** With what its units ship with (docs/UPLINK.md). */
export function uplinkFlags(): string[] {
  const unit = readFileSync("docs/davylamp-uplink.service", "utf8");
  const [, flags = ""] = /^ExecStart=\S+ (.+) node_modules/m.exec(unit) ?? [];
  return flags.split(" ");
}

/** The compiled uplink as on a mine's computer; it can be killed and started again. */
export function createUplink(args: readonly string[], env: Readonly<Record<string, string>>) {
  let child: ChildProcess | null = null;
  return {
    start(): void {
      child = spawn(process.execPath, [...uplinkFlags(), "dist/main.js", "uplink", ...args], {
        env: { ...process.env, ...env },
        stdio: "ignore",
      });
    },
    async end(signal: NodeJS.Signals): Promise<void> {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    },
    /** Resident at most since the start, or since it was forgotten; in MiB. */
    async peak(): Promise<number> {
      const status = await readFile(`/proc/${child?.pid}/status`, "utf8");
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
    },
    forgetPeak: () => writeFile(`/proc/${child?.pid}/clear_refs`, "5"),
  };
}
