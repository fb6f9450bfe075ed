// Shared by the components: reading what Python packed (aecore/figures/payload.py), and theme colours.

function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const types = {f4: Float32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array};
  const arrays = {};
  let at = 4 + length;
  for (const [name, type, n] of head.arrays) {
    at += (8 - (at % 8)) % 8;
    const size = n * types[type].BYTES_PER_ELEMENT;
    arrays[name] = new types[type](bytes.slice(at, at + size).buffer);  // slice(): aligned, our own
    at += size;
  }
  return {head, arrays};
}

// WORDS and LOCALE stand above all scripts: Python puts them there (aecore/export/one_page.py). Values are text or numbers
// as JavaScript writes them; the decimal sign becomes that of the language.
const DECIMAL = (1.5).toLocaleString(LOCALE).charAt(1);
function say(id, values = {}) {
  return WORDS[id].replace(/\{(\w+)\}/g, (field, name) => inLocale(String(values[name])));
}
function inLocale(text) {
  return /^[+−-]?\d+\.\d/.test(text) ? text.replace('.', DECIMAL) : text;
}

function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (name, other) => style.getPropertyValue(name).trim() || other;
  return {
    ink: read('--st-text-color', '#18242b'),
    faint: read('--st-gray-text-color', '#7a8288'),
    line: read('--st-border-color', '#dce3e5'),
    paper: read('--st-background-color', '#fff'),
    accent: read('--st-primary-color', '#0b7a75'),
    font: style.fontFamily,
  };
}

// A canvas as large as its box in device pixels, with a context that counts CSS pixels. To ask a box for its size makes
// the browser lay the page out: who draws for each frame says it.
function fitted(canvas, width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1) {
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
  const g = canvas.getContext('2d');
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  return {g, width, height};
}

// Call `draw` whenever the box changes size; returns what ends it.
function onResize(box, draw) {
  const observer = new ResizeObserver(() => requestAnimationFrame(draw));
  observer.observe(box);
  return () => observer.disconnect();
}

// Legend chips: a click hides or shows; `hidden` is a Set of names.
function legendInto(box, entries, hidden, changed) {
  box.replaceChildren(...entries.map(({name, colour, dash}) => {
    const chip = document.createElement('button');
    chip.type = 'button';
    chip.className = 'chip';
    chip.setAttribute('aria-pressed', String(!hidden.has(name)));
    chip.title = say(hidden.has(name) ? 'show' : 'hide', {name});
    const mark = document.createElement('span');
    mark.className = dash === undefined ? 'dot' : dash ? 'stroke dashed' : 'stroke';
    if (colour) mark.style.setProperty('--colour', colour);
    const text = document.createElement('span');
    text.textContent = name;
    chip.append(mark, text);
    chip.onclick = () => {
      if (hidden.has(name)) hidden.delete(name); else hidden.add(name);
      changed();
    };
    return chip;
  }));
}
