import { GATEWAY_MINE } from "../model/mine.ts";
import type { Point, Post, Subject } from "./world.ts";

/** Where the watches of a point stand: what it is to people is said when somebody asks. */
export class PointPost implements Post {
  readonly point: Point;

  constructor(point: Point) {
    this.point = point;
  }

  get mine() {
    return this.point.mine;
  }
  get stream() {
    return this.point.stream;
  }

  get subject(): Subject {
    const { id, def, mine } = this.point;
    // The place of a point of the gateway's own says what is wrong just now: no name.
    const own = mine.code === GATEWAY_MINE;
    return {
      kind: own ? "gateway" : "point",
      id,
      name: own || def.place === "" ? def.code : def.place,
      place: def.place,
    };
  }
}
