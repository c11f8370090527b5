import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { Aedes } from "aedes";

/** aedes as it comes, in a process of its own: what the gateway's line is compared with. */
export interface BareAedes {
  readonly port: number;
  readonly pid: number;
  usage(): Promise<{ readonly cpuMs: number; readonly rss: number }>;
  stop(): Promise<void>;
}

export async function startBareAedes(): Promise<BareAedes> {
  const child = fork(fileURLToPath(import.meta.url), ["--child"]);
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    port,
    pid: child.pid ?? 0,
    async usage() {
      child.send("usage");
      const [told] = (await once(child, "message")) as [{ cpuMs: number; rss: number }];
      return told;
    },
    async stop() {
      const gone = once(child, "exit");
      child.kill();
      await gone;
    },
  };
}

/** Default broker; only Nagle's delay is off, because with it the acknowledgements wait for the peer's. */
async function serve(): Promise<void> {
  const broker = await Aedes.createBroker();
  const server = createServer({ noDelay: true }, broker.handle);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.({ port: typeof address === "object" ? address?.port : 0 });
  });
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1_000, rss: process.memoryUsage().rss });
  });
  process.on("disconnect", () => process.exit());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve();
