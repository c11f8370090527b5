import type { Fault, Path, YamlSource } from "./yaml-source.ts";

const MARK = "$" + "{";
const REFERENCE = /^\$\{((?:env:[A-Za-z_][A-Za-z0-9_]*)|(?:file:[^}]+))\}$/;
const ALLOWED = `${MARK}env:NAME}, ${MARK}file:PATH}`;

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
      if (found !== undefined) return found;
      faults.push(source.at(path, missing(reference)));
    }
    return text;
  });
  return { ...source, value };
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
