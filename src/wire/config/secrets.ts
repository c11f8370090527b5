import type { Fault, Path, YamlSource } from "./yaml-source.ts";

const MARK = "$" + "{";
const REFERENCE = /^\$\{((?:env:[A-Za-z_][A-Za-z0-9_]*)|(?:file:[^}]+))\}$/;
const ALLOWED = `${MARK}env:NAME}, ${MARK}file:PATH}`;

const READ_AGAIN = /^influx\.token$|^receivers\.\d+\.password$/;

/**
 * The file with its secrets filled in. A secret is a whole value, put in after the YAML was read, so that nothing
 * in it can mean anything. Only `gateway.yaml` may hold one: everything else is kept on disk and shown.
 */
export function withSecrets(
  source: YamlSource,
  secret: (reference: string) => string | undefined,
  faults: Fault[],
): YamlSource {
  const value = filled(source.value, [], (text, path) => {
    const reference = REFERENCE.exec(text)?.[1];
    if (source.file !== "gateway.yaml") {
      faults.push(source.at(path, "a secret may stand in gateway.yaml only"));
    } else if (reference === undefined) {
      faults.push(source.at(path, "not a reference to a secret", ALLOWED));
    } else {
      const found = secret(reference);
      // What is read again while the gateway runs stays a reference.
      if (found !== undefined) return READ_AGAIN.test(path.join(".")) ? text : found;
      faults.push(source.at(path, missing(reference)));
    }
    return text;
  });
  return { ...source, value };
}

/** Names under `channels` of `gateway.yaml` that open a door: never written down, only referred to. */
const DOORS = new Set(["password", "secret", "secrets", "key", "privateKey"]);
/** A robot's address is its password too. */
const ROBOTS = new Set(["dingtalk", "wecom", "feishu"]);

/** Secrets that stand in the file itself. */
export function plainSecrets(source: YamlSource): Fault[] {
  const { value } = source;
  if (source.file !== "gateway.yaml" || typeof value !== "object" || value === null) return [];
  const { channels } = value as { channels?: unknown };
  if (!Array.isArray(channels)) return [];
  return channels.flatMap((channel: unknown, i) => {
    const robot = ROBOTS.has(String((channel as { kind?: unknown } | null)?.kind));
    return plainIn(channel, ["channels", i], robot)
      .filter((path) => !path.includes("body") && !path.includes("query") && !path.includes("form"))
      .map((path) => source.at(path, "a secret may not stand in a file", ALLOWED));
  });
}

function plainIn(value: unknown, path: Path, robot: boolean, secret = false): Path[] {
  if (typeof value === "string") return secret && !REFERENCE.test(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    plainIn(
      inner,
      [...path, Array.isArray(value) ? Number(key) : key],
      robot,
      Array.isArray(value) ? secret : DOORS.has(key) || (robot && key === "url"),
    ),
  );
}

function missing(reference: string): string {
  const name = reference.slice(reference.indexOf(":") + 1);
  return reference.startsWith("env:") ? `the environment has no ${name}` : `${name} cannot be read`;
}

function filled(value: unknown, path: Path, fill: (text: string, path: Path) => string): unknown {
  if (typeof value === "string") return value.includes(MARK) ? fill(value, path) : value;
  if (Array.isArray(value)) return value.map((inner, i) => filled(inner, [...path, i], fill));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, filled(inner, [...path, key], fill)]),
  );
}
