// Codes as points in a plane, coloured by class; they glide from one update to the next.
const KEPT = new WeakMap();
const GLIDE_MS = 450, PAD = 18, NEAR_PX = 12, NONE = 65535;

function boundsOf(xy) {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < xy.length; i += 2) {
    if (!Number.isFinite(xy[i]) || !Number.isFinite(xy[i + 1])) continue;
    x0 = Math.min(x0, xy[i]); x1 = Math.max(x1, xy[i]);
    y0 = Math.min(y0, xy[i + 1]); y1 = Math.max(y1, xy[i + 1]);
  }
  return Number.isFinite(x0) ? [x0, y0, x1, y1] : [-1, -1, 1, 1];
}

const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);

export default function ({data, parentElement}) {
  if (!(data instanceof Uint8Array)) return;
  const part = parentElement.querySelector('.part'), plot = part.querySelector('.plot');
  const canvas = plot.querySelector('canvas'), tip = plot.querySelector('.tip');
  const {head, arrays} = unpack(data);
  const xy = arrays.xy, labels = arrays.labels, n = labels.length;
  const theme = themeOf(part), bounds = boundsOf(xy);
  plot.style.setProperty('--height', head.height + 'px');
  canvas.setAttribute('aria-label', head.label);

  let kept = KEPT.get(parentElement);
  const same = kept && kept.run === head.run && kept.to.length === xy.length;
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (!kept) kept = {hidden: new Set()};
  if (kept.frame) cancelAnimationFrame(kept.frame);
  if (!same) Object.assign(kept, {run: head.run, rev: head.rev, from: xy, to: xy, now: xy, begin: 0, b0: bounds, b1: bounds, box: bounds});
  else if (kept.rev !== head.rev) {
    Object.assign(kept, {rev: head.rev, from: kept.now, to: xy, b0: kept.box, b1: bounds, begin: still ? -1e9 : performance.now()});
  }
  KEPT.set(parentElement, kept);
  const name = l => l === NONE ? say('no_label') : head.names[l] ?? String(l);
  const colour = l => l === NONE ? head.unlabelled : head.colours[l % head.colours.length];
  const isHidden = i => kept.hidden.has(name(labels[i]));
  let scale = planeScale(kept.box, 1, 1, 0);

  function draw() {
    const t = Math.min(1, Math.max(0, (performance.now() - kept.begin) / GLIDE_MS)), ease = t * t * (3 - 2 * t);
    if (t < 1) {
      kept.now = new Float32Array(xy.length);
      for (let i = 0; i < xy.length; i++) kept.now[i] = kept.from[i] + (kept.to[i] - kept.from[i]) * ease;
      kept.box = mix(kept.b0, kept.b1, ease);
    } else { kept.now = kept.to; kept.box = kept.b1; }
    const {g, width, height} = fitted(canvas);
    if (width < 40) return;
    scale = planeScale(kept.box, width, height, PAD);
    drawZeroLines(g, scale, width, height, theme.line);
    drawDots(g, kept.now, scale, i => isHidden(i) ? null : colour(labels[i]), dotRadius(n), .82);
    part.dataset.points = n;
    part.dataset.bounds = JSON.stringify(kept.box.map(v => +v.toFixed(3)));
    part.dataset.moving = t < 1;
    kept.frame = t < 1 ? requestAnimationFrame(draw) : 0;
  }

  function legend() {
    const found = [...new Set(labels)].sort((a, b) => a - b);
    const entries = found.map(l => ({name: name(l), colour: colour(l)}));
    legendInto(part.querySelector('.legend'), entries.length > 1 ? entries : [], kept.hidden, () => { legend(); draw(); });
    part.dataset.classes = found.length;
  }

  canvas.onpointermove = e => {
    const i = dotUnder(kept.now, scale, isHidden, e.offsetX, e.offsetY, NEAR_PX);
    if (i < 0) { tip.style.display = 'none'; return; }
    showTip(tip, name(labels[i]), scale.X(kept.now[2 * i]), scale.Y(kept.now[2 * i + 1]), canvas.clientWidth, 36);
  };
  canvas.onpointerleave = () => { tip.style.display = 'none'; };

  legend();
  draw();
  const end = onResize(plot, draw);
  return () => { cancelAnimationFrame(kept.frame); end(); };
}
