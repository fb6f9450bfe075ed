// A photograph before and after under a divider: it zooms, pans and blends here, at full size.
const KEPT = new WeakMap();
const MORE = '#DD277E', LESS = '#00808A';  // what is marked: to be filled or cleaned more, and cleaned less
const MASK_PX = 2048, MAX_ZOOM = 32, OVERVIEW_PX = 2048, STEP = 1.25, WAIT_MS = 250;

// A layer as a bitmap, and a smaller one of a large picture for looking at it as a whole.
async function bitmapsOf(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}`);
  const blob = await answer.blob(), full = await createImageBitmap(blob);
  const share = OVERVIEW_PX / Math.max(full.width, full.height);
  const small = share >= 0.75 ? full : await createImageBitmap(full, {
    resizeWidth: Math.max(1, Math.round(full.width * share)), resizeHeight: Math.max(1, Math.round(full.height * share)), resizeQuality: 'high'});
  return {full, small};
}

export default function ({data, parentElement, setTriggerValue}) {
  if (!(data instanceof Uint8Array)) return;
  const {head} = unpack(data);
  const part = parentElement.querySelector('.part'), find = name => part.querySelector(name);
  const stage = find('.stage'), canvas = find('canvas'), divider = find('.divider');
  const slider = find('.blend input'), [W, H] = head.size;
  let kept = KEPT.get(parentElement);
  if (!kept || kept.rev !== head.rev) {
    const isSame = kept && kept.size === `${W}x${H}` && kept.photo === head.photo;
    const isSameTask = isSame && `${kept.tools}` === `${head.tools}`;
    for (const loading of kept ? Object.values(kept.loading) : []) {
      loading.then(found => { found.full.close(); found.small.close(); }, () => {});
    }
    // another way to clean the same photograph leaves the eye where it is
    kept = {split: 0.5, layer: 'cleaned', tool: 'brush', pen: 24, mask: null, tools: head.tools,
      ...(isSame ? {view: kept.view, split: kept.split, layer: kept.layer, seen: kept.seen, tool: kept.tool, pen: kept.pen} : {}),
      ...(isSameTask ? {mask: kept.mask, sent: kept.sent} : {}),
      rev: head.rev, photo: head.photo, size: `${W}x${H}`, strength: head.strength ?? 1, told: head.strength, marked: isSameTask ? kept.marked : !!head.mask, loading: {}, bitmaps: {}, began: performance.now(), pointers: new Map()};
    KEPT.set(parentElement, kept);
    part.dataset.painted = '';
  }
  if (kept.told !== head.strength) { kept.told = head.strength; kept.strength = head.strength ?? 1; }
  if (head.draw && !head.tools.includes(kept.tool)) kept.tool = head.tools[0];
  const isAdjusted = head.draw && head.tools.includes('more');
  const draws = () => head.draw && kept.tool;
  if (!head.layers.some(layer => layer.name === kept.layer)) kept.layer = head.layers[0].name;
  const layer = () => head.layers.find(one => one.name === kept.layer);
  part.style.setProperty('--height', head.height + 'px');
  canvas.setAttribute('aria-label', say('keys', {label: head.label}));
  find('.empty').textContent = say('loading');

  function load(name) {
    const url = head.urls[name];
    if (!url || kept.loading[name]) return;
    const mine = kept;
    mine.loading[name] = bitmapsOf(url);
    mine.loading[name].then(found => {
      mine.bitmaps[name] = found;
      if (KEPT.get(parentElement) === mine) draw();
    }, () => { if (KEPT.get(parentElement) === mine) find('.empty').textContent = say('lost'); });
  }

  // The view: `k` CSS pixels a pixel of the photograph, `x`, `y` the photograph's point in the middle.
  const ratio = () => window.devicePixelRatio || 1;
  const fitK = () => Math.min(canvas.clientWidth / W, canvas.clientHeight / H);
  const view = () => kept.view || {k: fitK(), x: W / 2, y: H / 2};
  function see(k, x, y) {
    const least = Math.min(fitK(), 1 / ratio());
    k = Math.min(MAX_ZOOM, Math.max(least, k));
    const halfW = canvas.clientWidth / 2 / k, halfH = canvas.clientHeight / 2 / k;
    const within = (at, half, side) => half * 2 >= side ? side / 2 : Math.min(side - half, Math.max(half, at));
    kept.view = Math.abs(k - fitK()) < 1e-6 * k ? null : {k, x: within(x, halfW, W), y: within(y, halfH, H)};
    draw();
  }
  function zoom(factor, px = canvas.clientWidth / 2, py = canvas.clientHeight / 2) {
    const {k, x, y} = view(), next = Math.min(MAX_ZOOM, Math.max(Math.min(fitK(), 1 / ratio()), k * factor));
    const dx = px - canvas.clientWidth / 2, dy = py - canvas.clientHeight / 2;
    see(next, x + dx / k - dx / next, y + dy / k - dy / next);
  }

  // One bitmap over the stage; only what is seen of it is touched.
  function put(g, name, width, height) {
    const both = kept.bitmaps[name];
    if (!both) return false;
    const {k, x, y} = view(), device = k * ratio();
    const source = device < both.small.width / W ? both.small : both.full;
    const sx = source.width / W, sy = source.height / H;
    const left = Math.max(0, Math.floor(x - width / 2 / k)), right = Math.min(W, Math.ceil(x + width / 2 / k));
    const top = Math.max(0, Math.floor(y - height / 2 / k)), bottom = Math.min(H, Math.ceil(y + height / 2 / k));
    g.imageSmoothingEnabled = device < 2;
    g.imageSmoothingQuality = 'high';
    // whole device pixels where one is one, else the browser would blur them
    const at = v => Math.abs(device - 1) < 1e-3 ? Math.round(v * ratio()) / ratio() : v;
    g.drawImage(source, left * sx, top * sy, (right - left) * sx, (bottom - top) * sy,
      at((left - x) * k + width / 2), at((top - y) * k + height / 2), (right - left) * k, (bottom - top) * k);
    return true;
  }
  function cleaned(g, width, height) {
    const isThere = put(g, 'before', width, height);
    g.globalAlpha = kept.strength;  // x + s (x_hat - x), as the download has it
    const isDone = !kept.strength || put(g, 'after', width, height);
    g.globalAlpha = 1;
    if (isThere && kept.preview) putPreview(g, width, height);
    return isThere && isDone;
  }
  // A part that is cleaned already, over what the whole was before.
  function putPreview(g, width, height) {
    const {k, x, y} = view(), [left, top, w, h] = kept.preview.rect;
    const box = [(left - x) * k + width / 2, (top - y) * k + height / 2, w * k, h * k];
    g.save();
    g.beginPath();
    g.rect(...box);
    g.clip();
    put(g, 'before', width, height);
    g.globalAlpha = kept.strength;
    g.imageSmoothingEnabled = k * ratio() < 2;
    g.drawImage(kept.preview.bitmap, ...box);
    g.restore();
    g.save();
    g.strokeStyle = '#DD277E';
    g.setLineDash([6, 4]);
    g.strokeRect(...box);
    g.restore();
  }
  function takePreview() {
    const mine = kept, asked = head.preview;
    if (!asked) { kept.preview = kept.asked = null; part.dataset.preview = ''; return; }
    if (kept.asked === asked.url) return;
    kept.asked = asked.url;
    fetch(asked.url).then(answer => answer.blob()).then(createImageBitmap).then(bitmap => {
      if (KEPT.get(parentElement) !== mine || mine.asked !== asked.url) return;
      mine.preview = {bitmap, rect: asked.rect};
      part.dataset.preview = asked.rect.join(' ');
      draw();
    }, () => {});
  }
  // Python is told what is seen while a part of it is cleaned at once.
  function tellView() {
    if (!head.preview) return;
    const {k, x, y} = view(), w = canvas.clientWidth / k, h = canvas.clientHeight / k;
    const seen = [x - w / 2, y - h / 2, w, h].map(Math.round), text = seen.join(' ');
    if (kept.seen === text) return;
    clearTimeout(kept.viewTimer);
    kept.viewTimer = setTimeout(() => { kept.seen = text; setTriggerValue('view', seen); }, WAIT_MS);
  }
  function half(g, from, to, height, paint) {
    g.save();
    g.beginPath();
    g.rect(from, 0, to - from, height);
    g.clip();
    const isDone = paint();
    g.restore();
    return isDone;
  }

  function draw() {
    const began = performance.now();
    const {g, width, height} = fitted(canvas);
    if (width < 40) return;
    const now = layer(), split = Math.round(kept.split * width);
    load('before'); load('after');
    for (const name of now.needs) load(name);
    const atLeft = half(g, 0, split, height, () => put(g, 'before', width, height));
    const atRight = half(g, split, width, height, () => {
      const isDone = now.over === 'cleaned' ? cleaned(g, width, height) : true;
      return now.needs.every(name => put(g, name, width, height)) && isDone;
    });
    if (head.draw) drawMask(g, width, height);
    divider.style.left = split + 'px';
    divider.setAttribute('aria-valuenow', Math.round(100 * kept.split));
    divider.setAttribute('aria-label', say('divider', {left: head.before, right: now.title}));
    find('.tag.left').textContent = kept.split > 0.04 ? head.before : '';
    find('.tag.right').textContent = kept.split < 0.96 ? now.tag : '';
    find('.zoom').textContent = Math.round(100 * view().k * ratio()) + ' %';
    if (atLeft && atRight) {
      if (!part.dataset.painted) part.dataset.paintedMs = Math.round(performance.now() - kept.began);
      part.dataset.painted = now.name;
      part.dataset.rev = head.rev;
    }
    tellView();
    part.dataset.drawMs = (performance.now() - began).toFixed(1);
    part.dataset.view = kept.view ? [kept.view.k, kept.view.x, kept.view.y].map(v => +v.toFixed(3)).join(' ') : 'fit';
  }

  // What is marked to be filled: a canvas of its own, in the photograph's proportions.
  const maskShare = Math.min(1, MASK_PX / Math.max(W, H));
  function mask() {
    if (!kept.mask) {
      kept.mask = document.createElement('canvas');
      kept.mask.width = Math.max(1, Math.round(W * maskShare));
      kept.mask.height = Math.max(1, Math.round(H * maskShare));
      kept.marked = false;
    }
    return kept.mask;
  }
  // White where to clean more, black where less, middle grey where nothing is marked.
  function inGrey(drawn) {
    const grey = document.createElement('canvas');
    grey.width = drawn.width; grey.height = drawn.height;
    const g = grey.getContext('2d'), pixels = drawn.getContext('2d').getImageData(0, 0, drawn.width, drawn.height), v = pixels.data;
    for (let i = 0; i < v.length; i += 4) {
      const share = v[i + 3] / 255, isMore = v[i] > v[i + 2];
      v[i] = v[i + 1] = v[i + 2] = Math.round(128 + (isMore ? 127 : -128) * share);
      v[i + 3] = 255;
    }
    g.putImageData(pixels, 0, 0);
    return grey;
  }
  // What was marked before the page was drawn anew, out of the picture that was sent.
  async function takeMask() {
    const mine = kept;
    if (!head.mask || kept.mask) return;
    const drawn = mask(), g = drawn.getContext('2d');
    mine.sent = true;
    const sent = await fetch(head.mask).then(answer => answer.blob()).then(createImageBitmap);
    g.globalCompositeOperation = 'destination-over';  // under what was drawn meanwhile
    if (!isAdjusted) { g.drawImage(sent, 0, 0, drawn.width, drawn.height); return; }
    const coloured = document.createElement('canvas');
    coloured.width = sent.width; coloured.height = sent.height;
    const c = coloured.getContext('2d');
    c.drawImage(sent, 0, 0);
    const pixels = c.getImageData(0, 0, sent.width, sent.height), v = pixels.data;
    for (let i = 0; i < v.length; i += 4) {
      const more = v[i] - 128, hue = more > 0 ? MORE : LESS;
      [1, 3, 5].forEach((at, channel) => { v[i + channel] = parseInt(hue.slice(at, at + 2), 16); });
      v[i + 3] = Math.min(255, 2 * Math.abs(more));
    }
    c.putImageData(pixels, 0, 0);
    g.drawImage(coloured, 0, 0, drawn.width, drawn.height);
    if (KEPT.get(parentElement) === mine) draw();
  }
  function drawMask(g, width, height) {
    if (!kept.mask || kept.sent || !(kept.marked || kept.box)) return;
    const {k, x, y} = view();
    g.globalAlpha = 0.5;
    g.imageSmoothingEnabled = false;
    g.drawImage(kept.mask, (0 - x) * k + width / 2, (0 - y) * k + height / 2, W * k, H * k);
    if (kept.box) {
      const [[ax, ay], [bx, by]] = kept.box;
      g.fillStyle = MORE;
      g.fillRect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
    }
    g.globalAlpha = 1;
  }
  const inMask = ([px, py]) => {
    const {k, x, y} = view();
    return [((px - canvas.clientWidth / 2) / k + x) * maskShare, ((py - canvas.clientHeight / 2) / k + y) * maskShare];
  };
  function stroke(from, to) {
    const g = mask().getContext('2d');
    g.globalCompositeOperation = kept.tool === 'erase' ? 'destination-out' : 'source-over';
    g.strokeStyle = g.fillStyle = kept.tool === 'less' ? LESS : MORE;
    g.lineWidth = kept.pen / view().k * maskShare;
    g.lineCap = 'round';
    const [ax, ay] = inMask(from), [bx, by] = inMask(to);
    g.beginPath(); g.moveTo(ax, ay); g.lineTo(bx + 0.01, by); g.stroke();
    marked(kept.marked || kept.tool !== 'erase');
  }
  function fillBox([a, b]) {
    const g = mask().getContext('2d'), [ax, ay] = inMask(a), [bx, by] = inMask(b);
    g.globalCompositeOperation = 'source-over';
    g.fillStyle = MORE;
    g.fillRect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
    marked(true);
  }
  function marked(isMarked) {
    kept.marked = isMarked;
    kept.sent = false;
    part.dataset.marked = String(isMarked);
    find('.clear').disabled = find('.send').disabled = !isMarked;
    draw();
  }
  function tools() {
    part.dataset.marked = String(kept.marked);
    find('.drawing').hidden = !head.draw;
    stage.classList.toggle('draws', !!draws());
    find('.tools').querySelectorAll('button').forEach(button => {
      button.hidden = !head.draw || !head.tools.includes(button.dataset.tool);
      button.setAttribute('aria-pressed', String(button.dataset.tool === kept.tool));
      button.onclick = () => { kept.tool = button.dataset.tool; tools(); };
    });
    find('.send').textContent = say(isAdjusted ? 'apply' : 'fill');
    find('.pen').value = kept.pen;
    find('.pen').oninput = e => { kept.pen = +e.target.value; };
    find('.clear').onclick = () => { kept.mask = null; marked(false); };
    find('.send').onclick = () => {
      kept.sent = true;  // what was marked shows again once more is marked
      setTriggerValue('mask', (isAdjusted ? inGrey(mask()) : mask()).toDataURL('image/png'));
      draw();
    };
    find('.clear').disabled = find('.send').disabled = !kept.marked;
  }

  // Hands: one pointer pans, two pinch, the wheel zooms where it stands, a double click changes size.
  const place = e => { const box = canvas.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
  canvas.onpointerdown = e => {
    if (e.button !== 0) return;
    canvas.setPointerCapture(e.pointerId);
    kept.pointers.set(e.pointerId, place(e));
    if (!draws() || kept.pointers.size > 1) return;
    if (kept.tool === 'box') kept.box = [place(e), place(e)];
    else stroke(place(e), place(e));
  };
  canvas.onpointermove = e => {
    const before = kept.pointers.get(e.pointerId);
    if (!before) return;
    const now = place(e), {k, x, y} = view();
    const other = [...kept.pointers].find(([id]) => id !== e.pointerId);
    kept.pointers.set(e.pointerId, now);
    if (!other && draws()) {
      if (kept.box) { kept.box[1] = now; kept.sent = false; mask(); return draw(); }
      return stroke(before, now);
    }
    if (!other) return see(k, x - (now[0] - before[0]) / k, y - (now[1] - before[1]) / k);
    const [ox, oy] = other[1], apart = p => Math.max(8, Math.hypot(p[0] - ox, p[1] - oy));
    zoom(apart(now) / apart(before), (now[0] + ox) / 2, (now[1] + oy) / 2);
  };
  canvas.onpointerup = canvas.onpointercancel = e => {
    kept.pointers.delete(e.pointerId);
    if (!kept.box) return;
    const box = kept.box;
    kept.box = null;
    fillBox(box);
  };
  canvas.ondblclick = e => {
    if (draws()) return;
    const [px, py] = place(e), {k} = view(), one = 1 / ratio();
    if (Math.abs(k - one) > 1e-3 * k) zoom(one / k, px, py); else see(fitK(), W / 2, H / 2);
  };
  canvas.onkeydown = e => {
    const {k, x, y} = view(), step = 64 / k;
    const moved = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[e.key];
    if (moved) see(k, x + moved[0], y + moved[1]);
    else if (e.key === '+' || e.key === '=') zoom(STEP);
    else if (e.key === '-') zoom(1 / STEP);
    else if (e.key === '0') see(fitK(), W / 2, H / 2);
    else if (e.key === '1') see(1 / ratio(), x, y);
    else return;
    e.preventDefault();
  };
  const wheel = e => { e.preventDefault(); zoom(Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.0015)), ...place(e)); };
  canvas.addEventListener('wheel', wheel, {passive: false});
  find('.in').onclick = () => zoom(STEP);
  find('.out').onclick = () => zoom(1 / STEP);
  find('.fit').onclick = () => see(fitK(), W / 2, H / 2);
  find('.one').onclick = () => { const {x, y} = view(); see(1 / ratio(), x, y); };

  const divide = at => { kept.split = Math.min(1, Math.max(0, at)); draw(); };
  divider.onpointerdown = e => { e.preventDefault(); divider.focus(); divider.setPointerCapture(e.pointerId); };
  divider.onpointermove = e => { if (divider.hasPointerCapture(e.pointerId)) divide(place(e)[0] / canvas.clientWidth); };
  divider.onkeydown = e => {
    const to = {ArrowLeft: kept.split - 0.02, ArrowRight: kept.split + 0.02, Home: 0, End: 1}[e.key];
    if (to === undefined) return;
    e.preventDefault();
    divide(to);
  };

  // The blend follows the slider at once; Python is told once the hand rests.
  function strength() {
    slider.value = kept.strength;
    find('.blend output').textContent = Math.round(100 * kept.strength) + ' %';
    find('.blend').classList.toggle('off', layer().over !== 'cleaned');
    part.dataset.strength = kept.strength;
  }
  slider.oninput = () => {
    kept.strength = +slider.value;
    strength();
    draw();
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => { kept.told = kept.strength; setTriggerValue('strength', kept.strength); }, WAIT_MS);
  };

  function layers() {
    find('.layers').replaceChildren(...head.layers.map(({name, title}) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'tool';
      button.textContent = title;
      button.setAttribute('aria-pressed', String(name === kept.layer));
      button.onclick = () => { kept.layer = name; layers(); strength(); draw(); };
      return button;
    }));
    const {legend, words} = layer(), ramp = find('.ramp');
    ramp.hidden = !legend;
    if (legend) ramp.style.background = `linear-gradient(90deg, ${legend.stops.join(', ')})`;
    find('.low').textContent = legend ? legend.low : '';
    find('.high').textContent = legend ? legend.high : '';
    find('.what').textContent = words;
  }
  find('.blend').hidden = head.strength === null || head.draw;
  layers();
  strength();
  tools();
  takePreview();
  takeMask();
  draw();
  const end = onResize(stage, draw);
  return () => { canvas.removeEventListener('wheel', wheel); end(); };
}
