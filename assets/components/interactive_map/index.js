// A map that answers: points show their pictures, and places between them are decoded under the pointer.
const KEPT = new WeakMap();
const PAD = 26, NEAR_PX = 9, CLICK_PX = 4, MAX_ZOOM = 400, STEP_PX = 12, N_OUTLINE = 2000, MOVING_MS = 10;
const NO_LABEL = 65535;
const round5 = v => +v.toPrecision(5);  // as a link holds it

function livingMap({data, parentElement, setStateValue, onChosen}) {
  if (!(data instanceof Uint8Array)) return;
  const part = parentElement.querySelector('.part'), plot = part.querySelector('.plot');
  const base = plot.querySelector('.points'), over = plot.querySelector('.over'), card = plot.querySelector('.card');
  const {head, arrays} = unpack(data), {xy} = arrays, n = head.n, theme = themeOf(part);
  part.style.setProperty('--height', head.height + 'px');
  over.setAttribute('aria-label', head.label);
  let kept = KEPT.get(parentElement);
  if (!kept || kept.key !== head.key) {
    kept = {key: head.key, view: null, tool: 'lasso', hidden: new Set(), chosen: {shapes: [], points: []}, round: null, trust: false, asked: 0, pictures: false, asked_wall: 0};
    KEPT.set(parentElement, kept);
  }
  if (kept.round !== head.round) { kept.round = head.round; kept.chosen = head.selection; kept.path = head.path; }
  const groups = head.colour.kind === 'groups' ? head.colour.names : [];
  const named = groups.join('\n') + head.colour.kind;
  if (kept.named !== named) { kept.named = named; kept.hidden.clear(); }
  const rgb = coloursOf(head, arrays);
  const groupOf = i => arrays.group && arrays.group[i] !== NO_LABEL ? arrays.group[i] : -1;
  const groupName = g => g < 0 ? head.colour.other : groups[g];

  // What of the map is seen ------------------------------------------------------------------

  let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
  for (let i = 0; i < n; i++) {
    x0 = Math.min(x0, xy[2 * i]); x1 = Math.max(x1, xy[2 * i]);
    y0 = Math.min(y0, xy[2 * i + 1]); y1 = Math.max(y1, xy[2 * i + 1]);
  }
  for (const [x, y] of head.own) { x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y); }
  kept.view ??= {x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: 1};
  let w = 1, h = 1, k = 1;  // pixels of the plot, and of a unit of the map
  const size = () => { w = plot.clientWidth; h = plot.clientHeight; };
  const measure = () => {
    k = kept.view.zoom * Math.min((w - 2 * PAD) / (x1 - x0 || 1), (h - 2 * PAD) / (y1 - y0 || 1));
  };
  const toX = x => w / 2 + (x - kept.view.x) * k, toY = y => h / 2 - (y - kept.view.y) * k;
  const fromX = px => (px - w / 2) / k + kept.view.x, fromY = py => (h / 2 - py) / k + kept.view.y;
  const {outline, pathLine, letter, arrow, ring, star, axisTitles} = mapMarks(theme, toX, toY);
  const xs = new Float32Array(n), ys = new Float32Array(n), level = new Uint8Array(n);

  function judge() {  // which points are hidden, and which stand back
    const {shapes, points} = kept.chosen, some = shapes.length || points.length, picked = new Set(points);
    const inside = shapes.map(insideOf);
    for (let i = 0; i < n; i++) {
      if (kept.hidden.size && kept.hidden.has(groupName(groupOf(i)))) level[i] = HIDDEN;
      else level[i] = !some || picked.has(i) || inside.some(of => of(xy[2 * i], xy[2 * i + 1])) ? SHOWN : DIM;
    }
    part.dataset.points = level.reduce((sum, l) => sum + (l !== HIDDEN), 0);
    part.dataset.chosen = some ? level.reduce((sum, l) => sum + (l === SHOWN), 0) : 0;
    if (onChosen) onChosen({places: some ? Array.from(level.keys()).filter(i => level[i] === SHOWN) : [], sheet: kept.sheet, drawTile, ...head.sheet, total: n});
  }

  // Drawing ---------------------------------------------------------------------------------

  let image = null, thumbs = false, isMoving = false, isCoarse = false;  // coarse: where small pixels take too long for a hand, until it rests
  function draw() {
    measure();
    if (w < 40 || h < 40) return;
    const begin = performance.now(), ratio = isCoarse ? 1 : window.devicePixelRatio, {g} = fitted(base, w, h, ratio);
    let n_seen = 0;
    for (let i = 0; i < n; i++) {
      xs[i] = toX(xy[2 * i]); ys[i] = toY(xy[2 * i + 1]);
      if (level[i] !== HIDDEN && xs[i] >= 0 && xs[i] < w && ys[i] >= 0 && ys[i] < h) n_seen++;
    }
    const side = Math.min(72, Math.floor(0.8 * Math.sqrt(w * h / Math.max(1, n_seen))));
    thumbs = Boolean(kept.sheet) && kept.view.zoom > 1 && side >= 26;
    if (thumbs) drawThumbs(g, side);
    else {
      if (!image || image.width !== base.width || image.height !== base.height) image = new ImageData(base.width, base.height);
      const radius = Math.min(5, Math.max(1.3, 5.2 - 0.8 * Math.log10(Math.max(10, n)) + 0.5 * Math.log2(kept.view.zoom))) * ratio;
      stampPoints(image, xs, ys, ratio, rgb, level, radius);
      g.putImageData(image, 0, 0);
    }
    g.globalCompositeOperation = 'destination-over';  // what follows lies below: pixels are put, not drawn
    for (const layer of [kept.wall, kept.field]) {
      if (!layer) continue;
      g.imageSmoothingEnabled = layer === kept.field;
      g.drawImage(layer.canvas, toX(layer.x0), toY(layer.y1), (layer.x1 - layer.x0) * k, (layer.y1 - layer.y0) * k);
    }
    if (head.ticks) drawTicks(g);
    g.globalCompositeOperation = 'source-over';
    axisTitles(g, head.axes, w, h);
    for (const [x, y] of head.own) star(g, toX(x), toY(y));
    part.dataset.thumbs = thumbs;
    part.dataset.seen = n_seen;
    part.dataset.frame = JSON.stringify({k, x: kept.view.x, y: kept.view.y, w, h});
    const took = performance.now() - begin;
    isCoarse ||= isMoving && took > MOVING_MS && window.devicePixelRatio > 1;
    part.dataset.drawMs = took.toFixed(2);
    part.dataset.draws = 1 + +(part.dataset.draws || 0);
    drawOver();
  }
  let frame = 0;
  const redraw = () => { frame ||= requestAnimationFrame(() => { frame = 0; draw(); }); };

  function drawThumbs(g, side) {
    const [th, tw] = head.sheet.tile, wide = side * Math.min(1, tw / th), high = side * Math.min(1, th / tw);
    g.imageSmoothingEnabled = wide < tw;
    for (const now of [DIM, SHOWN]) for (let i = 0; i < n; i++) {
      if (level[i] !== now || xs[i] < -side || ys[i] < -side || xs[i] > w + side || ys[i] > h + side) continue;
      const left = Math.round(xs[i] - wide / 2), top = Math.round(ys[i] - high / 2);
      g.globalAlpha = now === DIM ? 0.2 : 1;
      g.fillStyle = `rgb(${rgb[3 * i]}, ${rgb[3 * i + 1]}, ${rgb[3 * i + 2]})`;
      g.fillRect(left - 2, top - 2, wide + 4, high + 4);
      drawTile(g, i, left, top, wide, high);
    }
    g.globalAlpha = 1;
  }

  // The thumbnail of a point, from the part of the sheet that has it; nothing until that is there.
  function drawTile(g, i, left, top, wide, high) {
    const [th, tw] = head.sheet.tile, {columns, n_each} = head.sheet, part = kept.sheet[Math.floor(i / n_each)], j = i % n_each;
    if (part) g.drawImage(part, (j % columns) * tw, Math.floor(j / columns) * th, tw, th, left, top, wide, high);
  }

  function drawTicks(g) {
    const across = roundTicks(fromX(0), fromX(w)), up = roundTicks(fromY(h), fromY(0));
    g.strokeStyle = theme.line; g.lineWidth = 1; g.fillStyle = theme.faint; g.font = `11px ${theme.font}`;
    g.textAlign = 'center'; g.textBaseline = 'top';
    for (const v of across) g.fillText(v, toX(v), 3);
    g.textAlign = 'right'; g.textBaseline = 'middle';
    for (const v of up) if (toY(v) > 24) g.fillText(v, w - 4, toY(v));
    g.beginPath();
    for (const v of across) { g.moveTo(Math.round(toX(v)) + .5, 0); g.lineTo(Math.round(toX(v)) + .5, h); }
    for (const v of up) { g.moveTo(0, Math.round(toY(v)) + .5); g.lineTo(w, Math.round(toY(v)) + .5); }
    g.stroke();
  }

  let dragged = null, pointed = null, isMarked = true;  // by whoever drew here before
  function drawOver() {
    if (frame) return;  // draw() is about to
    const {shapes, points} = kept.chosen;
    const marks = pointed || kept.path || head.arrow || shapes.length || points.length || (head.marks || []).length || dragged?.shape || dragged?.path;
    if (!marks && !isMarked) return;  // a canvas that is left alone costs no frame
    isMarked = Boolean(marks);
    const {g} = fitted(over, w, h);
    for (const shape of shapes) outline(g, shape);
    if (dragged && dragged.shape) outline(g, dragged.shape);
    for (const path of [kept.path, dragged && dragged.path]) if (path) pathLine(g, path);
    if (head.arrow) arrow(g, head.arrow.map((v, i) => i % 2 ? toY(v) : toX(v)));
    for (const i of points) ring(g, xs[i], ys[i], theme.accent, 8);
    for (const {at, name} of head.marks || []) letter(g, xs[at], ys[at], name);
    if (!pointed) return;
    if (pointed.i >= 0) ring(g, xs[pointed.i], ys[pointed.i], theme.ink, thumbs ? 20 : 7);
    const [x, y] = [toX(pointed.x), toY(pointed.y)];
    for (const [colour, width] of [[theme.paper, 4], [theme.ink, 1.5]]) {
      g.strokeStyle = colour; g.lineWidth = width; g.beginPath();
      g.moveTo(x - 6, y); g.lineTo(x + 6, y); g.moveTo(x, y - 6); g.lineTo(x, y + 6); g.stroke();
    }
  }

  // What lies under the pointer -------------------------------------------------------------

  const seen = card.querySelector('.seen'), made = card.querySelector('.made');
  const {number, pointWords, trustWords} = mapWords(head, arrays);

  function show() {
    if (!pointed) { card.style.display = 'none'; return; }
    const {i} = pointed;
    seen.hidden = i < 0;
    made.hidden = !head.decoder && !server;
    if (i >= 0) {
      const canvas = seen.querySelector('canvas');
      canvas.hidden = !kept.sheet;
      if (kept.sheet) {
        const [th, tw] = head.sheet.tile;
        canvas.width = tw; canvas.height = th;
        drawTile(canvas.getContext('2d'), i, 0, 0, tw, th);
      }
      seen.querySelector('figcaption').textContent = pointWords(i);
    }
    card.style.display = seen.hidden && made.hidden ? 'none' : 'flex';
    const px = toX(pointed.x), py = toY(pointed.y), cw = card.offsetWidth, ch = card.offsetHeight;
    const left = px + 20 + cw <= w - 4 ? px + 20 : Math.max(4, px - 20 - cw), top = Math.max(4, Math.min(h - ch - 4, py - ch / 3));
    card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  let waiting = null, busy = false;
  function heard(answer) {
    if (answer.what === 'open') {
      serve(answer.ms);
      part.dataset.engine = 'ready';
      busy = false; next();
      return;
    }
    if (answer.what === 'field') { layers.keepField(answer); return; }
    if (answer.what === 'row') { layers.keepRow(answer); return; }
    busy = false;
    if (answer.pixels) {
      const [, H, W] = head.decoder.shape, canvas = made.querySelector('canvas');
      canvas.width = W; canvas.height = H;
      canvas.getContext('2d').putImageData(new ImageData(answer.pixels, W, H), 0, 0);
    }
    made.querySelector('figcaption').textContent = trustWords(answer);
    part.dataset.trust = answer.trust === undefined ? '' : answer.trust.toFixed(5);
    part.dataset.strayed = answer.strayed === undefined ? '' : answer.strayed.toFixed(4);
    if (!answer.pixels) return next();
    part.dataset.decoded = 1 + +part.dataset.decoded;
    part.dataset.decodeMs = answer.ms.toFixed(2);
    part.dataset.at = JSON.stringify([answer.x, answer.y]);
    next();
  }
  function next() {
    if (busy || !waiting) return;
    busy = true;
    worker.ask({what: 'at', blind: Boolean(server), ...waiting});
    waiting = null;
  }
  function paint(rgb, [H, W]) {
    const canvas = made.querySelector('canvas'), pixels = new ImageData(W, H);
    canvas.width = W; canvas.height = H;
    for (let p = 0; p < H * W; p++) pixels.data.set([rgb[3 * p], rgb[3 * p + 1], rgb[3 * p + 2], 255], 4 * p);
    canvas.getContext('2d').putImageData(pixels, 0, 0);
  }
  // Where the decoder is too large to come along, or too slow here, the server decodes.
  let server = null;
  function serve(ms) {
    if (ms !== null) part.dataset.trialMs = ms.toFixed(2);
    if (!head.served || (ms !== null && ms <= SLOW_MS)) return;
    server = livingServed(head.key, ({rgb, lines, shape, isLast, x, y, ms}) => {
      if (lines) { made.querySelector('figcaption').textContent = [say('decoded'), ...lines].join('\n'); show(); }
      else paint(rgb, shape);
      made.classList.toggle('stale', !isLast);
      part.dataset.served = 1 + +(part.dataset.served || 0);
      part.dataset.servedMs = ms.toFixed(1);
      part.dataset.at = JSON.stringify([x, y]);
    });
    if (head.rows) return;
    const note = plot.querySelector('.note');
    note.textContent = say(ms === null ? 'large_decoder' : 'slow_decoder');
    note.hidden = false;
  }
  let worker = null;
  if (head.inverse) {
    worker = livingWorker(heard);
    busy = true;
    const sent = {xy: arrays.xy, anchors: arrays.anchors, codes: arrays.codes, decoding_error: arrays.decoding_error, strayed: arrays.strayed, decoder: arrays.decoder};
    worker.open({head: {inverse: head.inverse, decoder: head.decoder, trust: head.trust}, arrays: sent});
  }

  if (head.rows) {
    made.querySelector('canvas').hidden = true;
    made.classList.add('row');
    serve(null);
  }

  function point(px, py) {
    const x = fromX(px), y = fromY(py);
    pointed = {x, y, i: nearestOnScreen(xs, ys, level, px, py, thumbs ? 20 : NEAR_PX)};
    part.dataset.hot = pointed.i;
    if (worker) { waiting = {x, y}; next(); }
    if (server) { made.classList.add('stale'); server.rest(x, y); }
    show();
    drawOver();
  }
  function leave() { pointed = null; if (server) server.leave(); part.dataset.hot = -1; show(); drawOver(); }

  const layers = mapLayers(part, head, kept, {
    ask: question => worker.ask(question), isReady: () => Boolean(worker), redraw,
    size: () => [w, h], seen: () => ({x0: fromX(0), y0: fromY(h), x1: fromX(w), y1: fromY(0)}),
  });

  let later = 0;
  const moved = () => { isMoving = true; redraw(); clearTimeout(later); later = setTimeout(rested, REST_MS); };
  function rested() {
    isMoving = false;
    if (isCoarse) { isCoarse = false; redraw(); }
    if (kept.trust) layers.askField();
    if (kept.pictures) layers.askWall();
  }

  // What a hand does ------------------------------------------------------------------------

  const known = () => ({
    box: kept.chosen.shapes.filter(s => s.kind === 'box').map(({x, y}) => ({x, y})),
    lasso: kept.chosen.shapes.filter(s => s.kind === 'lasso').map(({x, y}) => ({x, y})),
    points: kept.chosen.points.map(i => ({customdata: i})),
  });
  function choose(chosen) {
    kept.chosen = chosen;
    judge();
    redraw();
    const hidden = groups.map((name, g) => kept.hidden.has(name) ? g : -2).filter(g => g >= 0);
    if (kept.hidden.has(head.colour.other)) hidden.push(-1);
    setStateValue('selection', {selection: known(), hidden});
  }
  function oneMore(i) {  // beside those that were clicked; a second time takes it back
    const {points} = kept.chosen;
    return {shapes: [], points: points.includes(i) ? points.filter(j => j !== i) : [...points, i].slice(-50)};
  }
  const clear = () => { if (kept.chosen.shapes.length || kept.chosen.points.length) choose({shapes: [], points: []}); };
  function zoom(factor, px, py) {
    const x = fromX(px), y = fromY(py), to = Math.min(MAX_ZOOM, Math.max(0.5, kept.view.zoom * factor)), f = to / kept.view.zoom;
    kept.view = {x: x - (x - kept.view.x) / f, y: y - (y - kept.view.y) / f, zoom: to};
    measure();
    moved();
  }
  function shift(dx, dy) { kept.view.x -= dx / k; kept.view.y += dy / k; moved(); }
  function whole() { kept.view = {x: (x0 + x1) / 2, y: (y0 + y1) / 2, zoom: 1}; measure(); moved(); }

  over.onpointerdown = e => {
    if (e.button > 1) return;
    over.setPointerCapture(e.pointerId);
    const tool = e.shiftKey || e.button === 1 ? 'move' : kept.tool;
    dragged = {tool, px: e.offsetX, py: e.offsetY, lastX: e.offsetX, lastY: e.offsetY, far: 0, shape: null};
  };
  over.onpointermove = e => {
    const {offsetX: px, offsetY: py} = e;
    if (!dragged) { point(px, py); return; }
    dragged.far = Math.max(dragged.far, Math.hypot(px - dragged.px, py - dragged.py));
    if (dragged.far < CLICK_PX) return;
    if (dragged.tool === 'move') { shift(px - dragged.lastX, py - dragged.lastY); dragged.lastX = px; dragged.lastY = py; if (pointed) leave(); return; }
    pointed = null; show();
    if (dragged.tool === 'path') dragged.path = [fromX(dragged.px), fromY(dragged.py), fromX(px), fromY(py)].map(round5);
    else if (dragged.tool === 'box') dragged.shape = {kind: 'box', x: [fromX(dragged.px), fromX(px)].map(round5), y: [fromY(dragged.py), fromY(py)].map(round5)};
    else {
      dragged.shape ??= {kind: 'lasso', x: [fromX(dragged.px)], y: [fromY(dragged.py)]};
      if (dragged.shape.x.length < N_OUTLINE) { dragged.shape.x.push(fromX(px)); dragged.shape.y.push(fromY(py)); }
    }
    drawOver();
  };
  over.onpointerup = e => {
    const done = dragged;
    dragged = null;
    if (!done) return;
    if (done.far < CLICK_PX) {
      const i = nearestOnScreen(xs, ys, level, done.px, done.py, thumbs ? 20 : NEAR_PX);
      if (i >= 0) choose(e.ctrlKey || e.metaKey ? oneMore(i) : {shapes: [], points: [i]});
    } else if (done.path) { kept.path = done.path; setStateValue('path', done.path); }
    else if (done.shape && (done.shape.kind === 'box' || done.shape.x.length >= 3)) {
      const inside = insideOf(done.shape), some = level.some((l, i) => l !== HIDDEN && inside(xy[2 * i], xy[2 * i + 1]));
      if (some) choose({shapes: [done.shape], points: []}); else clear();
    }
    drawOver();
  };
  over.onpointercancel = () => { dragged = null; drawOver(); };
  over.onpointerleave = () => { if (!dragged) leave(); };
  over.ondblclick = clear;
  over.onwheel = e => { e.preventDefault(); zoom(Math.exp(-e.deltaY * 0.0015), e.offsetX, e.offsetY); point(e.offsetX, e.offsetY); };
  over.onkeydown = e => {
    const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
    if (step && e.shiftKey) shift(-5 * STEP_PX * step[0], -5 * STEP_PX * step[1]);
    else if (step) point((pointed ? toX(pointed.x) : w / 2) + STEP_PX * step[0], (pointed ? toY(pointed.y) : h / 2) + STEP_PX * step[1]);
    else if (e.key === '+' || e.key === '=') zoom(1.3, pointed ? toX(pointed.x) : w / 2, pointed ? toY(pointed.y) : h / 2);
    else if (e.key === '-') zoom(1 / 1.3, pointed ? toX(pointed.x) : w / 2, pointed ? toY(pointed.y) : h / 2);
    else if (e.key === '0') whole();
    else if (e.key === 'Enter' && pointed && pointed.i >= 0) choose({shapes: [], points: [pointed.i]});
    else if (e.key === 'Escape') { clear(); leave(); }
    else return;
    e.preventDefault();
  };

  // What stands above -----------------------------------------------------------------------

  function lay(layer) { kept.trust = kept.trust === layer ? false : layer; tools(); layers.askField(); }
  function tools() {
    mapTools(part.querySelector('.tools'), head, kept, {
      take: tool => { kept.tool = tool; tools(); }, nearer: () => zoom(1.6, w / 2, h / 2), farther: () => zoom(1 / 1.6, w / 2, h / 2),
      whole, pictures: () => { kept.pictures = !kept.pictures; tools(); layers.askWall(); }, lay,
    });
    over.classList.toggle('moves', kept.tool === 'move');
  }

  function legend() {
    const box = part.querySelector('.legend');
    if (head.colour.kind === 'values') { valueScale(box, head.colour, number); return; }
    const found = new Set();
    for (let i = 0; i < n; i++) found.add(groupOf(i));
    const entries = [...found].sort((a, b) => a - b).map(g => ({name: groupName(g), colour: g < 0 ? head.colour.unlabelled : head.colour.colours[g]}));
    if (entries.length > 1 && entries.length <= 40) legendInto(box, entries, kept.hidden, () => { legend(); judge(); redraw(); });
    else box.replaceChildren();
  }

  // Begin -----------------------------------------------------------------------------------

  tools();
  legend();
  judge();
  size();
  draw();
  if (kept.trust) layers.askField();
  if (kept.pictures) layers.askWall();
  kept.fresh = () => { judge(); draw(); };  // of whoever draws by then
  async function fetched(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.blob();
  }
  async function openSheets() {  // one after the other: the map answers meanwhile
    const sheets = [], {addresses, n_parts} = head.sheet;
    for (let number = 0; number < n_parts; number++) {
      const came = addresses ? fetched(addresses[number]) : new Blob([arrays[`sheet${number || ''}`]], {type: 'image/webp'});
      sheets.push(await createImageBitmap(await came));
      kept.sheet = sheets;
      kept.fresh();
    }
  }
  if (head.sheet && !kept.opening) {
    const told = word => { parentElement.querySelector('.part').dataset.sheet = word; };
    kept.opening = true;
    openSheets().then(() => told('ready'), () => { kept.opening = false; told('missing'); });  // mounted again, it asks again
  }
  part.dataset.rev = head.rev;
  const end = onResize(plot, () => { size(); draw(); });
  return () => { end(); clearTimeout(later); cancelAnimationFrame(frame); if (worker) worker.end(); if (server) server.end(); };
}
export default livingMap;
