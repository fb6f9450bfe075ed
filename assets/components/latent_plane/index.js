// A plane of codes that answers: the decoder runs here, and paints what stands under the pointer.
const KEPT = new WeakMap();
const PAD = 20, DOT_PX = 2.4, NONE = 65535, TOUR_MS = 1700, REST_MS = 2500;

// A decoder of dense layers, from packed halves: of each layer W (n_out, n_in), then b.
function denseDecoder(head, bits) {
  const kit = decoderKit(), values = kit.fromHalves(bits), weights = {};
  let at = 0;
  const take = n => values.subarray(at, at += n);
  const layers = head.layers.map(({n_in, n_out, act}, i) => {
    weights[`${i}.weight`] = take(n_in * n_out);
    weights[`${i}.bias`] = take(n_out);
    return {op: 'dense', act, weight: `${i}.weight`, bias: `${i}.bias`};
  });
  return kit.openLayers(layers, weights);
}

export default function ({data, parentElement}) {
  if (!(data instanceof Uint8Array)) return;
  const part = parentElement.querySelector('.part');
  const plot = part.querySelector('.map'), canvas = plot.querySelector('canvas');
  const screen = part.querySelector('.out canvas'), read = part.querySelector('.read');
  const {head, arrays} = unpack(data);
  const xy = arrays.xy, labels = arrays.labels, n = labels.length, theme = themeOf(part);
  part.style.setProperty('--height', head.height + 'px');
  canvas.setAttribute('aria-label', head.label);
  let kept = KEPT.get(parentElement);
  if (!kept || kept.rev !== head.rev) {
    kept = {rev: head.rev, decode: denseDecoder(head, arrays.weights), hidden: new Set(), z: [head.tour[0], head.tour[1]], touched: -1e9, frame: 0};
    KEPT.set(parentElement, kept);
  }
  if (kept.frame) cancelAnimationFrame(kept.frame);
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const name = l => l === NONE ? say('no_label') : head.names[l] ?? String(l);
  const colour = l => l === NONE ? head.unlabelled : head.colours[l % head.colours.length];
  let scale = planeScale(head.box, 1, 1, 0);

  // Points do not change: they are drawn once, and copied under the cross at every move.
  const still_points = document.createElement('canvas');
  function points() {
    const {g, width, height} = fitted(canvas);
    if (width < 40) return;
    scale = planeScale(head.box, width, height, PAD);
    drawDots(g, xy, scale, i => kept.hidden.has(name(labels[i])) ? null : colour(labels[i]), DOT_PX, .75);
    still_points.width = canvas.width; still_points.height = canvas.height;
    still_points.getContext('2d').drawImage(canvas, 0, 0);
    part.dataset.points = n;
    paint();
  }

  function paint() {
    const t0 = performance.now();
    const x_hat = kept.decode(kept.z), [C, H, W] = head.shape;
    screen.width = W; screen.height = H;
    const g = screen.getContext('2d'), image = g.createImageData(W, H);
    for (let p = 0; p < H * W; p++) for (let c = 0; c < 3; c++) {
      image.data[4 * p + c] = Math.round(255 * x_hat[(C === 3 ? c : 0) * H * W + p]);
      if (c === 2) image.data[4 * p + 3] = 255;
    }
    g.putImageData(image, 0, 0);
    part.dataset.decodeMs = (performance.now() - t0).toFixed(2);
    const on = canvas.getContext('2d');
    on.setTransform(1, 0, 0, 1, 0, 0);
    on.clearRect(0, 0, canvas.width, canvas.height);
    if (still_points.width) on.drawImage(still_points, 0, 0);
    const ratio = window.devicePixelRatio || 1;
    on.setTransform(ratio, 0, 0, ratio, 0, 0);
    const x = scale.X(kept.z[0]), y = scale.Y(kept.z[1]);
    on.strokeStyle = theme.paper; on.lineWidth = 5;
    for (let pass = 0; pass < 2; pass++) {
      on.beginPath(); on.arc(x, y, 9, 0, 6.284); on.stroke();
      on.strokeStyle = theme.ink; on.lineWidth = 2;
    }
    read.textContent = `z = (${kept.z[0].toFixed(2)}, ${kept.z[1].toFixed(2)})`;
    part.dataset.z = JSON.stringify(kept.z.map(v => +v.toFixed(3)));
    part.dataset.decoded = 1 + +(part.dataset.decoded || 0);
  }

  // Left alone, it walks by itself from class to class.
  function tour(now) {
    kept.frame = requestAnimationFrame(tour);
    if (still || document.hidden || now - kept.touched < REST_MS) return;
    const stops = head.tour.length / 2, at = now / TOUR_MS, i = Math.floor(at) % stops, j = (i + 1) % stops;
    const t = at - Math.floor(at), ease = t * t * (3 - 2 * t);
    kept.z = [0, 1].map(a => head.tour[2 * i + a] + (head.tour[2 * j + a] - head.tour[2 * i + a]) * ease);
    paint();
  }
  const go = z => { kept.touched = performance.now(); kept.z = z; paint(); };
  canvas.onpointermove = e => go(scale.behind(e.offsetX, e.offsetY));
  canvas.onpointerdown = e => { canvas.setPointerCapture(e.pointerId); go(scale.behind(e.offsetX, e.offsetY)); };
  canvas.onkeydown = e => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[e.key];
    if (!step) return;
    e.preventDefault();
    go(kept.z.map((v, a) => v + step[a] * 0.1));
  };

  function legend() {
    const found = [...new Set(labels)].sort((a, b) => a - b);
    legendInto(part.querySelector('.legend'), found.map(l => ({name: name(l), colour: colour(l)})), kept.hidden, () => { legend(); points(); });
  }
  legend();
  points();
  kept.frame = requestAnimationFrame(tour);
  const end = onResize(plot, points);
  return () => { cancelAnimationFrame(kept.frame); end(); };
}
