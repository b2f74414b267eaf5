// One conversation, top to bottom. Everything that comes from a trace goes in as text (createTextNode), never as HTML:
// no markup in it takes effect, no image is fetched, no link can be followed.

function written(parent, text, find) {
  if (!find.length) return parent.append(text);
  const lower = text.toLowerCase();
  let at = 0;
  while (at < text.length) {
    let next = -1;
    let size = 0;
    for (const word of find) {
      const found = lower.indexOf(word, at);
      if (found >= 0 && (next < 0 || found < next)) [next, size] = [found, word.length];
    }
    if (next < 0 || !size) break;
    parent.append(text.slice(at, next));
    const mark = document.createElement("mark");
    mark.append(text.slice(next, next + size));
    parent.append(mark);
    at = next + size;
  }
  parent.append(text.slice(at));
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text) made.append(text);
  return made;
}

function turn(item, find, markable) {
  const box = element(item.folded ? "details" : "section", `turn ${item.kind}`);
  const head = element(item.folded ? "summary" : "header", "head");
  head.append(element("b", "who", item.title));
  if (item.note) head.append(element("span", "note", item.note));
  if (markable && item.at) {
    box.dataset.at = item.at;
    const button = element("button", "mark");
    button.type = "button";
    button.tabIndex = -1; // J, K and M do it from the keyboard; Tab stays short
    head.append(button);
  }
  box.append(head);
  if (item.text) {
    const body = element(item.is_code ? "pre" : "div", "text");
    body.dir = "auto";
    written(body, item.text, find);
    box.append(body);
  }
  for (const inner of item.items ?? []) box.append(turn(inner, find, markable));
  return box;
}

// Which turn is marked: its button says so, and so does its edge.
function show(list, at) {
  for (const box of list.querySelectorAll("[data-at]")) {
    const marked = box.dataset.at === at && !box.parentElement.closest(`[data-at="${CSS.escape(at)}"]`);
    box.classList.toggle("marked", marked);
    box.querySelector(":scope > .head > .mark").textContent = marked ? "\u25C2 marked" : "mark here";
  }
}

function editable(event) {
  const at = event.composedPath()[0];
  return at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
}

// J and K walk from turn to turn, M marks the one they stand on; a click on a turn marks it too.
function marking(list, data, send) {
  let marked = data.mark ?? "";
  let here = null;
  const mark = (at) => {
    marked = at === marked ? "" : at;
    show(list, marked);
    send({ trace: data.trace_id, at: marked });
  };
  list.onclick = (event) => {
    const box = event.target.closest("[data-at]");
    const onButton = event.target.closest(".mark");
    const selection = (list.getRootNode().getSelection?.() ?? document.getSelection()).toString();
    if (!box || (!onButton && (event.target.closest("summary") || selection))) return;
    event.preventDefault();
    mark(box.dataset.at);
  };
  const walk = (event) => {
    if (editable(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "m" && here) return mark(here.dataset.at);
    if (key !== "j" && key !== "k") return;
    const seen = [...list.querySelectorAll("[data-at]")].filter((each) => each.offsetParent);
    const next = seen[Math.max(0, Math.min(seen.length - 1, seen.indexOf(here) + (key === "j" ? 1 : -1)))];
    here?.classList.remove("here");
    here = next ?? null;
    here?.classList.add("here");
    here?.scrollIntoView({ block: "nearest" });
  };
  document.removeEventListener("keydown", list.walk);
  document.addEventListener("keydown", (list.walk = walk));
  show(list, marked);
}

function toTop(list) {
  let each = list;
  while (each && !(each.scrollHeight > each.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(each).overflowY)))
    each = each.parentElement ?? each.getRootNode().host;
  if (each && each !== document.documentElement) each.scrollTop = 0;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".turns");
  const open = new Set([...list.querySelectorAll("details[open]")].map((each) => each.dataset.fold));
  const same = list.dataset.trace === data.trace_id;
  const version = JSON.stringify([data.items, data.find]);
  if (same && list.version === version) {
    if (data.markable) show(list, data.mark ?? "");
  } else {
    list.replaceChildren(...data.items.map((item) => turn(item, data.find, data.markable)));
    list.version = version;
  }
  list.querySelectorAll("details").forEach((each, at) => {
    each.dataset.fold = String(at);
    if (same && open.has(each.dataset.fold)) each.open = true;
    else if (data.find.length && each.querySelector("mark")) each.open = true;
  });
  list.dataset.trace = data.trace_id;
  if (!data.markable) return;
  marking(list, data, (mark) => setTriggerValue("mark", mark));
  if (!same) toTop(list);
  return () => document.removeEventListener("keydown", list.walk);
}
