import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setImmediate as rest, setTimeout as wait } from "node:timers/promises";
import { refuseSecond } from "../app/refusals.ts";
import { createFolders, type Out } from "../files/folders.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { EXIT } from "../lib/refusal.ts";
import { DAY, SECOND } from "../model/time.ts";
import { lockDataDirectory } from "../store/lock.ts";
import { filesPayload } from "../wire/files-told.ts";
import { createLine } from "./uplink/line.ts";
import { createOwnLog } from "./uplink/own-log.ts";
import { openQueue, type Queue } from "./uplink/queue.ts";
import { readSettings, type UplinkArguments } from "./uplink/settings.ts";

const KEEP = 7 * DAY;
const POLL = 2 * SECOND;
const LOOK_AROUND = 200;
const TIDY_EVERY = SECOND;
const SUM_EVERY = 3_600 * SECOND;

/**
 * `davylamp uplink`: the gateway's own reading of folders on a mine's computer, and a queue on its disk in between. A file
 * is moved once what it says is in the queue; what is in the queue is sent until the gateway has acknowledged it.
 */
export async function uplink(given: UplinkArguments, version: string, signal: AbortSignal): Promise<number> {
  const settings = await readSettings(given, process.env["DAVYLAMP_PASSWORD"]);
  const { mine, data } = settings;
  const lock = await lockDataDirectory(data).catch(refuseSecond);
  const say = createOwnLog(data, clock.wall, (line) => console.log(line));
  const queue = await openQueue(data, clock, (code, detail) => say(`队列磁盘: ${code} ${detail}`));
  say(
    `启动 davylamp uplink ${version}, 煤矿 ${mine}, 目录 ${settings.folders.map(({ path }) => path).join(", ")}`,
  );
  const line = createLine({
    way: settings.way,
    mine,
    // Two programs with one id would throw each other out.
    clientId: `${mine}-uplink-${randomBytes(4).toString("hex")}`,
    user: settings.user,
    password: settings.password,
    version,
    queue,
    clock,
    say,
  });
  const folders = createFolders(join(data, "files"), clock, () => {});
  folders.watch({ folders: settings.folders, keep: KEEP, poll: POLL });
  let tidied = Promise.resolve();
  const tidying = setInterval(() => {
    tidied = tidied.then(() => tidy(queue, settings.queueBytes, say));
  }, TIDY_EVERY);
  let told = clock.mono();
  const out = new Set<Out>();
  const take = (one: Out) => {
    out.add(one);
    void keep(one, queue, say).finally(() => out.delete(one));
  };
  const troubles = new Set<string>();
  while (!signal.aborted) {
    const worked = await folders.round(take, () => signal.aborted || out.size > 0, rest);
    for (const { trouble } of folders.reports()) {
      if (trouble !== null && !troubles.has(trouble)) say(`目录有问题: ${trouble}`);
      if (trouble !== null) troubles.add(trouble);
    }
    if (folders.reports().every(({ trouble }) => trouble === null)) troubles.clear();
    if (clock.mono() - told > SUM_EVERY) {
      told = clock.mono();
      const [taken, bad] = folders.reports().reduce(([a, b], one) => [a + one.taken, b + one.bad], [0, 0]);
      say(
        `累计: 已读文件 ${taken}, 未采用 ${bad}, 待发 ${queue.waiting}, ${line.up() ? "已连接" : "未连接"}`,
      );
    }
    if (!worked) await wait(LOOK_AROUND, undefined, { signal }).catch(() => {});
  }
  while (out.size > 0) await wait(10);
  folders.close();
  clearInterval(tidying);
  await line.close();
  await tidied.then(() => tidy(queue, settings.queueBytes, say));
  await queue.close();
  lock.release();
  say("已停止");
  return EXIT.well;
}

async function keep({ watched, batch, done }: Out, queue: Queue, say: (line: string) => void): Promise<void> {
  const { system } = watched;
  try {
    const what = batch.told.length === 0 ? [] : [filesMessage(batch.told)];
    await queue.put(
      [...batch.messages, ...what].map(({ kind, payload }) => ({
        system,
        kind,
        payload: Buffer.from(payload),
      })),
    );
  } catch (error) {
    say(`写不进队列: ${String(error)}`);
    done(false);
    return;
  }
  for (const { name, outcome, samples } of batch.told) {
    const [first] = samples;
    if (outcome === "taken") continue;
    if (outcome === "duplicate") say(`${name}: 内容与已读过的文件相同`);
    else if (outcome === "bad") say(`${name}: 整个文件未采用: ${first?.reason ?? ""}`);
    else say(`${name}: 部分记录未采用: ${first?.reason ?? ""}`);
  }
  done(true);
}

/** One for all files of a batch, behind what they say: the county counts what was refused here like what it refuses itself. */
const filesMessage = (told: Out["batch"]["told"]) =>
  ({ kind: "files", payload: filesPayload(clock.wall(), told) }) as const;

async function tidy(queue: Queue, mostBytes: number, say: (line: string) => void): Promise<void> {
  try {
    const lost = await queue.tidy(mostBytes);
    if (lost > 0) say(`队列超过上限, 最旧的 ${lost} 条未发出即被删除`);
  } catch (error) {
    say(`写不下发送进度: ${String(error)}`);
  }
}
