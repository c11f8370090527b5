import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** A Prometheus registry whose gauges ask for their value when they are read. */
export function createRegistry() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    gauge(name: string, help: string, read: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    labelled(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
      new Gauge({
        name,
        help,
        registers,
        labelNames: [label],
        collect() {
          this.reset();
          for (const [key, value] of Object.entries(read())) this.set({ [label]: key }, value);
        },
      });
    },
    histogram: (name: string, help: string, label: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers, labelNames: [label] }),
    text: () => registry.metrics(),
  };
}
