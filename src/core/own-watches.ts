import type { Plan } from "./plan.ts";
import { type Course, RestingWatch } from "./resting-watch.ts";
import type { Post, Watch } from "./world.ts";

/**
 * What watches a point for conditions about the mine's own system: ten or more a point, and of nearly all nothing is
 * ever to be remembered. Such a watch is made for whoever looks, and kept from the moment something begins.
 */
export class OwnWatches implements Iterable<Watch> {
  private readonly plans: readonly Plan[];
  private readonly post: Post | null;
  /** By place among the plans; null = it is at rest. Empty while all are. */
  private kept: (Watch | null)[];

  /** `known`: by place, those there are. */
  constructor(plans: readonly Plan[], post: Post | null, known: readonly Watch[]) {
    this.plans = plans;
    this.post = post;
    this.kept = known.every(mayRest) ? ALL_AT_REST : known.map((watch) => (mayRest(watch) ? null : watch));
  }

  *[Symbol.iterator](): Generator<Watch> {
    for (let place = 0; place < this.plans.length; place++) yield this.at(place);
  }

  /** Those of which there may be something to remember. */
  awake(): Watch[] {
    return this.kept.filter((watch) => watch !== null);
  }

  /** For whoever goes on holding them: from now on these are the ones. */
  holding(is: (plan: Plan) => boolean): Watch[] {
    return this.plans.flatMap((plan, place) => {
      if (!is(plan)) return [];
      const watch = this.at(place);
      return [this.keep(place, watch)];
    });
  }

  private at(place: number): Watch {
    return this.kept[place] ?? new OwnWatch(this.plans[place] as Plan, this.post as Post, this, place);
  }

  /** The one that is kept in this place: the first that anything began with. */
  keep(place: number, watch: Watch): Watch {
    if (this.kept.length === 0) this.kept = this.plans.map(() => null);
    const known = this.kept[place] ?? watch;
    this.kept[place] = known;
    return known;
  }
}

const ALL_AT_REST: null[] = [];
Object.freeze(ALL_AT_REST);

/** What its rules hold back it must know also while nothing goes on. */
function mayRest(watch: Watch): boolean {
  return watch.atRest && watch.plan.formula === null;
}

class OwnWatch extends RestingWatch {
  private readonly home: OwnWatches;
  private readonly place: number;

  constructor(plan: Plan, post: Post, home: OwnWatches, place: number) {
    super(plan, post);
    this.home = home;
    this.place = place;
  }

  protected override begin(): Course {
    const kept = this.home.keep(this.place, this);
    // Two that were made for two lookers are the same watch: what one begins is what the other knows.
    return kept === this ? super.begin() : (kept as RestingWatch).begun();
  }
}

/** Of a point that nothing of the sort watches. */
export const NO_OWN_WATCHES: OwnWatches = new OwnWatches([], null, []);
