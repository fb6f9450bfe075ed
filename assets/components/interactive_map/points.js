// Points of a map on a canvas: stamped into pixels, so that 70,000 of them follow the hand without WebGL.

// How much of each pixel about its middle a disc covers, of 255; the whole ones first.
function stampOf(radius) {
  const R = Math.ceil(radius), found = [];
  for (let dy = -R; dy <= R; dy++) for (let dx = -R; dx <= R; dx++) {
    const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
    if (cover > 0.02) found.push({dx, dy, cover: Math.round(255 * cover)});
  }
  return {R, found: found.sort((a, b) => b.cover - a.cover)};
}

const HIDDEN = 0, DIM = 1, SHOWN = 2;

// Stamp points into ImageData: xs, ys times ratio in its pixels, rgb three bytes a point, level one of the above.
// In whole numbers of 32 bits, red and blue at once: it is done for each frame of a hand that pans.
function stampPoints(image, xs, ys, ratio, rgb, level, radius) {
  const {width, height} = image, pixels = new Int32Array(image.data.buffer);
  pixels.fill(0);
  const {R, found} = stampOf(radius), n = found.length, n_whole = found.filter(f => f.cover === 255).length;
  const offset = Int32Array.from(found, ({dx, dy}) => dy * width + dx);
  for (const now of [DIM, SHOWN]) {  // those that matter lie on top
    const strength = now === DIM ? 0.16 : 0.92, n_opaque = now === DIM ? 0 : n_whole, most = Math.floor(255 * strength);
    const cover = Int32Array.from(found, f => f.cover * strength), part = Int32Array.from(found, f => Math.round(f.cover * strength * 256 / 255));  // of 255, of 256
    for (let i = 0; i < level.length; i++) {
      if (level[i] !== now) continue;
      const x = (xs[i] * ratio + 0.5) | 0, y = (ys[i] * ratio + 0.5) | 0;
      if (x < R || y < R || x >= width - R || y >= height - R) continue;
      const g = rgb[3 * i + 1] << 8, rb = (rgb[3 * i + 2] << 16) | rgb[3 * i], at = y * width + x;
      for (let s = 0; s < n_opaque; s++) {
        const p = at + offset[s];
        pixels[p] = (Math.max(most, pixels[p] >>> 24) << 24) | rb | g;
      }
      for (let s = n_opaque; s < n; s++) {
        const p = at + offset[s], there = pixels[p], alpha = there >>> 24, t = part[s], rest = 256 - t;
        if (alpha === 0) pixels[p] = (cover[s] << 24) | rb | g;
        else {
          const RB = (Math.imul(there & 0xff00ff, rest) + Math.imul(rb, t)) >>> 8, G = (Math.imul(there & 0xff00, rest) + Math.imul(g, t)) >>> 8;
          pixels[p] = ((alpha + (Math.imul(255 - alpha, t) >> 8)) << 24) | (RB & 0xff00ff) | (G & 0xff00);
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

// Whether a place lies in an outline; most places are far from it, and those are told at once.
function insideOf(shape) {
  const [x0, x1, y0, y1] = [Math.min(...shape.x), Math.max(...shape.x), Math.min(...shape.y), Math.max(...shape.y)];
  return (x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1 && (shape.kind === 'box' || holds(shape, x, y));
}
