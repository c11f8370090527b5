import type { Disk } from "../../src/log/disk.ts";
import { type LogOptions, openLog, type SegmentLog, verifyLog } from "../../src/log/segment-log.ts";
import { type CrashResult, crashEverywhere, seeded } from "./crash-images.ts";
import { createFakeDisk, type FakeDisk, type Fault, type Pick } from "./fake-disk.ts";

const EPOCH = "8f14e45f-ceea-467f-a0e6-8f14e45fceea";
const clock = { wall: () => 1_700_000_000_000, mono: () => 0 };

export interface Plan {
  readonly seed: number;
  readonly chained: boolean;
  readonly preallocate: boolean;
  readonly faults: "none" | "short" | "eio" | "full" | "all";
  /** What stands between the log and the disk: nothing, or a planted bug. */
  readonly bug?: (disk: Disk) => Disk;
  readonly imagesPerCall?: number;
  readonly batches?: number;
}

/** A plan under way, and all the disks that were recovered for it. */
interface Trial extends Plan {
  readonly recovered: { images: number };
}

interface Promised {
  readonly bodies: readonly Buffer[];
  readonly acked: number;
}

const optionsOn = (
  disk: Disk,
  { chained, preallocate }: Plan,
  onTrouble: LogOptions["onTrouble"] = () => {},
) => ({
  dir: "/data/log",
  kind: 1,
  extension: "spl",
  disk,
  clock,
  epoch: EPOCH,
  chained,
  preallocate,
  segmentBytes: 4096,
  onTrouble,
  after: (ms: number, run: () => void) => {
    if (ms !== 500) setImmediate(run);
    return () => {};
  },
});

/** Appends and syncs records of odd sizes on a disk with faults, crashed at every call. */
export async function crashLog(plan: Plan): Promise<CrashResult> {
  const random = seeded(plan.seed);
  const disk = createFakeDisk(seeded(plan.seed + 1));
  const bodies: Buffer[] = [];
  let acked = 0;
  const planted = plan.bug ?? ((same) => same);
  const trial = { ...plan, recovered: { images: 0 } };
  disk.before = faultsOf(plan, random);
  if (plan.faults === "full" || plan.faults === "all") disk.capacity = 6_000 + random(6_000);
  const onTrouble: LogOptions["onTrouble"] = (code) => {
    if (code === "full") disk.capacity += 4_000;
  };
  const { wrong } = await crashEverywhere<Promised>({
    disk,
    seed: plan.seed,
    imagesPerCall: plan.imagesPerCall ?? 16,
    promised: () => ({ bodies: [...bodies], acked }),
    check: (image, promised, pick) => checkLog(trial, image, promised, pick, 0),
    async run() {
      const log = await openLog(optionsOn(planted(disk), plan, onTrouble));
      for (let n = 0; n < (plan.batches ?? 7); n++) {
        for (let k = random(6); k >= 0; k--) {
          bodies.push(bodyOf(random, bodies.length));
          log.append(k, bodies.at(-1)!);
        }
        const synced = log.sync().then((seq) => {
          acked = Math.max(acked, seq);
        });
        if (random(3) > 0) await synced;
      }
      await log.sync().then((seq) => {
        acked = seq;
      });
      await log.close();
    },
  });
  return { images: trial.recovered.images, wrong };
}

function faultsOf({ faults }: Plan, random: Pick): FakeDisk["before"] {
  let syncs = 2 + random(4);
  return ({ name }): Fault | undefined => {
    if (name === "write" && (faults === "short" || faults === "all") && random(2) === 0)
      return { atMost: 1 + random(900) };
    if (name === "datasync" && (faults === "eio" || faults === "all") && --syncs === 0)
      return { code: "EIO" };
    return undefined;
  };
}

/** Text like the journal's, bytes like the spool's, and bodies with runs of zeros. */
function bodyOf(random: Pick, n: number): Buffer {
  const size = random(8) === 0 ? random(2_500) : random(400);
  const body = Buffer.alloc(size);
  const kind = random(3);
  for (let at = 0; at < size; at++)
    body[at] =
      kind === 0
        ? 97 + random(26)
        : kind === 1
          ? random(256)
          : Math.floor(at / 100) % 2 === 0
            ? random(256)
            : 0;
  return Buffer.concat([Buffer.from(`${n}:`), body]);
}

/**
 * Everything acknowledged is there, in order, nothing else; what the opening found survives the next power
 * loss, also one in the middle of it; the log takes records again and verifies.
 */
async function checkLog(
  plan: Trial,
  image: FakeDisk,
  { bodies, acked }: Promised,
  pick: Pick,
  depth: number,
): Promise<string | null> {
  plan.recovered.images += 1;
  if (depth === 0 && pick(12) === 0) {
    const again = await crashOpening(plan, image.copy(), { bodies, acked }, pick);
    if (again !== null) return again;
  }
  const log = await openLog(optionsOn(image, plan));
  const found = await readAll(log);
  const head = log.head;
  if (head !== found.length || log.synced !== head) return `head ${head} but ${found.length} records`;
  if (head < acked) return `acknowledged up to ${acked}, recovered ${head}`;
  if (head > bodies.length) return `${head - bodies.length} records were invented`;
  const strange = found.findIndex((body, at) => !body.equals(bodies[at]!));
  if (strange >= 0) return `record ${strange + 1} is not what was appended`;
  if (depth < 2) {
    const lost = await checkLog(plan, image.crashed(pick), { bodies, acked: head }, pick, 2);
    if (lost !== null) return `after the opening: ${lost}`;
  }
  return takesMore(plan, image, log, found);
}

async function takesMore(
  plan: Trial,
  image: FakeDisk,
  log: SegmentLog,
  found: readonly Buffer[],
): Promise<string | null> {
  const more = [Buffer.from("one more"), Buffer.alloc(600, 7)];
  for (const body of more) log.append(9, body);
  await log.sync();
  await log.close();
  const again = await openLog(optionsOn(image, plan));
  const all = Buffer.concat(await readAll(again));
  await again.close();
  if (!all.equals(Buffer.concat([...found, ...more]))) return "what was appended after recovery is not there";
  const verdict = await verifyLog(optionsOn(image, plan));
  return verdict.ok ? null : `verify: ${verdict.why}`;
}

async function crashOpening(
  plan: Trial,
  disk: FakeDisk,
  promised: Promised,
  random: Pick,
): Promise<string | null> {
  const { wrong } = await crashEverywhere({
    disk,
    seed: random(2 ** 30),
    imagesPerCall: 1,
    promised: () => promised,
    check: (image, _, pick) => checkLog(plan, image, promised, pick, 1),
    run: async () => void (await openLog(optionsOn(disk, plan))),
  });
  return wrong[0] === undefined ? null : `crashed again while opening: ${wrong[0]}`;
}

async function readAll(log: SegmentLog): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  let next = 1;
  for await (const records of log.read(1))
    for (const { seq, body } of records) {
      if (seq !== next++) throw new Error(`record ${seq} where ${next - 1} was due`);
      bodies.push(Buffer.from(body));
    }
  return bodies;
}
