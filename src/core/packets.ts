import type { Body, PacketInput } from "../model/input.ts";
import type { System } from "../model/mine.ts";
import { VERDICT } from "../model/reading.ts";
import { createDigests, isKnownDigest } from "./digests.ts";
import { openHour } from "./hours.ts";
import { notice } from "./journal.ts";
import { hearStream, readStatus } from "./links.ts";
import { followRecords } from "./mine/records.ts";
import { tally } from "./mine/streams.ts";
import { readEvents } from "./mine-events.ts";
import { readPeopleEvents } from "./people/events.ts";
import { readPeople } from "./people/snapshot.ts";
import { readReadings } from "./readings.ts";
import { noteReject, noteRejects, topicOf } from "./rejects.ts";
import { standingOf } from "./stream-clock.ts";
import { readTable } from "./tables.ts";
import { readFiles } from "./text-files.ts";
import { count, type Mine, mineOf, type Stream, streamOf, type World } from "./world.ts";

/** One message of a mine. A verdict byte a reading; null when all are plain or it has none. */
export function readPacket(world: World, input: PacketInput): Uint8Array | null {
  const mine = mineOf(world, input.mine);
  const { body } = input;
  openHour(mine.hours, world.now);
  count(mine, "messages");
  if (input.qos === 0) count(mine, "qos0");
  if (body.kind === "unusable") {
    count(mine, "unusable");
    noteReject(world, mine, topicOf(input), "unusable", body.reason);
    if (input.system !== null) tally(world, streamOf(world, mine, input.system), 1, 1);
    return null;
  }
  if (body.kind === "status") {
    readStatus(world, mine, input.system, body.online, input.connection);
    return null;
  }
  if (isRepeat(mine, input.digest)) return repeated(mine, input);
  return input.system === null ? null : readBody(world, input, mine, input.system);
}

function readBody(world: World, input: PacketInput, mine: Mine, system: System): Uint8Array | null {
  const { body } = input;
  const stream = streamOf(world, mine, system);
  tallyLists(world, stream, body);
  switch (body.kind) {
    case "readings":
    case "backfill":
      followSeq(world, stream, input, body.kind, body.seq);
      return readReadings(world, input, stream, body);
    case "points":
      readTable(world, input, stream, body);
      return null;
    case "events":
      noteRejects(world, mine, input, body.rejected);
      readEvents(world, mine, system, body.events);
      followRecords(world, mine, system, body.events);
      if (system === "person") readPeopleEvents(world, mine, body.events);
      return null;
    case "people": {
      noteRejects(world, mine, input, body.rejected);
      const standing = standingOf(world, stream, body.ts, peopleFront(input.connection));
      if (standing !== "lagging") hearStream(world, stream, body.ts);
      readPeople(world, stream, body, standing);
      return null;
    }
    case "stats":
      noteRejects(world, mine, input, body.rejected);
      count(mine, "stats", body.stats.length);
      return null;
    case "files":
      noteRejects(world, mine, input, body.rejected);
      readFiles(world, mine, system, body);
      return null;
    case "status":
    case "unusable":
      return null;
  }
}

/** How much of a list was refused; readings are counted as they are judged, files by their records. */
function tallyLists(world: World, stream: Stream, body: Body): void {
  if (!("rejected" in body)) return;
  const kept =
    body.kind === "points"
      ? body.points.length
      : body.kind === "events"
        ? body.events.length
        : body.kind === "stats"
          ? body.stats.length
          : body.kind === "people"
            ? body.people.length
            : 0;
  tally(world, stream, kept + body.rejected.length, body.rejected.length);
}

/** A list is made before it is sent and readings are not: each is compared with its own kind. */
const peopleFront = (connection: number): number => -1 - connection;

/** The same packet among the mine's last ones: acknowledged, judged once. */
export function isRepeat(mine: Mine, digest: number): boolean {
  mine.digests ??= createDigests();
  return isKnownDigest(mine.digests, digest);
}

function repeated(mine: Mine, { body }: PacketInput): Uint8Array | null {
  count(mine, "repeated");
  if (body.kind !== "readings" && body.kind !== "backfill") return null;
  const { n } = body.columns;
  count(mine, "duplicate", n);
  return n === 0 ? null : new Uint8Array(n).fill(VERDICT.duplicate);
}

/** `seq` is per topic, +1; a gap is counted and told once, never waited for. */
function followSeq(
  world: World,
  stream: Stream,
  input: PacketInput,
  topic: "readings" | "backfill",
  seq: number | null,
): void {
  if (seq === null) return;
  const { connection } = input;
  const known = stream.seqs[topic];
  const anew = known === null || seq <= 1 || (seq <= known.last && connection !== known.connection);
  if (!anew && seq > known.last + 1) {
    stream.seqGaps++;
    count(stream.mine, "seq-gap");
    const detail = `${topic}: ${known.last} is followed by ${seq}`;
    notice(world, stream.mine, stream.system, "seq-gap", detail);
  }
  if (anew || seq > known.last) stream.seqs[topic] = { last: seq, connection };
}
