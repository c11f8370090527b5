import { EXIT, Refusal } from "../../lib/refusal.ts";

export interface PointFilter {
  readonly mine?: string;
  readonly system?: string;
  readonly point?: readonly string[];
}

/** Of these points those that are asked for; refuses a name that none has. */
export function pickPoints(ids: readonly string[], { mine, system, point }: PointFilter): string[] {
  const unknown = (point ?? []).find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new Refusal(EXIT.usage, `no point ${unknown} was ever stored; a point is MINE:SYSTEM:CODE`);
  const picked = ids.filter((id) => {
    const [ofMine, ofSystem] = id.split(":");
    return (
      (mine === undefined || ofMine === mine) &&
      (system === undefined || ofSystem === system) &&
      (point === undefined || point.length === 0 || point.includes(id))
    );
  });
  if (picked.length === 0) throw new Refusal(EXIT.usage, "no stored point is of that mine and system");
  return picked;
}
