/** Exit codes of every command (contract §2). */
export const EXIT = { well: 0, faults: 1, usage: 2, running: 3, refused: 78 } as const;

/** A command that cannot go on: one clear line, and what to do next. */
export class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
