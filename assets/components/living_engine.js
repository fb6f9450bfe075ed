// A map read backwards and decoded without a server: in a worker, or beside the page where there is none.
// The same numbers as aecore/maps/inverse.py, trust.py and portable.py; tests hold them to it.
function livingEngine() {
  // Weights ---------------------------------------------------------------------------------

  let halves = null;
  function halfTable() {  // IEEE 754 binary16
    const table = new Float32Array(65536);
    for (let bits = 0; bits < 65536; bits++) {
      const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
      table[bits] = exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
    }
    return table;
  }
  function fromHalves(bits) {
    halves ??= halfTable();
    const out = new Float32Array(bits.length);
    for (let i = 0; i < bits.length; i++) out[i] = halves[bits[i]];
    return out;
  }

  // The safetensors format: length of the header (u64), the header as JSON, the bytes.
  function readSafetensors(bytes) {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const found = {};
    for (const [name, about] of Object.entries(header)) {
      if (name === '__metadata__') continue;
      const [from, to] = about.data_offsets;
      const own = bytes.slice(8 + length + from, 8 + length + to).buffer;  // aligned
      found[name] = about.dtype === 'F16' ? fromHalves(new Uint16Array(own)) : new Float32Array(own);
    }
    return found;
  }

  // Layers ----------------------------------------------------------------------------------

  function erf(x) {  // Abramowitz & Stegun 7.1.26, within 1.5e-7
    const t = 1 / (1 + 0.3275911 * Math.abs(x));
    const y = 1 - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-x * x);
    return x < 0 ? -y : y;
  }
  const ACT = {
    relu: x => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0; },
    leaky_relu: x => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] *= 0.01; },
    elu: x => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = Math.expm1(x[i]); },
    gelu: x => { for (let i = 0; i < x.length; i++) x[i] *= 0.5 * (1 + erf(x[i] * Math.SQRT1_2)); },
    silu: x => { for (let i = 0; i < x.length; i++) x[i] /= 1 + Math.exp(-x[i]); },
    tanh: x => { for (let i = 0; i < x.length; i++) x[i] = Math.tanh(x[i]); },
    sigmoid: x => { for (let i = 0; i < x.length; i++) x[i] = 1 / (1 + Math.exp(-x[i])); },
    softplus: x => { for (let i = 0; i < x.length; i++) x[i] = x[i] > 20 ? x[i] : Math.log1p(Math.exp(x[i])); },
  };

  // out[m, n] = bias[m] + a[m, :] . b[n, :]; both lie with k running fastest. All are Float64Array,
  // so that the compiler sees one kind; four rows by three keep twelve sums in registers.
  function product(a, b, bias, out, M, N, K) {
    const M4 = M - M % 4, N3 = N - N % 3;
    for (let m = 0; m < M4; m += 4) {
      const a0 = m * K, a1 = a0 + K, a2 = a1 + K, a3 = a2 + K, r0 = bias[m], r1 = bias[m + 1], r2 = bias[m + 2], r3 = bias[m + 3];
      for (let n = 0; n < N3; n += 3) {
        const b0 = n * K, b1 = b0 + K, b2 = b1 + K;
        let s00 = r0, s01 = r0, s02 = r0, s10 = r1, s11 = r1, s12 = r1, s20 = r2, s21 = r2, s22 = r2, s30 = r3, s31 = r3, s32 = r3;
        for (let k = 0; k < K; k++) {
          const x = b[b0 + k], y = b[b1 + k], z = b[b2 + k], p = a[a0 + k], q = a[a1 + k], r = a[a2 + k], s = a[a3 + k];
          s00 += p * x; s01 += p * y; s02 += p * z; s10 += q * x; s11 += q * y; s12 += q * z;
          s20 += r * x; s21 += r * y; s22 += r * z; s30 += s * x; s31 += s * y; s32 += s * z;
        }
        const o = m * N + n;
        out[o] = s00; out[o + 1] = s01; out[o + 2] = s02;
        out[o + N] = s10; out[o + N + 1] = s11; out[o + N + 2] = s12;
        out[o + 2 * N] = s20; out[o + 2 * N + 1] = s21; out[o + 2 * N + 2] = s22;
        out[o + 3 * N] = s30; out[o + 3 * N + 1] = s31; out[o + 3 * N + 2] = s32;
      }
    }
    for (let m = 0; m < M; m++) for (let n = m < M4 ? N3 : 0; n < N; n++) {
      let s = bias[m];
      for (let k = 0, i = m * K, j = n * K; k < K; k++) s += a[i++] * b[j++];
      out[m * N + n] = s;
    }
  }

  function dense(layer, weights) {
    const w = weights[layer.weight], b = weights[layer.bias], M = b.length, K = w.length / M, M4 = M - M % 4, v = new Float64Array(K);
    return x => {
      const y = new Float64Array(M);
      v.set(x);
      for (let m = 0; m < M4; m += 4) {
        let s0 = b[m], s1 = b[m + 1], s2 = b[m + 2], s3 = b[m + 3];
        for (let k = 0, i = m * K; k < K; k++, i++) { const u = v[k]; s0 += w[i] * u; s1 += w[i + K] * u; s2 += w[i + 2 * K] * u; s3 += w[i + 3 * K] * u; }
        y[m] = s0; y[m + 1] = s1; y[m + 2] = s2; y[m + 3] = s3;
      }
      for (let m = M4; m < M; m++) { let s = b[m]; for (let k = 0; k < K; k++) s += w[m * K + k] * v[k]; y[m] = s; }
      return y;
    };
  }

  // Every patch that a kernel sees becomes a row; then it is one product.
  function conv(layer, weights) {
    const [C, H, W] = layer.before, [M, OH, OW] = layer.after, {kernel, stride} = layer;
    const pad = kernel === 1 ? 0 : 1, K = C * kernel * kernel, N = OH * OW, PH = H + 2 * pad, PW = W + 2 * pad;
    const w = Float64Array.from(weights[layer.weight]), b = Float64Array.from(weights[layer.bias]);
    const padded = new Float64Array(C * PH * PW), patches = new Float64Array(N * K);
    return x => {
      for (let c = 0, at = 0; c < C; c++) for (let y = 0; y < H; y++) {
        for (let X = 0, to = (c * PH + y + pad) * PW + pad; X < W; X++) padded[to++] = x[at++];
      }
      for (let oy = 0, at = 0; oy < OH; oy++) for (let ox = 0; ox < OW; ox++) {
        for (let c = 0, corner = oy * stride * PW + ox * stride; c < C; c++, corner += PH * PW) {
          for (let ky = 0, from = corner; ky < kernel; ky++, from += PW) for (let kx = 0; kx < kernel; kx++) patches[at++] = padded[from + kx];
        }
      }
      const out = new Float64Array(M * N);
      product(w, patches, b, out, M, N, K);
      return out;
    };
  }

  // Each place throws its kernel onto the picture; what is thrown is one product.
  function deconv(layer, weights) {
    const [C, H, W] = layer.before, [M, OH, OW] = layer.after, {kernel, stride} = layer;
    const per = M * kernel * kernel, raw = weights[layer.weight], b = weights[layer.bias], none = new Float64Array(per);
    const w = new Float64Array(raw.length), places = new Float64Array(H * W * C), thrown = new Float64Array(per * H * W);
    for (let c = 0; c < C; c++) for (let m = 0; m < per; m++) w[m * C + c] = raw[c * per + m];
    return x => {
      for (let c = 0, at = 0; c < C; c++) for (let i = 0; i < H * W; i++) places[i * C + c] = x[at++];
      product(w, places, none, thrown, per, H * W, C);
      const out = new Float64Array(M * OH * OW);
      for (let m = 0, at = 0; m < M; m++) {
        out.fill(b[m], m * OH * OW, (m + 1) * OH * OW);
        for (let ky = 0; ky < kernel; ky++) for (let kx = 0; kx < kernel; kx++) {
          for (let i = 0; i < H; i++) {
            const y = i * stride - 1 + ky, row = (m * OH + y) * OW;
            if (y < 0 || y >= OH) { at += W; continue; }
            for (let j = 0, X = kx - 1; j < W; j++, X += stride, at++) if (X >= 0 && X < OW) out[row + X] += thrown[at];
          }
        }
      }
      return out;
    };
  }

  function scale(layer, weights) {
    const gain = weights[layer.gain], shift = weights[layer.shift];
    return x => {
      const y = new Float64Array(x.length), each = x.length / gain.length;
      for (let c = 0, at = 0; c < gain.length; c++) for (let i = 0; i < each; i++, at++) y[at] = gain[c] * x[at] + shift[c];
      return y;
    };
  }

  // Each place of a quantized code becomes its nearest entry.
  function snap(layer, weights) {
    const entries = weights[layer.entries], [C, H, W] = layer.grid, n = entries.length / C, places = H * W;
    return x => {
      const y = new Float64Array(x.length);
      for (let i = 0; i < places; i++) {
        let best = 0, least = Infinity;
        for (let e = 0; e < n; e++) {
          let apart = 0;
          for (let c = 0; c < C; c++) { const d = x[c * places + i] - entries[e * C + c]; apart += d * d; }
          if (apart < least) { least = apart; best = e; }
        }
        for (let c = 0; c < C; c++) y[c * places + i] = entries[best * C + c];
      }
      return y;
    };
  }

  const LAYERS = {dense, along: dense, conv, deconv, scale, snap, act: () => x => x.slice()};  // each gives a new Float64Array

  // A function from a code (D) to a picture in [0, 1], both Float64Array, the picture flat (C * H * W).
  function openDecoder(layers, bytes) {
    const weights = readSafetensors(bytes);
    const steps = layers.map(layer => ({...layer, run: LAYERS[layer.op] && LAYERS[layer.op](layer, weights)}));
    return z => {
      let x = z, kept = null;
      for (const {op, act, run} of steps) {
        if (op === 'keep') kept = x;
        else if (op === 'add') { for (let i = 0; i < x.length; i++) x[i] += kept[i]; }
        else if (op === 'along') { const straight = run(z); for (let i = 0; i < x.length; i++) x[i] += straight[i]; }
        else { x = run(x); if (ACT[act]) ACT[act](x); }
      }
      return x;
    };
  }

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
    map = {head, grid: openGrid(xy), doubt: arrays.doubt || null, strayed: arrays.strayed || null};
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
    if (!map.doubt) return null;
    const {floor, ceiling, reach} = map.head.trust;
    let expected = 0;
    for (let i = 0; i < weights.near.length; i++) expected += weights.near[i] * map.doubt[weights.index[i]];
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
  return {open, answer: question => ({...ANSWERS[question.what](question), id: question.id, what: question.what}), openDecoder, readSafetensors};
}

// An engine in a worker, which keeps the page smooth; `heard` is given each answer.
function livingWorker(heard) {
  const source = `const engine = (${livingEngine})();
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
    const engine = livingEngine();
    return {
      open: message => { heard({what: 'open', ms: engine.open(message)}); },
      ask: question => heard(engine.answer(question)),
      end: () => {},
    };
  }
}
