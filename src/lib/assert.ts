/** Ends the process when the program itself is wrong: what must hold did not. Never for wrong input. */
export function assert(holds: unknown, mustHold: string): asserts holds {
  if (!holds) throw new Error(`must hold: ${mustHold}`);
}
