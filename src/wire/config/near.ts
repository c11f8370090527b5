/**
 * The known word a misspelt one most likely stands for; null where none is near enough to be named without
 * leading astray.
 */
export function nearest(word: string, known: Iterable<string>): string | null {
  const wanted = word.toLowerCase();
  const most = wanted.length <= 2 ? 0 : wanted.length <= 4 ? 1 : wanted.length <= 8 ? 2 : 3;
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const one of known) {
    const other = one.toLowerCase();
    const distance = distanceOf(wanted, other, most + 1);
    if (distance > most || one === word) continue;
    // Of two as near, the one whose end was left off.
    const far = other.startsWith(wanted) ? distance - 0.5 : distance;
    if (far >= least) continue;
    least = far;
    best = one;
  }
  return best;
}

/** Letters to put in, leave out, change or swap with a neighbour; `most` where it is that or more. */
function distanceOf(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? most) + 1 : most;
      row[j] = Math.min(
        (last[j] ?? most) + 1,
        (row[j - 1] ?? most) + 1,
        (last[j - 1] ?? most) + (same ? 0 : 1),
        swapped,
      );
    }
    before = last;
    last = row;
  }
  return Math.min(last[b.length] ?? most, most);
}
