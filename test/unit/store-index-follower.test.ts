import { describe, expect, it } from "vitest";
import type { IndexDb } from "../../src/store/index-db.ts";
import { createIndexFollower } from "../../src/store/index-follower.ts";
import { encodeEntry } from "../../src/wire/journal-codec.ts";
import { anAlarm } from "../support/any-alarm.ts";
import { transitionOf } from "../support/store-logs.ts";

/** An index whose journal has whatever is asked for, and whose rests are ended by hand. */
function createRoom() {
  const added: number[] = [];
  let rests: (() => void)[] = [];
  const index = {
    journal: () => 0,
    add: (_records, upTo) => void added.push(upTo),
  } as Partial<IndexDb> as IndexDb;
  const body = Buffer.from(encodeEntry(transitionOf(anAlarm())).body);
  const follower = createIndexFollower({
    index,
    journal: {
      async *read(from, to) {
        yield Array.from({ length: to - from + 1 }, (_, i) => ({ seq: from + i, type: 1, flags: 0, body }));
      },
    },
    onTrouble: (_code, detail) => expect.unreachable(detail),
    wait: () => new Promise((resolve) => rests.push(resolve)),
  });
  const settled = () => new Promise(setImmediate);
  return {
    follower,
    added,
    settled,
    async rest() {
      const due = rests;
      rests = [];
      for (const end of due) end();
      await settled();
    },
  };
}

describe("the index behind the journal", () => {
  it("leaves a flood alone until nothing more comes, and then takes all of it", async () => {
    const { follower, added, rest } = createRoom();
    follower.follow(1);
    for (let head = 2; head <= 5; head++) {
      follower.follow(head);
      await rest();
    }
    expect(added).toEqual([]);
    await rest();
    expect(added).toEqual([5]);
  });

  it("does not wait for an end that does not come", async () => {
    const { follower, added, rest } = createRoom();
    follower.follow(1);
    for (let head = 2; head <= 16; head++) {
      follower.follow(head);
      await rest();
    }
    expect(added).toEqual([16]);
  });

  it("is there at once for whoever asks", async () => {
    const { follower, added } = createRoom();
    follower.follow(7);
    await follower.caughtUp(1);
    expect(added).toEqual([7]);
  });

  it("takes nothing more when it is closed", async () => {
    const { follower, added, rest, settled } = createRoom();
    follower.follow(7);
    follower.close();
    await settled();
    await rest();
    expect(added).toEqual([]);
  });
});
