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

function turn(item, find) {
  const box = element(item.folded ? "details" : "section", `turn ${item.kind}`);
  const head = element(item.folded ? "summary" : "header", "head");
  head.append(element("b", "who", item.title));
  if (item.note) head.append(element("span", "note", item.note));
  box.append(head);
  if (item.text) {
    const body = element(item.is_code ? "pre" : "div", "text");
    body.dir = "auto";
    written(body, item.text, find);
    box.append(body);
  }
  for (const inner of item.items ?? []) box.append(turn(inner, find));
  return box;
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".turns");
  const open = new Set([...list.querySelectorAll("details[open]")].map((each) => each.dataset.at));
  const same = list.dataset.trace === data.trace_id;
  list.replaceChildren(...data.items.map((item) => turn(item, data.find)));
  list.querySelectorAll("details").forEach((each, at) => {
    each.dataset.at = String(at);
    if (same && open.has(each.dataset.at)) each.open = true;
    else if (data.find.length && each.querySelector("mark")) each.open = true;
  });
  list.dataset.trace = data.trace_id;
}
