import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { type GatewayProcess, startGateway } from "../support/gateway-process.ts";
import { journalledTransitions } from "../support/journalled.ts";
import { createLoad } from "../support/kill-load.ts";
import { seeded } from "../support/kill-run.ts";

describe("the client of docs/INTEGRATION.md", () => {
  const dir = mkdtempSync(join(tmpdir(), "davylamp-follow-"));
  const data = join(dir, "data");
  let gateway: GatewayProcess;
  let client: ChildProcess | null = null;
  const lines: string[] = [];
  let heard: () => void = () => {};

  function follow(http: string): void {
    client = spawn(
      process.execPath,
      ["docs/follow.mjs", http, "viewer", "demo-viewer", join(dir, "place.json")],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    createInterface({ input: client.stdout as NonNullable<typeof client.stdout> }).on("line", (line) => {
      lines.push(line);
      heard();
    });
  }
  const until = async (enough: () => boolean) => {
    while (!enough()) await new Promise<void>((resolve) => (heard = resolve));
  };
  const seqs = () =>
    lines.filter((line) => line.startsWith("event ")).map((line) => Number(line.split(" ")[1]));

  afterAll(async () => {
    client?.kill("SIGKILL");
    await gateway?.kill();
    rmSync(dir, { recursive: true, force: true });
  });

  it("is 40 lines of code", () => {
    const lines = readFileSync("docs/follow.mjs", "utf8").split("\n");
    expect(lines.filter((line) => line !== "" && !line.startsWith("//")).length).toBeLessThanOrEqual(40);
  });

  it("misses nothing and is told nothing twice while the gateway and itself are killed", async () => {
    const http = await freePort();
    gateway = await startGateway({ data, config: "config", http });
    const load = createLoad(seeded(11), [() => gateway?.port() ?? null]);
    follow(gateway.http);
    await until(() => seqs().length > 20);

    await gateway.kill("SIGKILL");
    gateway = await startGateway({ data, config: "config", http });
    let seen = seqs().length;
    await until(() => seqs().length > seen + 20);

    client?.kill("SIGKILL");
    await wait(300);
    follow(gateway.http);
    seen = seqs().length;
    await until(() => seqs().length > seen + 20);

    await gateway.kill("SIGTERM");
    gateway = await startGateway({ data, config: "config", http });
    load.stop();
    await load.idle();
    load.close();
    const told = await journalledTransitions(data);
    await until(() => (seqs().at(-1) ?? 0) >= (told.at(-1) ?? 0));
    const first = seqs()[0] ?? 0;
    // The mines are gone: the gateway says more since the journal was read.
    const heard = [...new Set(seqs())].filter((seq) => seq <= (told.at(-1) ?? 0));
    expect(heard).toEqual(told.filter((seq) => seq >= first));
    // Only what it had said and not yet remembered when it was killed may be said again.
    expect(seqs().length - new Set(seqs()).size).toBeLessThanOrEqual(1);
  });
});
