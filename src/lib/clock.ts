/** The two clocks of the machine. Both in milliseconds; only `mono` never goes back. */
export interface Clock {
  wall(): number;
  mono(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  mono: () => performance.now(),
};
