// The map: one dot per trace, drawn on the processor into a bitmap, so that it needs no graphics card and no library.
//
// Two mounts of this module share one store. The *carrier* brings what is heavy and rarely changes (coordinates,
// clusters, first words) as bytes; the *view* brings what changes with every click (colours, who is shown, names) and
// sends back a polygon or one index, never points. Text goes to the page through textContent and fillText alone.

const stores = (globalThis.traceWorkbenchMaps ??= new Map());
const mounted = new WeakMap();
const NO_CLUSTER = 65535;

function store(name) {
  if (!stores.has(name)) stores.set(name, { n: 0, version: "", views: new Set() });
  return stores.get(name);
}

// ---------------------------------------------------------------------------------------------------- the carrier

function receive(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const into = store(head.name);
  if (into.version === head.version) return;
  const n = head.n;
  let at = 4 + size;
  const numbers = new Uint16Array(bytes.slice(at, at + 6 * n).buffer);
  at += 6 * n;
  Object.assign(into, {
    n,
    version: head.version,
    extent: head.extent,
    box: { width: Math.max(head.box[0], 1), height: Math.max(head.box[1], 1) },
    x: numbers.subarray(0, n),
    y: numbers.subarray(n, 2 * n),
    cluster: numbers.subarray(2 * n, 3 * n),
    words: bytes.slice(at),
    lines: null,
    grid: null,
  });
  into.views.forEach((redraw) => redraw(true));
}

function wordsOf(data, i) {
  if (!data.words.length) return "";
  if (!data.lines) {
    const starts = new Uint32Array(data.n + 1);
    let line = 0;
    for (let k = 0; k < data.words.length; k++) if (data.words[k] === 10) starts[++line] = k + 1;
    starts[data.n] = data.words.length + 1;
    data.lines = starts;
  }
  return new TextDecoder().decode(data.words.subarray(data.lines[i], data.lines[i + 1] - 1));
}

// Points sorted into square cells, so that the one under the pointer is found without looking at all of them.
const CELLS = 128;
function gridOf(data) {
  if (data.grid) return data.grid;
  const cell = (i) => (data.x[i] >> 9) + CELLS * (data.y[i] >> 9);
  const starts = new Uint32Array(CELLS * CELLS + 1);
  for (let i = 0; i < data.n; i++) starts[cell(i) + 1]++;
  for (let c = 0; c < CELLS * CELLS; c++) starts[c + 1] += starts[c];
  const next = starts.slice();
  const order = new Uint32Array(data.n);
  for (let i = 0; i < data.n; i++) order[next[cell(i)]++] = i;
  return (data.grid = { starts, order });
}

// -------------------------------------------------------------------------------------------------------- colours

function rgb(text) {
  const probe = new OffscreenCanvas(1, 1).getContext("2d");
  probe.fillStyle = text;
  probe.fillRect(0, 0, 1, 1);
  return probe.getImageData(0, 0, 1, 1).data;
}

function bytesOf(base64) {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out;
}

// A disc of radius r, its edge softened over one pixel, at a quarter-pixel offset.
function stamp(r, ox, oy) {
  const reach = Math.ceil(r + 1);
  const offsets = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(1, Math.max(0, r + 0.5 - Math.hypot(dx - ox, dy - oy)));
      if (cover > 0.02) offsets.push([dx, dy, cover]);
    }
  return { reach, offsets };
}

// --------------------------------------------------------------------------------------------------------- the view

class MapView {
  constructor(root) {
    this.frame = root.querySelector(".frame");
    this.base = root.querySelector(".points");
    this.over = root.querySelector(".over");
    this.tip = root.querySelector(".tip");
    this.hint = root.querySelector(".hint");
    this.legend = root.querySelector(".legend");
    this.tools = root.querySelectorAll("[data-tool]");
    this.view = { cx: 0.5, cy: 0.5, zoom: 1 };
    this.tool = "lasso";
    this.path = null;
    this.hover = -1;
    this.pending = 0;
    this.redraw = (fresh) => {
      if (fresh) this.dirty = true;
      if (!this.pending) this.pending = requestAnimationFrame(() => this.paint());
    };
    this.listen(root);
    new ResizeObserver(() => this.redraw(true)).observe(this.frame);
    this.frame.addEventListener("transitionend", (event) => event.target === this.frame && this.redraw(true));
  }

  update(data) {
    const before = this.data;
    this.data = data;
    if (before && before.store !== data.store) store(before.store).views.delete(this.redraw);
    this.points = store(data.store);
    this.points.views.add(this.redraw);
    if (!before || before.look !== data.look) this.look = bytesOf(data.look);
    this.colours = data.palette.map(rgb);
    if (before && before.polygon && !data.polygon) this.path = null;
    this.path ??= data.polygon ? data.polygon.x.map((x, i) => [x, data.polygon.y[i]]) : null;
    this.over.setAttribute("aria-label", data.summary);
    this.frame.style.height = `${data.height}px`;
    this.drawLegend();
    this.redraw(true);
  }

  // Coordinates: u16 units (0-65535) on both axes, one scale for both, the y axis upwards. Zoom 1 shows all points.
  scale() {
    const { width, height } = this.points.box;
    return Math.min((this.w * 0.92) / width, (this.h * 0.88) / height) * this.view.zoom;
  }
  toScreen(x, y) {
    const s = this.scale();
    return [this.w / 2 + (x - this.view.cx * 65535) * s, this.h / 2 - (y - this.view.cy * 65535) * s];
  }
  toUnits(px, py) {
    const s = this.scale();
    return [(px - this.w / 2) / s + this.view.cx * 65535, (this.h / 2 - py) / s + this.view.cy * 65535];
  }
  toMap([ux, uy]) {
    const e = this.points.extent;
    return [e.x + ux * e.unit, e.y + uy * e.unit];
  }
  fromMap([x, y]) {
    const e = this.points.extent;
    return [(x - e.x) / e.unit, (y - e.y) / e.unit];
  }

  paint() {
    this.pending = 0;
    const box = this.frame.getBoundingClientRect();
    if (!box.width || !this.points || this.points.version !== this.data.version || this.look.length !== this.points.n) return;
    const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
    if (this.w !== box.width || this.h !== box.height || this.ratio !== ratio) {
      [this.w, this.h, this.ratio] = [box.width, box.height, ratio];
      for (const canvas of [this.base, this.over]) {
        canvas.width = Math.round(this.w * ratio);
        canvas.height = Math.round(this.h * ratio);
      }
      this.dirty = true;
    }
    const style = getComputedStyle(this.frame);
    this.paper = rgb(style.getPropertyValue("--paper") || "#fff");
    this.ink = style.color;
    if (this.dirty) this.drawPoints();
    this.dirty = false;
    this.drawOver();
    this.over.dataset.painted = "1";
  }

  drawPoints() {
    const { w, h } = { w: this.base.width, h: this.base.height };
    const context = this.base.getContext("2d");
    const image = context.createImageData(w, h);
    const pixels = image.data;
    new Uint32Array(pixels.buffer).fill(
      (255 << 24) | (this.paper[2] << 16) | (this.paper[1] << 8) | this.paper[0],
    );
    const { x, y, n } = this.points;
    const crowd = Math.max(this.data.n_shown, 1) / Math.pow(this.view.zoom, 1.4);
    const radius = Math.min(6.5, Math.max(0.85, 6.1 - 1.12 * Math.log10(Math.max(crowd, 10)))) * this.ratio;
    const alpha = Math.min(0.9, Math.max(0.34, 1.2 - 0.17 * Math.log10(Math.max(crowd, 10))));
    this.radius = radius;
    const stamps = [];
    for (let k = 0; k < 16; k++) stamps.push(stamp(radius, ((k & 3) + 0.5) / 4 - 0.5, ((k >> 2) + 0.5) / 4 - 0.5));
    const reach = stamps[0].reach;
    const s = this.scale() * this.ratio;
    const left = w / 2 - this.view.cx * 65535 * s;
    const top = h / 2 + this.view.cy * 65535 * s;
    const faint = this.data.n_selected > 0;
    // First who is filtered out, then the rest, then the selected: what is meant lies on top.
    for (const layer of [0, 1, 2]) {
      const strength = layer === 0 ? alpha * 0.18 : layer === 1 ? alpha * (faint ? 0.26 : 1) : Math.min(0.95, alpha * 1.25);
      for (let i = 0; i < n; i++) {
        const look = this.look[i];
        if (look >> 6 !== layer) continue;
        const fx = left + x[i] * s;
        const fy = top - y[i] * s;
        const px = Math.round(fx);
        const py = Math.round(fy);
        if (px < -reach || py < -reach || px >= w + reach || py >= h + reach) continue;
        const shape = stamps[(((fx - px + 0.5) * 4) & 3) | ((((fy - py + 0.5) * 4) & 3) << 2)].offsets;
        const shade = layer === 0 ? GREY : this.colours[look & 63];
        for (let k = 0; k < shape.length; k++) {
          const qx = px + shape[k][0];
          const qy = py + shape[k][1];
          if (qx < 0 || qy < 0 || qx >= w || qy >= h) continue;
          const a = shape[k][2] * strength;
          const at = 4 * (qy * w + qx);
          pixels[at] += (shade[0] - pixels[at]) * a;
          pixels[at + 1] += (shade[1] - pixels[at + 1]) * a;
          pixels[at + 2] += (shade[2] - pixels[at + 2]) * a;
        }
      }
    }
    context.putImageData(image, 0, 0);
  }

  drawOver() {
    const c = this.over.getContext("2d");
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.clearRect(0, 0, this.w, this.h);
    const r = this.radius / this.ratio;
    const ring = (i, size, width, colour) => {
      if (i < 0 || i >= this.points.n) return;
      const [px, py] = this.toScreen(this.points.x[i], this.points.y[i]);
      c.beginPath();
      c.arc(px, py, size, 0, 7);
      c.lineWidth = width;
      c.strokeStyle = colour;
      c.stroke();
    };
    const paper = `rgb(${this.paper[0]},${this.paper[1]},${this.paper[2]})`;
    if (this.data.names_shown) this.drawNames(c, paper);
    for (const i of this.data.near) {
      ring(i, r + 3, 3.5, paper);
      ring(i, r + 3, 1.4, this.ink);
    }
    if (this.data.open >= 0) {
      ring(this.data.open, r + 6, 6, paper);
      ring(this.data.open, r + 6, 2.6, this.ink);
    }
    if (this.hover >= 0) ring(this.hover, r + 3, 2, this.ink);
    if (this.path && this.path.length > 1) {
      c.beginPath();
      this.path.forEach((point, k) => c[k ? "lineTo" : "moveTo"](...this.toScreen(...this.fromMap(point))));
      if (!this.drawing) c.closePath();
      c.fillStyle = "rgba(128,128,128,.10)";
      c.fill();
      c.setLineDash([5, 4]);
      c.lineWidth = 1.4;
      c.strokeStyle = this.ink;
      c.stroke();
      c.setLineDash([]);
    }
  }

  // Names of the largest clusters first; a name that would cover another waits until there is room.
  drawNames(c, paper) {
    const taken = [];
    c.font = "600 12px " + getComputedStyle(this.frame).fontFamily;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineJoin = "round";
    const room = Math.round((this.w * this.h) / 11000);
    for (const name of this.data.names) {
      if (taken.length >= room) break;
      let [px, py] = this.toScreen(...this.fromMap([name.x, name.y]));
      const half = c.measureText(name.text).width / 2 + 5;
      if (px < 0 || py < 0 || px > this.w || py > this.h) continue;
      px = Math.min(Math.max(px, half), this.w - half);
      py = Math.min(Math.max(py, 12), this.h - 12);
      const chosen = name.cluster === this.data.chosen;
      if (!chosen && taken.some((box) => Math.abs(px - box.px) < half + box.half + 4 && Math.abs(py - box.py) < 21)) continue;
      taken.push({ px, py, half });
      c.lineWidth = 4;
      c.strokeStyle = paper;
      c.globalAlpha = 0.9;
      c.strokeText(name.text, px, py);
      c.globalAlpha = this.data.chosen === null || chosen ? 1 : 0.55;
      c.fillStyle = this.ink;
      c.fillText(name.text, px, py);
      c.globalAlpha = 1;
    }
  }

  drawLegend() {
    this.legend.replaceChildren();
    for (const entry of this.data.legend) {
      const item = document.createElement("span");
      const swatch = document.createElement("i");
      swatch.style.background = entry.colour;
      item.append(swatch, entry.text);
      this.legend.append(item);
    }
  }

  nearest(px, py) {
    const data = this.points;
    const { starts, order } = gridOf(data);
    const within = Math.max(this.radius / this.ratio + 3, 7);
    const [ux, uy] = this.toUnits(px, py);
    const span = within / this.scale();
    const clip = (v) => Math.min(CELLS - 1, Math.max(0, v >> 9));
    let best = -1;
    let least = span * span;
    for (let cy = clip(uy - span); cy <= clip(uy + span); cy++)
      for (let cx = clip(ux - span); cx <= clip(ux + span); cx++)
        for (let k = starts[cx + CELLS * cy]; k < starts[cx + CELLS * cy + 1]; k++) {
          const i = order[k];
          const d = (data.x[i] - ux) ** 2 + (data.y[i] - uy) ** 2;
          if (d < least && this.look[i] >> 6) [best, least] = [i, d];
        }
    return best;
  }

  showTip(px, py) {
    const i = this.hover;
    this.tip.hidden = i < 0;
    if (i < 0) return;
    const id = this.points.cluster[i];
    const name = id === NO_CLUSTER ? "Unclustered" : this.data.names.find((each) => each.cluster === id)?.text;
    const [words, below] = this.tip.children;
    words.textContent = wordsOf(this.points, i) || "(no text)";
    below.textContent = [name, this.data.is_kind ? this.data.labels[this.look[i] & 63] : ""].filter(Boolean).join(" · ");
    const toLeft = px > this.w / 2;
    this.tip.style.left = toLeft ? "" : `${px + 14}px`;
    this.tip.style.right = toLeft ? `${this.w - px + 14}px` : "";
    this.tip.style.top = `${Math.min(py + 12, this.h - 70)}px`;
  }

  zoomAt(px, py, factor) {
    const before = this.toUnits(px, py);
    this.view.zoom = Math.min(400, Math.max(0.6, this.view.zoom * factor));
    const after = this.toUnits(px, py);
    this.view.cx += (before[0] - after[0]) / 65535;
    this.view.cy += (before[1] - after[1]) / 65535;
    this.redraw(true);
  }

  choose(tool) {
    if (tool === "in" || tool === "out") return this.zoomAt(this.w / 2, this.h / 2, tool === "in" ? 1.6 : 1 / 1.6);
    if (tool === "fit") {
      this.view = { cx: 0.5, cy: 0.5, zoom: 1 };
      return this.redraw(true);
    }
    this.tool = tool;
    this.tools.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.tool === tool)));
    this.frame.dataset.mode = tool;
  }

  clear() {
    this.path = null;
    this.send("polygon", null);
    this.redraw();
  }

  finish() {
    this.drawing = false;
    const path = this.path ?? [];
    const [ends, begins] = [path.map((p) => p[0]), path.map((p) => p[1])];
    const wide = Math.max(...ends) - Math.min(...ends);
    const high = Math.max(...begins) - Math.min(...begins);
    if (path.length < 3 || Math.max(wide, high) * (this.scale() / this.points.extent.unit) < 6) this.path = null;
    else this.send("polygon", { id: Date.now(), x: path.map((p) => p[0]), y: path.map((p) => p[1]) });
    this.redraw();
  }

  listen(root) {
    const at = (event) => {
      const box = this.over.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    this.tools.forEach((button) => (button.onclick = () => this.choose(button.dataset.tool)));
    this.over.onpointerdown = (event) => {
      if (event.button) return;
      this.over.setPointerCapture(event.pointerId);
      const [px, py] = at(event);
      this.press = { px, py, moved: false, before: this.path, tool: event.shiftKey ? "pan" : this.tool };
      this.tip.hidden = true;
    };
    this.over.onpointermove = (event) => {
      const [px, py] = at(event);
      const press = this.press;
      if (!this.points?.n || this.points.version !== this.data.version) return;
      if (!press) {
        this.hover = this.nearest(px, py);
        this.over.style.cursor = this.hover >= 0 ? "pointer" : "";
        this.showTip(px, py);
        return this.redraw();
      }
      if (!press.moved && Math.hypot(px - press.px, py - press.py) < 4) return;
      const here = this.toMap(this.toUnits(px, py));
      const start = this.toMap(this.toUnits(press.px, press.py));
      if (press.tool === "pan") {
        const s = this.scale() * 65535;
        this.view.cx -= (px - (press.lastX ?? press.px)) / s;
        this.view.cy += (py - (press.lastY ?? press.py)) / s;
        [press.lastX, press.lastY] = [px, py];
      } else if (press.tool === "box") {
        this.path = [start, [here[0], start[1]], here, [start[0], here[1]]];
      } else {
        if (!press.moved) {
          this.path = [start];
          [press.lastX, press.lastY] = [press.px, press.py];
        }
        // a slow frame delivers one event for many movements: without those in between the lasso would cut its corners
        const between = event.getCoalescedEvents?.() ?? [];
        for (const one of between.length ? between : [event]) {
          const [x, y] = at(one);
          if (Math.hypot(x - press.lastX, y - press.lastY) <= 3) continue;
          this.path.push(this.toMap(this.toUnits(x, y)));
          [press.lastX, press.lastY] = [x, y];
        }
      }
      press.moved = true;
      this.drawing = press.tool !== "pan";
      this.hover = -1;
      this.redraw(press.tool === "pan");
    };
    this.over.onpointerup = (event) => {
      const press = this.press;
      this.press = null;
      if (!press) return;
      if (press.moved && press.tool !== "pan") return this.finish();
      if (press.moved) return;
      const i = this.nearest(...at(event));
      if (i >= 0) this.trigger("point", i);
      else if (this.path) this.clear();
    };
    this.over.onpointerleave = () => {
      this.hover = -1;
      this.tip.hidden = true;
      this.redraw();
    };
    this.over.ondblclick = (event) => this.zoomAt(...at(event), 2);
    this.over.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) {
          this.hint.dataset.on = "1";
          clearTimeout(this.hinting);
          this.hinting = setTimeout(() => delete this.hint.dataset.on, 900);
          return;
        }
        event.preventDefault();
        this.zoomAt(...at(event), Math.exp(-event.deltaY * 0.0022));
      },
      { passive: false },
    );
    this.over.onkeydown = (event) => {
      const step = 0.08 / this.view.zoom;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
      if (event.key === "Escape") this.clear();
      else if (event.key === "+" || event.key === "=") this.choose("in");
      else if (event.key === "-") this.choose("out");
      else if (event.key === "0") this.choose("fit");
      else if (moves[event.key]) {
        this.view.cx += moves[event.key][0];
        this.view.cy += moves[event.key][1];
        this.redraw(true);
      } else return;
      event.preventDefault();
    };
  }
}

const GREY = [140, 144, 150];

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  if (data instanceof Uint8Array) return receive(data);
  let view = mounted.get(parentElement);
  if (!view) {
    view = new MapView(parentElement);
    mounted.set(parentElement, view);
  }
  view.send = setStateValue;
  view.trigger = setTriggerValue;
  view.update(data);
  return () => stores.forEach((each) => each.views.delete(view.redraw));
}
