// Keys that need no server: N goes to the note, T to the code finder, / to the search, Escape back to the page. And
// what is typed is handed on after a moment without a key, or when the page is left, so that a closed laptop loses none.

const PAUSE = 1200;

function inside(event, place) {
  const at = event.composedPath()[0];
  return at instanceof HTMLElement && at.closest(place);
}

function commit(area) {
  area.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}

export default function ({ data, parentElement }) {
  const box = parentElement.querySelector(".keys");
  box.stop?.();
  let waiting = 0;
  const find = (place) => document.querySelector(`${place} textarea, ${place} input`);
  const pressed = (event) => {
    const at = event.composedPath()[0];
    if (!(at instanceof HTMLElement)) return;
    const writes = at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
    if (writes) {
      if (event.key === "Escape") at.blur();
      if (event.key === "Enter" && inside(event, data.places.t)) setTimeout(() => at.blur(), 150);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = find(data.places[event.key.toLowerCase()] ?? ".none");
    if (!target) return;
    event.preventDefault();
    target.focus();
  };
  const typed = (event) => {
    if (!inside(event, data.note)) return;
    clearTimeout(waiting);
    waiting = setTimeout(commit, PAUSE, event.composedPath()[0]);
  };
  const left = () => {
    const area = find(data.note);
    if (document.visibilityState === "hidden" && area && area === document.activeElement) commit(area);
  };
  // a severity that was clicked would keep the arrow keys to itself
  const clicked = (event) => {
    if (inside(event, data.given)) setTimeout(() => document.activeElement?.blur(), 0);
  };
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  document.addEventListener("input", typed);
  document.addEventListener("visibilitychange", left);
  box.stop = () => {
    clearTimeout(waiting);
    document.removeEventListener("click", clicked);
    document.removeEventListener("keydown", pressed);
    document.removeEventListener("input", typed);
    document.removeEventListener("visibilitychange", left);
  };
  return box.stop;
}
