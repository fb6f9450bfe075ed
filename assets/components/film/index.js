// The film of a training: codes on one plane, reconstructions and the loss, all at one moment.
const KEPT = new WeakMap();
const LEFT = 56, RIGHT = 12, PAD = 22, NONE = 65535, NEAR_PX = 12;
const MS_PER_FRAME = 260, SHORTEST_MS = 4000, LONGEST_MS = 16000;
const SPEEDS = [0.5, 1, 2, 4];
const ICONS = {play: 'M7 4v16l13-8z', pause: 'M6 4h4v16H6zM14 4h4v16h-4z'};

function film({data, parentElement}) {
  if (!(data instanceof Uint8Array)) return;
  const part = parentElement.querySelector('.part'), plot = part.querySelector('.plot'), canvas = plot.querySelector('canvas');
  const tip = plot.querySelector('.tip'), when = plot.querySelector('.when'), curve = part.querySelector('.curve');
  const playButton = part.querySelector('.play'), scrub = part.querySelector('.scrub'), now = part.querySelector('.now');
  const {head, arrays} = unpack(data), {xy, boxes, label} = arrays, {epochs, n} = head;
  const last = epochs.length - 1, theme = themeOf(part);
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  part.style.setProperty('--height', head.height + 'px');
  canvas.setAttribute('aria-label', head.label);
  let kept = KEPT.get(parentElement);
  if (!kept || kept.key !== head.key) {
    kept = {key: head.key, pos: last, last, follow: kept ? kept.follow : false, speed: 1, hidden: new Set(), playing: false};
    KEPT.set(parentElement, kept);
  }
  if (kept.pos === kept.last || kept.pos > last) kept.pos = last;  // a film that grows is shown to its end
  kept.last = last;
  const name = l => l === NONE ? say('no_label') : head.names[l] ?? String(l);
  const colour = l => l === NONE ? head.unlabelled : head.colours[l % head.colours.length];

  // Where in the film ------------------------------------------------------------------------

  const between = (a, b, t) => a + (b - a) * t;
  const epochAt = pos => { const i = Math.min(last, Math.floor(pos)), j = Math.min(last, i + 1); return between(epochs[i], epochs[j], pos - i); };
  function posAt(epoch) {
    if (epoch <= epochs[0]) return 0;
    for (let i = 0; i < last; i++) if (epoch <= epochs[i + 1]) return i + (epoch - epochs[i]) / (epochs[i + 1] - epochs[i]);
    return last;
  }
  const shortEpoch = e => Math.abs(e - Math.round(e)) < 0.005 ? String(Math.round(e)) : e.toFixed(1);

  // Points -----------------------------------------------------------------------------------

  const at = new Float32Array(2 * n);  // where all points are now
  function move() {
    const i = Math.min(last, Math.floor(kept.pos)), j = Math.min(last, i + 1), t = kept.pos - i;
    const a = 2 * n * i, b = 2 * n * j;
    for (let k = 0; k < 2 * n; k++) at[k] = between(xy[a + k], xy[b + k], t);
  }
  const whole = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i <= last; i++) for (let k = 0; k < 4; k++) whole[k] = (k < 2 ? Math.min : Math.max)(whole[k], boxes[4 * i + k]);
  function box() {
    if (!kept.follow) return whole;
    const i = Math.min(last, Math.floor(kept.pos)), j = Math.min(last, i + 1), t = kept.pos - i;
    return [0, 1, 2, 3].map(k => between(boxes[4 * i + k], boxes[4 * j + k], t));
  }
  const isHidden = i => kept.hidden.has(name(label[i]));
  let X = x => x, Y = y => y, hot = -1;

  function drawPoints() {
    move();
    const {g, width, height} = fitted(canvas);
    if (width < 40) return;
    const scale = planeScale(box(), width, height, PAD), r = dotRadius(n);
    ({X, Y} = scale);
    drawZeroLines(g, scale, width, height, theme.line);
    drawDots(g, at, scale, i => isHidden(i) ? null : colour(label[i]), r, hot < 0 ? .82 : .35);
    if (hot >= 0) drawWay(g, hot, r);
    g.fillStyle = theme.faint; g.strokeStyle = theme.paper; g.lineWidth = 4; g.lineJoin = 'round';
    g.font = `12px ${theme.font}`; g.textAlign = 'center'; g.textBaseline = 'bottom';
    const written = (text, x, y) => { g.strokeText(text, x, y); g.fillText(text, x, y); };
    written(head.axes[0], width / 2, height - 4);
    g.save(); g.translate(4, height / 2); g.rotate(-Math.PI / 2); g.textBaseline = 'top'; written(head.axes[1], 0, 0); g.restore();
    when.textContent = say('epoch_now', {epoch: shortEpoch(epochAt(kept.pos))});
    part.dataset.points = label.reduce((sum, l) => sum + !kept.hidden.has(name(l)), 0);
    part.dataset.view = JSON.stringify({k: scale.k, cx: scale.cx, cy: scale.cy, width, height});
  }
  // The whole way of one point: it was there, it is here, it will be there.
  function drawWay(g, i, r) {
    for (const [c, width] of [[theme.paper, 5], [colour(label[i]), 2]]) {
      g.strokeStyle = c; g.lineWidth = width; g.lineJoin = 'round'; g.beginPath();
      for (let f = 0; f <= last; f++) g.lineTo(X(xy[2 * (n * f + i)]), Y(xy[2 * (n * f + i) + 1]));
      g.stroke();
    }
    g.fillStyle = colour(label[i]); g.strokeStyle = theme.ink; g.lineWidth = 2;
    g.beginPath(); g.arc(X(at[2 * i]), Y(at[2 * i + 1]), r + 3, 0, 6.284); g.fill(); g.stroke();
  }

  // The loss ---------------------------------------------------------------------------------

  const curves = head.loss.map((part_, i) => ({part: part_, x: arrays[`x${i}`], y: arrays[`y${i}`]}));
  const values = curves.flatMap(c => [...c.y]).filter(Number.isFinite);
  const log = values.length > 0 && Math.min(...values) > 0;
  const scaled = v => log ? Math.log10(v) : v;
  const low = scaled(Math.min(...values)), high = scaled(Math.max(...values)), margin = (high - low) * 0.08 || 0.5;
  const e0 = epochs[0], e1 = epochs[last] > epochs[0] ? epochs[last] : epochs[0] + 1;
  const curveX = (e, width) => LEFT + (e - e0) / (e1 - e0) * (width - LEFT - RIGHT);
  const valueOf = (c, e) => {  // of the nearest point of a curve, NaN where there is none
    let best = -1;
    for (let i = 0; i < c.x.length; i++) if (best < 0 || Math.abs(c.x[i] - e) < Math.abs(c.x[best] - e)) best = i;
    return best < 0 ? NaN : c.y[best];
  };

  function drawCurve() {
    const {g, width, height} = fitted(curve);
    if (width < 80) return;
    const y = v => height - 6 - (scaled(v) - low + margin) / (high - low + 2 * margin) * (height - 12);
    const epoch = epochAt(kept.pos), px = curveX(epoch, width);
    g.font = `11px ${theme.font}`; g.fillStyle = theme.faint; g.textAlign = 'right'; g.textBaseline = 'middle';
    if (values.length) {
      const round = v => +v.toPrecision(3), [most, least] = [Math.max(...values), Math.min(...values)];
      g.fillText(round(most), LEFT - 6, y(most));
      if (y(least) - y(most) > 14) g.fillText(round(least), LEFT - 6, y(least));
      g.fillText(say('loss'), LEFT - 6, (y(most) + y(least)) / 2);
    }
    g.strokeStyle = theme.line; g.lineWidth = 1; g.strokeRect(LEFT + .5, .5, width - LEFT - RIGHT, height - 1);
    g.save(); g.beginPath(); g.rect(LEFT, 0, width - LEFT - RIGHT, height); g.clip();
    for (const joint of head.joints) {
      g.setLineDash([2, 3]); g.strokeStyle = theme.faint; g.beginPath(); g.moveTo(curveX(joint, width), 0); g.lineTo(curveX(joint, width), height); g.stroke(); g.setLineDash([]);
      g.fillStyle = theme.faint; g.textAlign = 'left'; g.fillText(say('continued'), curveX(joint, width) + 4, 10);
    }
    for (const c of curves) for (const passed of [false, true]) {  // what is still to come stands back
      g.save(); g.beginPath();
      if (passed) g.rect(0, 0, px, height); else g.rect(px, 0, width, height);
      g.clip();
      g.globalAlpha = passed ? 1 : .3; g.strokeStyle = head.loss_colour; g.lineWidth = 2; g.setLineDash(c.part === 'train' ? [] : [6, 5]);
      g.beginPath();
      for (let i = 0; i < c.x.length; i++) if (Number.isFinite(c.y[i])) g.lineTo(curveX(c.x[i], width), y(c.y[i]));
      g.stroke(); g.restore();
    }
    g.restore();
    g.strokeStyle = theme.ink; g.lineWidth = 1; g.beginPath(); g.moveTo(px, 0); g.lineTo(px, height); g.stroke();
    for (const c of curves) {
      const v = valueOf(c, epoch);
      if (!Number.isFinite(v)) continue;
      g.fillStyle = head.loss_colour; g.strokeStyle = theme.paper; g.lineWidth = 1.5;
      g.beginPath(); g.arc(px, y(v), 4.5, 0, 6.284); g.fill(); g.stroke();
    }
    const said = curves.map(c => [say(c.part === 'train' ? 'training' : 'validation'), valueOf(c, epoch)]).filter(([, v]) => Number.isFinite(v));
    const [[a, a_value] = [], [b, b_value] = []] = said.map(([where, v]) => [where, +v.toPrecision(4)]);
    now.textContent = said.length ? say(said.length > 1 ? 'two_curves' : 'one_curve', {a, a_value, b, b_value}) : '';
    part.dataset.marker = px.toFixed(1);
  }

  // Reconstructions --------------------------------------------------------------------------

  const strips = part.querySelector('.strips'), tiles = [];
  function layTiles() {
    const {tile: [h, w], columns: m, n_given: given} = head.sheet, across = m > 4 ? Math.ceil(m / 2) : m;
    const grid = strips.querySelector('.grid'), names = (given === 2 ? ['original', 'noisy', 'denoised'] : ['original', 'reconstruction']).map(id => say(id));
    const found = [];
    for (let from = 0; from < m; from += across) for (let row = 0; row <= given; row++) for (let i = 0; i < across; i++) {
      const box_ = document.createElement('div');
      box_.className = row === given && from + across < m ? 'last' : '';
      if (from + i < m) {
        const tile = document.createElement('canvas');
        tile.width = w; tile.height = h;
        tile.style.setProperty('--shape', `${w} / ${h}`);
        tile.classList.toggle('smooth', Math.max(w, h) > 48);
        tile.setAttribute('role', 'img'); tile.setAttribute('aria-label', say('tile', {name: names[row], n: from + i + 1}));
        box_.append(tile);
        tiles.push({tile, row, column: from + i});
      }
      found.push(box_);
    }
    grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
    const rows = Math.ceil(m / across) * (given + 1);  // all of them stand beside the points
    strips.style.width = Math.min(400, across * (head.height - 44) / rows * w / h) + 'px';
    grid.replaceChildren(...found);
    strips.querySelector('.told').textContent = say('rows', {names: names.join(', ')});
    strips.hidden = false;
  }
  function paintTiles() {
    if (!kept.sheet) return;
    const {tile: [h, w], n_given: given} = head.sheet, frame = Math.round(kept.pos), row = arrays.row[frame];
    for (const {tile, row: kind, column} of tiles) {
      const shown = kind < given ? kind : row;
      if (tile.dataset.row === String(shown)) continue;
      tile.dataset.row = shown;
      tile.getContext('2d').drawImage(kept.sheet, column * w, shown * h, w, h, 0, 0, w, h);
    }
    part.dataset.shown = frame;
  }

  // Time -------------------------------------------------------------------------------------

  function draw() {
    drawPoints();
    drawCurve();
    paintTiles();
    const epoch = epochAt(kept.pos);
    scrub.value = epoch;
    scrub.setAttribute('aria-valuetext', `epoch ${shortEpoch(epoch)} of ${shortEpoch(epochs[last])}`);
    part.dataset.epoch = epoch.toFixed(3);
    part.dataset.pos = kept.pos.toFixed(3);
    part.dataset.playing = kept.playing;
    part.dataset.frames = last + 1;
  }
  let frame = 0, before = 0;
  const lasting = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, MS_PER_FRAME * last));
  function tick(time) {
    frame = 0;
    if (!kept.playing) return;
    kept.run = Math.min(last, kept.run + Math.min(100, time - before) * last / lasting * kept.speed);
    before = time;
    kept.pos = still ? Math.floor(kept.run) : kept.run;  // who wants no motion is shown keyframes
    if (kept.run >= last) { kept.pos = last; play(false); }
    draw();
    if (kept.playing) frame = requestAnimationFrame(tick);
  }
  function play(on) {
    kept.playing = on && last > 0;
    if (kept.playing) {
      if (kept.pos >= last) kept.pos = 0;
      kept.run = kept.pos;
      before = performance.now();
      frame ||= requestAnimationFrame(tick);
    }
    icon();
    part.dataset.playing = kept.playing;
  }
  function icon() {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    svg.setAttribute('viewBox', '0 0 24 24'); svg.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', kept.playing ? ICONS.pause : ICONS.play);
    svg.append(path);
    playButton.replaceChildren(svg);
    playButton.setAttribute('aria-label', say(kept.playing ? 'pause' : 'play'));
    playButton.title = say(kept.playing ? 'pause_help' : 'play_help');
  }
  function goTo(pos) {
    if (kept.playing) play(false);
    kept.pos = Math.min(last, Math.max(0, pos));
    draw();
  }
  function key(e) {
    const step = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10}[e.key];
    if (step > 0) goTo(Math.floor(kept.pos + 1e-6) + step);
    else if (step) goTo(Math.ceil(kept.pos - 1e-6) + step);
    else if (e.key === 'Home') goTo(0);
    else if (e.key === 'End') goTo(last);
    else if (e.key === ' ') play(!kept.playing);
    else return;
    e.preventDefault();
  }

  scrub.min = e0; scrub.max = e1;
  scrub.disabled = playButton.disabled = last === 0;
  scrub.oninput = () => goTo(posAt(+scrub.value));
  scrub.onkeydown = key;
  playButton.onclick = () => play(!kept.playing);
  const scrubTo = e => { const width = curve.clientWidth; goTo(posAt(e0 + (e.offsetX - LEFT) / (width - LEFT - RIGHT) * (e1 - e0))); };
  curve.setAttribute('aria-label', say('loss_curve'));
  curve.onpointerdown = e => { if (e.button === 0) { curve.setPointerCapture(e.pointerId); scrubTo(e); } };
  curve.onpointermove = e => { if (e.buttons & 1) scrubTo(e); };

  canvas.onpointermove = e => {
    const found = dotUnder(at, {X, Y}, isHidden, e.offsetX, e.offsetY, NEAR_PX);
    if (found !== hot) { hot = found; part.dataset.hot = hot; drawPoints(); }
    if (hot < 0) { tip.style.display = 'none'; return; }
    showTip(tip, say('its_path', {name: name(label[hot])}), X(at[2 * hot]), Y(at[2 * hot + 1]), canvas.clientWidth, 52);
  };
  canvas.onpointerleave = () => { hot = -1; part.dataset.hot = -1; tip.style.display = 'none'; drawPoints(); };

  // What stands above ------------------------------------------------------------------------

  function bar() {
    const found = [...new Set(label)].sort((a, b) => a - b), entries = found.map(l => ({name: name(l), colour: colour(l)}));
    legendInto(part.querySelector('.legend'), entries.length > 1 && entries.length <= 40 ? entries : [], kept.hidden, () => { bar(); draw(); });
    const button = (text, title, act, pressed) => {
      const made = document.createElement('button');
      made.type = 'button'; made.className = 'tool'; made.textContent = text; made.title = title; made.onclick = () => { act(); bar(); draw(); };
      if (pressed !== undefined) made.setAttribute('aria-pressed', String(pressed));
      return made;
    };
    part.querySelector('.tools').replaceChildren(
      button(say('auto_zoom'), say('auto_zoom_help'), () => { kept.follow = !kept.follow; }, kept.follow),
      button(`${kept.speed}×`, say('speed_help'), () => { kept.speed = SPEEDS[(SPEEDS.indexOf(kept.speed) + 1) % SPEEDS.length]; }),
    );
  }

  bar();
  icon();
  strips.hidden = true;
  if (head.sheet) layTiles();
  if (arrays.sheet && (kept.rev !== head.rev || !kept.sheet)) {
    createImageBitmap(new Blob([arrays.sheet], {type: 'image/webp'})).then(sheet => { Object.assign(kept, {sheet, rev: head.rev}); paintTiles(); part.dataset.sheet = 'ready'; });
  }
  if (kept.playing) { before = performance.now(); frame = requestAnimationFrame(tick); }
  draw();
  part.dataset.rev = head.rev;
  const end = onResize(plot, draw);
  return () => { end(); cancelAnimationFrame(frame); };
}
export default film;
