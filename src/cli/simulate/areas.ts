import type { MinePlan } from "./plan.ts";

/** One underground area with its base station; codes as in the national coding: mine 12 + area 4. */
export interface SimArea {
  readonly code: string;
  readonly station: string;
  readonly name: string;
  readonly kind: "normal" | "key" | "restricted" | "rockburst";
  readonly quota: number;
}

export function areasOf(plan: Pick<MinePlan, "code" | "faces" | "heads" | "kind" | "works">): SimArea[] {
  const metal = plan.kind === "metal";
  const named: [name: string, kind: SimArea["kind"], quota: number][] = [
    ["副井井底车场", "normal", 200],
    ["运输大巷", "normal", 120],
    ...plan.faces.map(({ code }): [string, SimArea["kind"], number] => [
      metal ? `${code.replace("S", "-")}m中段采场` : `${code}采煤工作面`,
      plan.works?.rockBurst ? "rockburst" : "key",
      plan.works?.rockBurst ? 16 : 40,
    ]),
    ...plan.heads.map(({ code }): [string, "key", number] => [`${code}掘进工作面`, "key", 24]),
    ["采空区密闭墙", "restricted", 0],
  ];
  return named.map(([name, kind, quota], i) => ({
    code: `${plan.code}${String(i + 1).padStart(4, "0")}`,
    station: `BS-${String(i + 1).padStart(2, "0")}`,
    name,
    kind,
    quota,
  }));
}
