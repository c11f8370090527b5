import { onBeforeUnmount, type Ref, ref } from "vue";

/** True on a telephone's width: tables become cards. */
export function useNarrow(): Ref<boolean> {
  const query = matchMedia("(max-width: 719px)");
  const narrow = ref(query.matches);
  const follow = () => {
    narrow.value = query.matches;
  };
  query.addEventListener("change", follow);
  onBeforeUnmount(() => query.removeEventListener("change", follow));
  return narrow;
}
