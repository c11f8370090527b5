import { computed, onBeforeUnmount, onMounted, type Ref, ref } from "vue";

/**
 * Draws only the rows that can be seen: ten thousand alarms of a flood are ten thousand rows for the reader
 * and some forty for the browser. Every row has the same height, read from the page, since a rem differs by screen.
 */
export function useWindow(scroller: Ref<HTMLElement | null>, count: () => number, rowRem: () => number) {
  const top = ref(0);
  const height = ref(600);
  const rem = ref(16);
  const rowHeight = computed(() => rowRem() * rem.value);
  const observer = new ResizeObserver(measure);

  function measure(): void {
    rem.value = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    if (scroller.value === null) return;
    height.value = scroller.value.clientHeight;
    top.value = scroller.value.scrollTop;
  }

  const SPARE = 8;
  const first = computed(() => {
    const wanted = Math.floor(top.value / rowHeight.value) - SPARE;
    return Math.max(0, Math.min(wanted, count() - 1));
  });
  const last = computed(() =>
    Math.min(count(), Math.ceil((top.value + height.value) / rowHeight.value) + SPARE),
  );

  onMounted(() => {
    measure();
    if (scroller.value !== null) observer.observe(scroller.value);
    observer.observe(document.documentElement);
  });
  onBeforeUnmount(() => observer.disconnect());

  return {
    first,
    last,
    before: computed(() => Math.max(0, first.value) * rowHeight.value),
    after: computed(() => Math.max(0, count() - last.value) * rowHeight.value),
    onScroll: measure,
    /** Brings row `index` wholly into sight, below the header of `headerRem`. */
    reveal(index: number, headerRem: number): void {
      const box = scroller.value;
      if (box === null) return;
      const head = headerRem * rem.value;
      const from = index * rowHeight.value;
      const room = box.clientHeight - head;
      if (from < box.scrollTop) box.scrollTop = from;
      else if (from + rowHeight.value > box.scrollTop + room) box.scrollTop = from + rowHeight.value - room;
      measure();
    },
  };
}
