// Points of a map on a canvas: stamped into pixels, so that 70,000 of them follow the hand without WebGL.

// How much of each pixel about its middle a disc covers.
function stampOf(radius) {
  const R = Math.ceil(radius), found = [];
  for (let dy = -R; dy <= R; dy++) for (let dx = -R; dx <= R; dx++) {
    const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
    if (cover > 0.02) found.push({dx, dy, cover: Math.round(255 * cover)});
  }
  return {R, found};
}

const HIDDEN = 0, DIM = 1, SHOWN = 2;

// Stamp points into ImageData: xs, ys in its pixels, rgb three bytes a point, level one of the above.
function stampPoints(image, xs, ys, rgb, level, radius) {
  const {width, height} = image, pixels = new Uint32Array(image.data.buffer);
  pixels.fill(0);
  const {R, found} = stampOf(radius), n = found.length;
  const offset = Int32Array.from(found, ({dx, dy}) => dy * width + dx), cover = Uint8Array.from(found, f => f.cover);
  for (const now of [DIM, SHOWN]) {  // those that matter lie on top
    const strength = now === DIM ? 0.16 : 0.92;
    for (let i = 0; i < level.length; i++) {
      if (level[i] !== now) continue;
      const x = Math.round(xs[i]), y = Math.round(ys[i]);
      if (x < R || y < R || x >= width - R || y >= height - R) continue;
      const r = rgb[3 * i], g = rgb[3 * i + 1], b = rgb[3 * i + 2], whole = (b << 16) | (g << 8) | r, at = y * width + x;
      for (let s = 0; s < n; s++) {
        const p = at + offset[s], c = cover[s] * strength, there = pixels[p], alpha = there >>> 24;
        if (alpha === 0) pixels[p] = ((c << 24) | whole) >>> 0;
        else if (cover[s] === 255 && now === SHOWN) pixels[p] = ((Math.max(c, alpha) << 24) | whole) >>> 0;
        else {
          const t = c / 255, R0 = there & 255, G0 = (there >> 8) & 255, B0 = (there >> 16) & 255;
          pixels[p] = ((Math.round(alpha + (255 - alpha) * t) << 24) | ((B0 + (b - B0) * t) << 16) | ((G0 + (g - G0) * t) << 8) | (R0 + (r - R0) * t)) >>> 0;
        }
      }
    }
  }
}

// The point nearest to a place of the screen, within so many pixels; -1 where there is none.
function nearestOnScreen(xs, ys, level, x, y, within) {
  let best = -1, least = within * within;
  for (let i = 0; i < level.length; i++) {
    if (level[i] === HIDDEN) continue;
    const d = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
    if (d <= least) { least = d; best = i; }
  }
  return best;
}

// Whether a place lies in an outline (crossings of a ray, Shimrat 1962), or in a box with its edges.
function holds({kind, x: X, y: Y}, x, y) {
  if (kind === 'box') return x >= Math.min(...X) && x <= Math.max(...X) && y >= Math.min(...Y) && y <= Math.max(...Y);
  let inside = false;
  for (let i = 0, j = X.length - 1; i < X.length; j = i++) {
    if ((Y[i] > y) !== (Y[j] > y) && x < X[i] + (y - Y[i]) / (Y[j] - Y[i]) * (X[j] - X[i])) inside = !inside;
  }
  return inside;
}

// Round numbers for an axis, about five of them.
function roundTicks(low, high) {
  const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find(s => s * power >= raw) * power;
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) found.push(+v.toPrecision(6));
  return found;
}

// The colour of each point, three bytes.
function coloursOf(head, arrays) {
  if (arrays.rgb) return arrays.rgb;
  const {colours, unlabelled} = head.colour, rgb = new Uint8Array(3 * head.n);
  const table = [...colours, unlabelled].map(c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16)));
  for (let i = 0; i < head.n; i++) {
    const [r, g, b] = table[Math.min(arrays.group[i], colours.length)];
    rgb[3 * i] = r; rgb[3 * i + 1] = g; rgb[3 * i + 2] = b;
  }
  return rgb;
}
