import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeDisk } from "../../src/log/disk.ts";
import { readLog } from "../../src/log/segment-log.ts";
import { decodeEntry } from "../../src/wire/journal-codec.ts";
import { startGateway } from "../support/gateway-process.ts";
import { createLoad } from "../support/kill-load.ts";
import { type Provider, type Received, startProvider, stepsIn } from "../support/notify-provider.ts";

const KILLS = 6;
/** Messages the webhook's lane has on its way at once. */
const PARALLEL = 4;

let dir: string;
let program: Provider;
let group: Provider;
let config: string;
const data = () => join(dir, "data");

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "davylamp-notify-kill-"));
  config = join(dir, "config");
  await cp("config", config, { recursive: true });
  // As far away as a server on the net, so that a kill finds sends on their way.
  program = await startProvider(() => wait(15).then(() => ({ status: 200 })));
  group = await startProvider(() => ({ json: { errcode: 0, errmsg: "ok" } }));
  const path = join(config, "gateway.yaml");
  const text = await readFile(path, "utf8");
  const ref = (name: string) => `"\${env:${name}}"`;
  await writeFile(
    path,
    text.replace(
      /^channels: \[\]$/m,
      `channels:
  - { id: program, kind: webhook, url: "${program.url}/alarms", secrets: [${ref("HOOK")}], follow: {} }
  - { id: group, kind: dingtalk, url: ${ref("ROBOT")}, digest: 200ms, perMinute: 600, follow: {} }`,
    ),
  );
});
afterEach(async () => {
  await Promise.all([program.close(), group.close()]);
  await rm(dir, { recursive: true, force: true });
});

const start = () =>
  startGateway({
    data: data(),
    config,
    env: {
      HOOK: `whsec_${Buffer.alloc(32, 3).toString("base64")}`,
      ROBOT: `${group.url}/robot/send?access_token=t`,
    },
  });

/** Every step the journal has, and those of them that ring. */
async function journalled(): Promise<{ all: Set<string>; ringing: Set<string> }> {
  const all = new Set<string>();
  const ringing = new Set<string>();
  for await (const records of readLog(
    { dir: join(data(), "journal"), extension: "jnl", disk: nodeDisk },
    1,
  )) {
    for (const record of records) {
      const entry = decodeEntry(record);
      if (entry.type !== "transition" || entry.alarm.class === "test") continue;
      const { alarm, transition } = entry;
      const step = `${alarm.id}#${transition.n}`;
      all.add(step);
      const rings = alarm.ack === "required" && !alarm.retrospective && alarm.suppression.kind === "none";
      if (rings && alarm.parent === null && (transition.what === "raise" || transition.what === "step-up"))
        ringing.add(step);
    }
  }
  return { all, ringing };
}

const told = ({ text }: Received) => JSON.parse(text) as { step: string; repeated: boolean };

/** Messages of a step after the first. */
function repeats(received: readonly Received[]): { step: string; repeated: boolean }[] {
  const seen = new Set<string>();
  return received.map(told).filter(({ step }) => seen.has(step) || !seen.add(step));
}

describe("a gateway killed while it sends", () => {
  it("misses no step, repeats at most what was on its way and says 重发, and repeats nothing unkilled", async () => {
    let gateway = await start();
    const load = createLoad(Math.random, [() => gateway.port()]);
    await program.got(30);
    await gateway.kill("SIGTERM");
    gateway = await start();
    await program.got(60);
    await gateway.kill("SIGTERM");
    expect(repeats(program.received)).toEqual([]);
    expect(
      [...program.received, ...group.received].filter(({ text }) => /重发|"repeated":true/.test(text)),
    ).toEqual([]);

    for (let kill = 0; kill < KILLS; kill++) {
      gateway = await start();
      const before = program.received.length;
      await program.got(before + 5 + Math.floor(Math.random() * 40));
      await gateway.kill("SIGKILL");
    }
    gateway = await start();
    load.stop();
    await load.idle();
    await gateway.kill("SIGTERM");
    load.close();

    // What still waited at the end goes on at the next start.
    const { all, ringing } = await journalled();
    gateway = await start();
    const missing = () => {
      const heard = new Set(program.received.map((one) => told(one).step));
      const read = new Set(group.received.flatMap(({ text }) => stepsIn(text)));
      return [
        ...[...all].filter((step) => !heard.has(step)),
        ...[...ringing].filter((step) => !read.has(step)),
      ];
    };
    for (let tries = 0; missing().length > 0 && tries < 1_800; tries++) await wait(100);
    await gateway.kill("SIGTERM");

    expect(missing()).toEqual([]);
    const again = repeats(program.received);
    expect(again.filter(({ repeated }) => !repeated)).toEqual([]);
    expect(again.length).toBeLessThanOrEqual(KILLS * PARALLEL);
    const steps = group.received.flatMap(({ text }) => stepsIn(text).map((step) => ({ step, text })));
    const seen = new Set<string>();
    const unmarked = steps.filter(({ step, text }) =>
      seen.has(step) ? !text.includes("重发") : !seen.add(step),
    );
    expect(unmarked).toEqual([]);
    console.log(
      `${KILLS} kills: ${all.size} steps in ${program.received.length} messages, 0 missing, ${again.length} repeated (at most ${KILLS * PARALLEL} were on their way), all marked; ${group.received.length} digests`,
    );
  });
});
