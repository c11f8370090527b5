import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpperPoint } from "../../src/files/upper/calls.ts";
import { createCrew, NO_CREW } from "../../src/files/upper/crew.ts";
import { createDrafter } from "../../src/files/upper/drafts.ts";
import { createUpperFolder, type UpperFolder } from "../../src/files/upper/folder.ts";
import { createGatherer } from "../../src/files/upper/gather.ts";
import { createKnown } from "../../src/files/upper/known.ts";
import { createLine } from "../../src/files/upper/line.ts";
import type { PeopleRules } from "../../src/files/upper/people-rules.ts";
import { type Place, readPlan, writeJson } from "../../src/files/upper/place.ts";
import { createKeeper, readKept } from "../../src/files/upper/staff-files.ts";
import { nodeDisk } from "../../src/log/disk.ts";
import { createLogFollower } from "../../src/log/log-follower.ts";
import type { SegmentLog } from "../../src/log/segment-log.ts";
import { createTape } from "../../src/log/tape.ts";
import type { Input, PacketInput, TopicKind } from "../../src/model/input.ts";
import { UpperFile, type UpperPlatform } from "../../src/wire/config/upper-file.ts";
import { decode } from "../../src/wire/decode.ts";
import { encodeInput } from "../../src/wire/input-codec.ts";
import { type Known, NOTHING_KNOWN } from "../../src/wire/national/file.ts";
import { readNationalFile } from "../../src/wire/national/read.ts";
import { EPOCH, MINE, openLogs } from "./store-logs.ts";

/** A folder of a platform and both logs, in a directory of their own. */
export async function openUpper() {
  const dir = await mkdtemp(join(tmpdir(), "davylamp-upper-"));
  const folder = join(dir, "city");
  await mkdir(folder);
  const logs = await openLogs(dir);
  return {
    dir,
    folder,
    logs,
    async close(): Promise<void> {
      await Promise.all([logs.spool.close(), logs.journal.close()]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A packet as the gateway writes it, `now` being when it came; answers its seq. */
export function spoolPacket(
  spool: SegmentLog,
  now: number,
  message: object,
  more: { system?: string; kind?: TopicKind; verdicts?: Uint8Array } = {},
): number {
  const { system = "safety", kind = "readings", verdicts = null } = more;
  const payload = new TextEncoder().encode(JSON.stringify(message));
  const input: PacketInput = {
    type: "packet",
    seq: spool.head + 1,
    now,
    mine: MINE,
    system,
    topicKind: kind,
    qos: 1,
    connection: 1,
    digest: spool.head + 1,
    body: decode(kind, system, payload),
  };
  const { type, body } = encodeInput(
    input,
    { topic: `mine/v1/${MINE}/${system}/${kind}`, payload },
    verdicts,
  );
  return spool.append(type, body);
}

export function spoolTick(spool: SegmentLog, now: number): number {
  const tick: Input = { type: "tick", seq: spool.head + 1, now };
  const { type, body } = encodeInput(tick, null, null);
  return spool.append(type, body);
}

export function spoolClock(spool: SegmentLog, now: number): number {
  const { type, body } = encodeInput({ type: "clock", seq: spool.head + 1, now, by: -1 }, null, null);
  return spool.append(type, body);
}

export const aPlatform = (folder: string, more: object = {}): UpperPlatform =>
  UpperFile.parse({ name: "city", folder, every: "30s", ...more });

export const aNewPlace = (more: Partial<Place> = {}): Place => ({
  epoch: EPOCH,
  spool: 0,
  journal: 0,
  begin: 0,
  until: 0,
  rounds: 0,
  points: {},
  snapshots: [],
  tables: {},
  ...more,
});

export interface LineRun {
  readonly away: (string | null)[];
  readonly faults: string[];
  readonly written: number;
  readonly leftOut: number;
}

/** One run over the logs of a directory until everything synced is read, or `stop` says so: its place is on disk. */
export async function runLine(
  dir: string,
  logs: { spool: SegmentLog; journal: SegmentLog },
  platform: UpperPlatform,
  points: readonly UpperPoint[],
  more: {
    folder?: (real: UpperFolder) => UpperFolder;
    save?: (place: Place) => Promise<void>;
    pause?: () => void;
    rules?: PeopleRules;
  } = {},
): Promise<LineRun> {
  const path = join(dir, "place");
  const away: (string | null)[] = [];
  const faults: string[] = [];
  const fault = (code: string, detail: string) => void faults.push(`${code}: ${detail}`);
  const place = (await readKept(path, EPOCH, (detail) => fault("io", detail))) ?? aNewPlace();
  const keeper = createKeeper(path, place);
  const known = createKnown();
  known.mines([{ code: MINE, name: "一矿", approved: 3 }]);
  known.points(points);
  known.rules(more.rules ?? {});
  const drafter = createDrafter(platform, known);
  const tape = (name: string, extension: string, from: number) =>
    createTape(createLogFollower({ dir: join(dir, name), extension, disk: nodeDisk }), from);
  const spool = tape("spool", "spl", place.spool);
  const journal = tape("journal", "jnl", place.journal);
  spool.synced(logs.spool.synced);
  journal.synced(logs.journal.synced);
  const real = createUpperFolder(platform.folder, platform.every);
  const line = createLine({
    platform,
    spool,
    journal,
    gatherer: createGatherer({
      systems: [platform.system, "person"],
      isOurs: drafter.isOurs,
      isSwitch: (mine, system, code) => known.point(mine, system, code)?.def.kind === "switch",
      from: place,
      crew: createCrew(place.crew ?? NO_CREW, drafter.wanted),
    }),
    drafter,
    folder: more.folder?.(real) ?? real,
    place,
    plan: await readPlan(`${path}.plan`, place),
    save: async (reached) => {
      await more.save?.(reached);
      await keeper.save(reached);
    },
    savePlan: (plan) => writeJson(`${path}.plan`, plan),
    more: async () => line.close(),
    wait: async () => more.pause?.(),
    away: (detail) => void away.push(detail),
    fault,
  });
  try {
    await line.run();
  } finally {
    await Promise.all([spool.close(), journal.close()]);
  }
  const { written, leftOut } = line.stats();
  return { away, faults, written, leftOut };
}

/** Every file of a folder by its name, as bytes. */
export async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
}

/** What a platform makes of them, in the order of their names: each message by its file. */
export function readAll(files: ReadonlyMap<string, Buffer>, platform: UpperPlatform) {
  let known: Known = NOTHING_KNOWN;
  const order = ["CDDY", "ZKYL", "FZDY", "RYJZ", "RYQY", "RYXX"];
  const rank = (name: string) => (order.some((type) => name.includes(`_${type}_`)) ? 0 : 1);
  return [...files]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .flatMap(([name, bytes]) => {
      const read = readNationalFile({ name, bytes, dialect: platform.dialect }, known);
      if (!read.ok) throw new Error(`${name}: ${read.reason}`);
      if (read.refused.length > 0) throw new Error(`${name}: ${read.refused[0]?.reason}`);
      known = read.known;
      return read.messages.map(({ kind, payload }) => ({
        name,
        type: read.envelope.type,
        moment: read.envelope.moment,
        body: decode(kind, read.envelope.system, payload),
      }));
    });
}

/** The readings of files of some type, a row each. */
export const rowsOf = (read: ReturnType<typeof readAll>, type: string) =>
  read
    .filter((one) => one.type === type)
    .flatMap(({ name, body }) => {
      if (body.kind !== "readings") throw new Error(body.kind);
      const { codes, t, v, s } = body.columns;
      return codes.map((p, i) => ({ name, p, t: t[i] as number, v: v[i] as number, s: s[i] as number }));
    });
