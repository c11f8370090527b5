import type { FakeDisk, Pick } from "./fake-disk.ts";

/** A small generator of whole numbers from a seed (mulberry32). */
export function seeded(seed: number): Pick {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
}

/** Every disk that a power loss may leave now, when there are at most `most`; else that many by chance. */
function* crashImages(disk: FakeDisk, most: number, random: Pick): Generator<FakeDisk> {
  const all = [...everyCombination((pick) => disk.crashed(pick), most + 1)];
  if (all.length <= most) yield* all;
  else for (let n = 0; n < most; n++) yield disk.crashed(random);
}

/** Runs `make` with every sequence of choices, the last one counted up first; at most `most` of them. */
function* everyCombination<T>(make: (pick: Pick) => T, most: number): Generator<T> {
  let choices: number[] = [];
  for (let n = 0; n < most; n++) {
    const radix: number[] = [];
    yield make((of) => {
      const at = radix.push(of) - 1;
      choices[at] ??= 0;
      return choices[at];
    });
    choices = choices.slice(0, radix.length);
    while (choices.length > 0 && choices.at(-1)! + 1 >= radix[choices.length - 1]!) choices.pop();
    if (choices.length === 0) return;
    choices[choices.length - 1]! += 1;
  }
}

export interface CrashRun<Promised> {
  readonly disk: FakeDisk;
  readonly seed: number;
  /** At most so many images at one call. */
  readonly imagesPerCall: number;
  /** The work under test, on `disk`. */
  run(): Promise<void>;
  /** What has been promised to somebody at this very moment. */
  promised(): Promised;
  /** Recovers from an image and answers what is wrong, or null. */
  check(image: FakeDisk, promised: Promised, random: Pick): Promise<string | null>;
}

export interface CrashResult {
  readonly images: number;
  readonly wrong: readonly string[];
}

/**
 * Crashes a run at every call to its disk: before each call all the images (or a sample of them) that a
 * power loss could leave, and the one that a killed process leaves, are built and checked.
 */
export async function crashEverywhere<Promised>(options: CrashRun<Promised>): Promise<CrashResult> {
  const { disk, imagesPerCall, check } = options;
  const random = seeded(options.seed);
  const wrong: string[] = [];
  let images = 0;
  const crashHere = async (where: string): Promise<void> => {
    const promised = options.promised();
    const all = [disk.copy(), ...crashImages(disk, imagesPerCall, random)];
    for (const image of all) {
      images += 1;
      const what = await check(image, promised, random).catch(
        (error: Error) => `${error.name}: ${error.message}`,
      );
      if (what !== null) wrong.push(`seed ${options.seed}, ${where}: ${what}`);
    }
  };
  const { before } = disk;
  disk.before = async (call) => {
    if (call.name !== "read") await crashHere(`before ${call.name} ${call.path}`);
    return before(call);
  };
  await options.run();
  disk.before = before;
  await crashHere("at the end");
  return { images, wrong };
}
