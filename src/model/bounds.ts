/** A limit on everything, with what happens at it (architecture.md §5). Tunable ones live in configuration. */
export const BOUNDS = {
  /** Packets waiting for the core; past it sockets are not read. */
  inboxPackets: 8_192,
  inboxBytes: 32 * 1024 * 1024,
  /** Ticks, acts, receipts and self-readings waiting; past it an act is answered 503. */
  inboxOwn: 1_024,
  /** Bytes stepped but not yet synced; past it mines are not read. */
  writeQueueBytes: 16 * 1024 * 1024,
  /** Points beyond these are stored and listed, not judged. */
  pointsPerMine: 20_000,
  points: 100_000,
  /** Points that a mine's formulas speak of, each counted for every subject; what is beyond stays unknown, with a notice. */
  formulaTiesPerMine: 100_000,
  /** People beyond these are counted, not judged. */
  peoplePerMine: 5_000,
  /** Records of a mine's own about people that have not ended; past it the oldest is forgotten. */
  peopleWordsPerMine: 256,
  /** Samples and episodes remembered per point. */
  samplesPerPoint: 8,
  episodesPerPoint: 16,
  /** Packets of a mine remembered to know a repeat. */
  packetsPerMine: 1_024,
  /** Open alarms; past it one flood alarm a mine, the journal loses nothing. */
  openAlarms: 50_000,
  historyLanes: 2_000,
  /** Encoded event frames kept for resuming consumers; older ones come from segments. */
  eventRingBytes: 16 * 1024 * 1024,
  consumers: 500,
  consumerBufferedBytes: 256 * 1024,
  consumerUnacked: 512,
  quarantineBytes: 256 * 1024 * 1024,
  rejectSampleBytes: 512,
  rejectsPerMine: 50,
  packetBytes: 1024 * 1024,
  readingsPerPacket: 2_000,
  /** A national text file; a larger one is refused with its size. */
  nationalFileBytes: 16 * 1024 * 1024,
  /** Text files that one message tells of, samples of each, and characters of their texts; past them the rest is not kept. */
  filesPerMessage: 256,
  samplesPerFile: 5,
  fileTextChars: 300,
  evidenceSamples: 64,
  /** Notifications that wait; past it the oldest of the least level makes room, is kept as dropped, and counted. */
  outbox: 100_000,
  /** Notifications remembered, the newest; those that wait are never forgotten. */
  sendLog: 1_000_000,
  journalBodyBytes: 16 * 1024,
  /** Remarks, calls and corrections an alarm carries; all are in the journal. */
  commentsPerAlarm: 6,
  callsPerAlarm: 16,
  correctionsPerAlarm: 8,
  /** Receipts known of an alarm; what comes beyond is not written down. */
  receiptsPerAlarm: 64,
  /** Answers to requests remembered, so that whoever comes second is told. */
  answeredRequests: 1_000,
  /** Requests that wait for a second person; past it another is refused. */
  requests: 500,
  /** Ended alarms not archived yet that can still be handled; past it the oldest are forgotten. */
  unfinishedAlarms: 20_000,
  /** Forgotten alarms that an act brought back: more than are recorded before the index knows of the first. */
  recalledAlarms: 256,
  /** Subjects whose unrest is counted; past it the one that was silent longest is forgotten. */
  unrestSubjects: 20_000,
} as const;
