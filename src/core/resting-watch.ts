import type { Logic } from "./logic/bound.ts";
import type { Memory } from "./mine/memory.ts";
import type { Plan } from "./plan.ts";
import type { AlarmRecord, Episode, Pending, Post, Subject, Watch } from "./world.ts";

export const createWatch = (plan: Plan, post: Post): Watch => new RestingWatch(plan, post);

/** What there is of a watch once something goes on, or has. */
export type Course = Pick<
  Watch,
  "machines" | "pending" | "reached" | "open" | "clearing" | "memory" | "episodes"
>;

const AT_REST: never[] = [];
Object.freeze(AT_REST);

const beginning = (): Course => ({
  machines: AT_REST,
  pending: AT_REST,
  reached: -1,
  open: null,
  clearing: Number.NaN,
  memory: AT_REST,
  episodes: AT_REST,
});

/**
 * A point has some fifteen watches, of which hardly one ever meets anything: each holds its plan and its post, and
 * all else is made when there is something to remember.
 */
export class RestingWatch implements Watch {
  plan: Plan;
  post: Post;
  logic: Logic | null = null;
  protected course: Course | null = null;

  constructor(plan: Plan, post: Post) {
    this.plan = plan;
    this.post = post;
  }

  get atRest(): boolean {
    return this.course === null;
  }

  get subject(): Subject {
    return this.post.subject;
  }
  set subject(subject: Subject) {
    const { mine, stream, point } = this.post;
    this.post = { subject, mine, stream, point };
  }
  get mine() {
    return this.post.mine;
  }
  get stream() {
    return this.post.stream;
  }
  get point() {
    return this.post.point;
  }

  get machines(): Watch["machines"] {
    return this.course === null ? AT_REST : this.course.machines;
  }
  set machines(machines: Watch["machines"]) {
    if (this.course !== null || machines.length > 0) this.begun().machines = machines;
  }
  get pending(): Pending {
    return this.course === null ? AT_REST : this.course.pending;
  }
  set pending(pending: Pending) {
    if (this.course !== null || pending.length > 0) this.begun().pending = pending;
  }
  get reached(): number {
    return this.course === null ? -1 : this.course.reached;
  }
  set reached(reached: number) {
    if (this.course !== null || reached !== -1) this.begun().reached = reached;
  }
  get open(): AlarmRecord | null {
    return this.course === null ? null : this.course.open;
  }
  set open(open: AlarmRecord | null) {
    if (this.course !== null || open !== null) this.begun().open = open;
  }
  get clearing(): number {
    return this.course === null ? Number.NaN : this.course.clearing;
  }
  set clearing(clearing: number) {
    if (this.course !== null || !Number.isNaN(clearing)) this.begun().clearing = clearing;
  }
  get memory(): readonly (Memory | null)[] {
    return this.course === null ? AT_REST : this.course.memory;
  }
  set memory(memory: readonly (Memory | null)[]) {
    if (this.course !== null || memory.length > 0) this.begun().memory = memory;
  }
  get episodes(): readonly Episode[] {
    return this.course === null ? AT_REST : this.course.episodes;
  }
  set episodes(episodes: readonly Episode[]) {
    if (this.course !== null || episodes.length > 0) this.begun().episodes = episodes;
  }

  begun(): Course {
    this.course ??= this.begin();
    return this.course;
  }

  protected begin(): Course {
    return beginning();
  }
}
