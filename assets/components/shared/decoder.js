// A model's decoder in the browser. One function that stands alone, so that a worker can hold it too.
// The same numbers as aecore/export/portable.py; tests hold it to them.
function decoderKit() {
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
  const openDecoder = (layers, bytes) => openLayers(layers, readSafetensors(bytes));
  function openLayers(layers, weights) {
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

  return {fromHalves, readSafetensors, openDecoder, openLayers};
}
