// A map read backwards and decoded without a server: in a worker, or beside the page where there is none.
// The same numbers as aecore/maps/inverse.py and trust.py; tests hold them to it.
function mapEngine({fromHalves, openDecoder}) {
  // Places ----------------------------------------------------------------------------------

  // Points in the cells of a grid, about two in each, so that the nearest are found at once.
  function openGrid(xy) {
    const n = xy.length / 2;
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    for (let i = 0; i < n; i++) {
      x0 = Math.min(x0, xy[2 * i]); x1 = Math.max(x1, xy[2 * i]);
      y0 = Math.min(y0, xy[2 * i + 1]); y1 = Math.max(y1, xy[2 * i + 1]);
    }
    const size = Math.max(Math.sqrt((x1 - x0) * (y1 - y0) * 2 / n), Math.max(x1 - x0, y1 - y0) / 512) || 1;
    const nx = Math.floor((x1 - x0) / size) + 1, ny = Math.floor((y1 - y0) / size) + 1;
    const cell = i => Math.floor((xy[2 * i + 1] - y0) / size) * nx + Math.floor((xy[2 * i] - x0) / size);
    const starts = new Int32Array(nx * ny + 1), members = new Int32Array(n);
    for (let i = 0; i < n; i++) starts[cell(i) + 1]++;
    for (let c = 0; c < nx * ny; c++) starts[c + 1] += starts[c];
    const next = starts.slice();
    for (let i = 0; i < n; i++) members[next[cell(i)]++] = i;
    return {n, xy, x0, y0, size, nx, ny, starts, members};
  }

  // The k nearest points of a place and their squared distances, the nearest first.
  function nearest(grid, x, y, k) {
    const {xy, x0, y0, size, nx, ny, starts, members} = grid;
    const index = new Int32Array(k).fill(-1), far = new Float64Array(k).fill(Infinity);
    const cx = Math.min(nx - 1, Math.max(0, Math.floor((x - x0) / size)));
    const cy = Math.min(ny - 1, Math.max(0, Math.floor((y - y0) / size)));
    for (let r = 0; r <= Math.max(nx, ny); r++) {
      for (let gy = Math.max(0, cy - r); gy <= Math.min(ny - 1, cy + r); gy++) {
        const whole = gy === cy - r || gy === cy + r;
        for (let gx = cx - r; gx <= cx + r; gx += whole ? 1 : Math.max(1, 2 * r)) {
          if (gx < 0 || gx >= nx) continue;
          for (let at = starts[gy * nx + gx]; at < starts[gy * nx + gx + 1]; at++) {
            const i = members[at], d = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
            if (d >= far[k - 1]) continue;
            let to = k - 1;
            while (to > 0 && far[to - 1] > d) { far[to] = far[to - 1]; index[to] = index[to - 1]; to--; }
            far[to] = d; index[to] = i;
          }
        }
      }
      const bound = Math.min(x - (x0 + (cx - r) * size), x0 + (cx + r + 1) * size - x, y - (y0 + (cy - r) * size), y0 + (cy + r + 1) * size - y);
      if (bound > 0 && bound * bound >= far[k - 1]) break;
    }
    return {index, far};
  }

  // See aecore.maps.inverse.LocalInverse.
  function weightsAt(grid, x, y, k_wanted, ridge) {
    const k = Math.max(1, Math.min(k_wanted, grid.n - 1)), asked = Math.min(grid.n, k + 1);
    const {index, far} = nearest(grid, x, y, asked), reach2 = far[asked - 1];
    const near = new Float64Array(k), share = new Float64Array(k);
    let total = 0, mx = 0, my = 0;
    for (let i = 0; i < k; i++) { near[i] = 1e-9 + (reach2 > 0 ? (1 - far[i] / reach2) ** 2 : 1); total += near[i]; }
    for (let i = 0; i < k; i++) { near[i] /= total; mx += near[i] * grid.xy[2 * index[i]]; my += near[i] * grid.xy[2 * index[i] + 1]; }
    let xx = 0, xy = 0, yy = 0;
    for (let i = 0; i < k; i++) {
      const dx = grid.xy[2 * index[i]] - mx, dy = grid.xy[2 * index[i] + 1] - my;
      xx += near[i] * dx * dx; xy += near[i] * dx * dy; yy += near[i] * dy * dy;
    }
    const spread = xx + yy, held = ridge * spread / 2 + 1e-30;
    const length = Math.hypot(x - mx, y - my), within = Math.min(1, Math.sqrt(spread) / Math.max(length, 1e-30));
    const sx = (x - mx) * within, sy = (y - my) * within, a = xx + held, d = yy + held, det = a * d - xy * xy;
    const bx = (d * sx - xy * sy) / det, by = (a * sy - xy * sx) / det;
    for (let i = 0; i < k; i++) {
      const dx = grid.xy[2 * index[i]] - mx, dy = grid.xy[2 * index[i] + 1] - my;
      share[i] = near[i] * (1 + dx * bx + dy * by);
    }
    return {index, near, share, reach: Math.sqrt(reach2)};
  }

  // All together ----------------------------------------------------------------------------

  let map = null;
  function open({head, arrays}) {
    const {inverse} = head;
    let xy = arrays.xy;
    if (arrays.anchors) {  // the points whose codes came along
      xy = new Float32Array(2 * arrays.anchors.length);
      arrays.anchors.forEach((i, at) => { xy[2 * at] = arrays.xy[2 * i]; xy[2 * at + 1] = arrays.xy[2 * i + 1]; });
    }
    map = {head, grid: openGrid(xy), decoding_error: arrays.decoding_error || null, strayed: arrays.strayed || null};
    if (inverse.kind === 'local') map.codes = fromHalves(arrays.codes).map(v => v * inverse.scale);
    if (!head.decoder) return null;
    map.decode = openDecoder(head.decoder.layers, arrays.decoder);
    return tried();
  }
  // What one picture takes, ms: the best of a few, for the first ones are compiled.
  function tried() {
    const {xy} = map.grid, begin = performance.now();
    let least = Infinity;
    for (let i = 0; i < 5 && performance.now() - begin < 400; i++) {
      const from = performance.now(), x = xy[0], y = xy[1];
      painted(codeAt(x, y, asked(x, y)));
      least = Math.min(least, performance.now() - from);
    }
    return least;
  }

  function codeAt(x, y, weights) {
    const {inverse} = map.head, D = inverse.n_dims, z = new Float64Array(D);
    if (inverse.kind === 'linear') {
      const dx = x - inverse.at[0], dy = y - inverse.at[1];
      for (let d = 0; d < D; d++) z[d] = inverse.origin[d] + dx * inverse.components[0][d] + dy * inverse.components[1][d];
      return z;
    }
    for (let i = 0; i < weights.share.length; i++) {
      const share = weights.share[i], from = weights.index[i] * D;
      for (let d = 0; d < D; d++) z[d] += share * map.codes[from + d];
    }
    return z;
  }

  // See aecore.maps.trust: 1 where a picture is as good as the model's own, 0 where it is a guess.
  function trustAt(weights) {
    if (!map.decoding_error) return null;
    const {floor, ceiling, reach} = map.head.trust;
    let expected = 0;
    for (let i = 0; i < weights.near.length; i++) expected += weights.near[i] * map.decoding_error[weights.index[i]];
    const presence = weights.reach > 0 ? Math.min(1, reach / weights.reach) : 1;
    const known = Math.min(1, Math.max(0, 1 - (expected - floor) / Math.max(1e-12, ceiling - floor)));
    return {trust: known * presence, expected, presence};
  }

  // See aecore.maps.round_trip: steps from the place at which its picture comes back to the map.
  function strayedAt(x, y) {
    if (!map.strayed) return undefined;
    const {low, high, shape: [ny, nx]} = map.head.trust.trip;
    const within = (v, axis, n) => Math.min(1, Math.max(0, (v - low[axis]) / Math.max(1e-30, high[axis] - low[axis]))) * (n - 1);
    const gx = within(x, 0, nx), gy = within(y, 1, ny), i = Math.min(nx - 2, Math.floor(gx)), j = Math.min(ny - 2, Math.floor(gy));
    const along = at => (1 - gx + i) * map.strayed[at] + (gx - i) * map.strayed[at + 1];
    return (1 - gy + j) * along(j * nx + i) + (gy - j) * along((j + 1) * nx + i);
  }

  const asked = (x, y) => weightsAt(map.grid, x, y, map.head.inverse.k, map.head.inverse.ridge);

  function painted(z) {
    const [C, H, W] = map.head.decoder.shape, values = map.decode(z), pixels = new Uint8ClampedArray(4 * H * W);
    for (let p = 0; p < H * W; p++) {
      for (let c = 0; c < 3; c++) pixels[4 * p + c] = Math.round(255 * Math.min(1, Math.max(0, values[(C === 3 ? c : 0) * H * W + p])));
      pixels[4 * p + 3] = 255;
    }
    return pixels;
  }

  // What lies at a place: its picture as RGBA, its code, and how far to believe it.
  function at({x, y, blind}) {
    const begin = performance.now(), weights = asked(x, y), pixels = map.decode && !blind ? painted(codeAt(x, y, weights)) : null;
    return {pixels, x, y, ...trustAt(weights), strayed: strayedAt(x, y), ms: performance.now() - begin};
  }

  // Trust over a window of places, row by row from the top; or how far they stray, 1 for FAR_STEPS.
  const FAR_STEPS = 4;
  function field({x0, y0, x1, y1, nx, ny, of}) {
    const trust = new Float32Array(nx * ny);
    for (let j = 0, i = 0; j < ny; j++) for (let k = 0; k < nx; k++, i++) {
      const x = x0 + (k + .5) / nx * (x1 - x0), y = y1 - (j + .5) / ny * (y1 - y0);
      if (of === 'trip') { trust[i] = Math.min(1, strayedAt(x, y) / FAR_STEPS); continue; }
      const found = trustAt(asked(x, y));
      trust[i] = found ? found.trust : NaN;
    }
    return {trust, nx, ny};
  }

  // A row of decoded pictures, from the left; where no points lie, nothing.
  function row({x0, x1, y, nx, least, at: j}) {
    const [, H, W] = map.head.decoder.shape, pixels = new Uint8ClampedArray(4 * H * W * nx);
    for (let i = 0; i < nx; i++) {
      const x = x0 + (i + .5) / nx * (x1 - x0), weights = asked(x, y), known = trustAt(weights);
      if (known && known.presence < least) continue;
      const one = painted(codeAt(x, y, weights));
      for (let r = 0; r < H; r++) pixels.set(one.subarray(4 * r * W, 4 * (r + 1) * W), 4 * (r * nx + i) * W);
    }
    return {pixels, nx, at: j};
  }

  const ANSWERS = {at, field, row};
  return {open, answer: question => ({...ANSWERS[question.what](question), id: question.id, what: question.what})};
}

// An engine in a worker, which keeps the page smooth; `heard` is given each answer.
function livingWorker(heard) {
  const source = `const engine = (${mapEngine})((${decoderKit})());
    onmessage = ({data}) => {
      if (data.open) { postMessage({what: 'open', ms: engine.open(data.open)}); return; }
      const found = engine.answer(data);
      postMessage(found, [found.pixels, found.trust].filter(a => a && a.buffer).map(a => a.buffer));
    };`;
  const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  try {
    const worker = new Worker(url);
    worker.onmessage = ({data}) => heard(data);
    return {
      open: message => worker.postMessage({open: message}),
      ask: question => worker.postMessage(question),
      end: () => { worker.terminate(); URL.revokeObjectURL(url); },
    };
  } catch {  // a browser that starts no workers from here
    URL.revokeObjectURL(url);
    const engine = mapEngine(decoderKit());
    return {
      open: message => { heard({what: 'open', ms: engine.open(message)}); },
      ask: question => heard(engine.answer(question)),
      end: () => {},
    };
  }
}
