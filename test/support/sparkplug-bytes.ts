/** One metric as a node writes it; field numbers are those of the public specification. */
export interface TestMetric {
  readonly name?: string;
  readonly alias?: number;
  readonly at?: number;
  readonly datatype?: number;
  readonly historical?: boolean;
  readonly none?: boolean;
  readonly properties?: Readonly<Record<string, string | number>>;
  readonly int?: number;
  readonly long?: bigint;
  readonly float?: number;
  readonly double?: number;
  readonly bool?: boolean;
  readonly text?: string;
}

/** Bytes of a Sparkplug B payload, written by hand: nothing of the reader's schema. */
export function sparkplugBytes(payload: {
  at?: number;
  seq?: number;
  metrics?: readonly TestMetric[];
}): Buffer {
  return Buffer.concat([
    number(1, payload.at),
    ...(payload.metrics ?? []).map((metric) => counted(2, metricBytes(metric))),
    number(3, payload.seq),
  ]);
}

function metricBytes(metric: TestMetric): Buffer {
  const { properties = {} } = metric;
  const keys = Object.keys(properties);
  const values = Object.values(properties).map((value) =>
    typeof value === "number"
      ? Buffer.concat([number(1, 3), number(3, value)])
      : Buffer.concat([number(1, 12), text(8, value)]),
  );
  return Buffer.concat([
    text(1, metric.name),
    number(2, metric.alias),
    number(3, metric.at),
    number(4, metric.datatype),
    number(5, metric.historical === undefined ? undefined : Number(metric.historical)),
    number(7, metric.none === undefined ? undefined : Number(metric.none)),
    keys.length === 0
      ? Buffer.alloc(0)
      : counted(
          9,
          Buffer.concat([...keys.map((key) => text(1, key)), ...values.map((value) => counted(2, value))]),
        ),
    number(10, metric.int),
    number(11, metric.long),
    fixed(12, metric.float, 4),
    fixed(13, metric.double, 8),
    number(14, metric.bool === undefined ? undefined : Number(metric.bool)),
    text(15, metric.text),
  ]);
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const number = (field: number, value: number | bigint | undefined): Buffer =>
  value === undefined ? Buffer.alloc(0) : Buffer.concat([varint(field << 3), varint(value)]);
const counted = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
const text = (field: number, value: string | undefined): Buffer =>
  value === undefined ? Buffer.alloc(0) : counted(field, Buffer.from(value));

function fixed(field: number, value: number | undefined, size: 4 | 8): Buffer {
  if (value === undefined) return Buffer.alloc(0);
  const bytes = Buffer.alloc(size);
  if (size === 4) bytes.writeFloatLE(value);
  else bytes.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | (size === 4 ? 5 : 1)), bytes]);
}
