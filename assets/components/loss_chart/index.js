// A live chart of curves over epochs: it never remounts, so zoom and scale are kept over updates.
const KEPT = new WeakMap();
const LEFT = 56, BOTTOM = 26, TOP = 8, RIGHT = 12;

// For a logarithmic axis (ends are powers): decades, with 2 and 5 where there is room.
function logTicks(from, to, most) {
  const ticks = [];
  for (const steps of [[1], [1, 3], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]]) {
    const found = [];
    for (let k = Math.floor(from); k <= Math.ceil(to); k++)
      for (const m of steps) { const t = Math.log10(m) + k; if (t >= from - 1e-9 && t <= to + 1e-9) found.push(10 ** t); }
    if (found.length <= most + 1 && found.length > ticks.length) ticks.splice(0, ticks.length, ...found);
  }
  return ticks.length >= 3 ? ticks : roundTicks(10 ** from, 10 ** to, most).filter(v => v > 0);
}

function short(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return String(+value.toPrecision(6));
}

export default function ({data, parentElement}) {
  if (!(data instanceof Uint8Array)) return;
  const part = parentElement.querySelector('.part'), plot = part.querySelector('.plot');
  const canvas = plot.querySelector('canvas'), tip = plot.querySelector('.tip');
  const resetButton = part.querySelector('.reset'), logButton = part.querySelector('.log');
  const {head, arrays} = unpack(data);
  let kept = KEPT.get(parentElement);
  if (!kept || kept.run !== head.run) {
    kept = {run: head.run, zoom: null, log: kept ? kept.log : head.log, hidden: kept ? kept.hidden : new Set(), drag: null};
    KEPT.set(parentElement, kept);
  }
  const curves = head.curves.map((c, i) => ({...c, x: arrays[`x${i}`], y: arrays[`y${i}`]}));
  const theme = themeOf(part);
  plot.style.setProperty('--height', head.height + 'px');
  canvas.setAttribute('aria-label', head.label);

  const shown = () => curves.filter(c => !kept.hidden.has(c.name) && !kept.hidden.has(c.part_name));
  const scaled = v => kept.log ? Math.log10(Math.max(v, 1e-12)) : v;
  const view = {};
  const X = x => LEFT + (x - view.x0) / (view.x1 - view.x0) * (view.width - LEFT - RIGHT);
  const Y = y => view.height - BOTTOM - (scaled(y) - view.y0) / (view.y1 - view.y0) * (view.height - BOTTOM - TOP);
  const epochAt = px => view.x0 + (px - LEFT) / (view.width - LEFT - RIGHT) * (view.x1 - view.x0);

  function look() {
    let x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
    for (const c of shown()) for (const x of c.x) { if (x < x0) x0 = x; if (x > x1) x1 = x; }
    if (!(x1 > x0)) { x0 = Number.isFinite(x0) ? Math.min(0, x0) : 0; x1 = Math.max(x0 + 1, Number.isFinite(x1) ? x1 : 1); }
    if (kept.zoom) [x0, x1] = kept.zoom;
    for (const c of shown()) for (let i = 0; i < c.x.length; i++) {
      if (c.x[i] < x0 || c.x[i] > x1 || !Number.isFinite(c.y[i]) || (kept.log && c.y[i] <= 0)) continue;
      const v = scaled(c.y[i]);
      if (v < y0) y0 = v;
      if (v > y1) y1 = v;
    }
    if (!Number.isFinite(y0)) { y0 = kept.log ? -2 : 0; y1 = kept.log ? 0 : 1; }
    const margin = (y1 - y0) * 0.06 || Math.abs(y0) * 0.1 || 0.5;
    Object.assign(view, {x0, x1, y0: y0 - margin, y1: y1 + margin});
  }

  function draw() {
    look();
    const {g, width, height} = fitted(canvas);
    Object.assign(view, {width, height});
    if (width < 40) return;
    g.font = `12px ${theme.font}`;
    g.lineWidth = 1;
    const most = Math.max(2, Math.floor(height / 56));
    const yTicks = kept.log ? logTicks(view.y0, view.y1, most) : roundTicks(view.y0, view.y1, most);
    g.textAlign = 'right'; g.textBaseline = 'middle';
    for (const v of yTicks) {
      const y = Math.round(Y(v)) + .5;
      g.strokeStyle = theme.line; g.beginPath(); g.moveTo(LEFT, y); g.lineTo(width - RIGHT, y); g.stroke();
      g.fillStyle = theme.faint; g.fillText(short(v), LEFT - 8, y);
    }
    const xTicks = roundTicks(view.x0, view.x1, Math.max(2, Math.floor((width - LEFT) / 90)));
    g.textBaseline = 'alphabetic';
    xTicks.forEach((v, i) => {
      const last = i === xTicks.length - 1, at = X(v);
      g.textAlign = at > width - RIGHT - 24 ? 'right' : 'center';
      g.fillStyle = theme.faint;
      g.fillText((last ? 'epoch ' : '') + short(v), last && g.textAlign === 'right' ? width - RIGHT : at, height - 7);
    });
    g.save();
    g.beginPath(); g.rect(LEFT, 0, width - LEFT - RIGHT, height - BOTTOM + 2); g.clip();
    for (const mark of head.marks) {
      g.strokeStyle = theme.faint; g.setLineDash([2, 3]); g.beginPath(); g.moveTo(X(mark.x), TOP); g.lineTo(X(mark.x), height - BOTTOM); g.stroke();
      g.setLineDash([]); g.fillStyle = theme.faint;
      g.textAlign = X(mark.x) > width * .7 ? 'right' : 'left';
      g.fillText(mark.label, X(mark.x) + (g.textAlign === 'right' ? -6 : 6), TOP + 10);
    }
    g.lineJoin = 'round'; g.lineCap = 'round';
    for (const c of shown()) {
      g.strokeStyle = g.fillStyle = c.colour; g.lineWidth = 2.2; g.globalAlpha = c.dashed ? .9 : 1;
      g.setLineDash(c.dashed ? [6, 5] : []);
      g.beginPath();
      let lifted = true;
      for (let i = 0; i < c.x.length; i++) {
        if (!Number.isFinite(c.y[i])) { lifted = true; continue; }
        if (lifted) g.moveTo(X(c.x[i]), Y(c.y[i])); else g.lineTo(X(c.x[i]), Y(c.y[i]));
        lifted = false;
      }
      g.stroke();
      g.setLineDash([]);
      if (c.x.length === 1) { g.beginPath(); g.arc(X(c.x[0]), Y(c.y[0]), 3.5, 0, 7); g.fill(); }
    }
    g.restore();
    g.globalAlpha = 1;
    if (kept.drag) {
      g.fillStyle = theme.accent; g.globalAlpha = .15;
      g.fillRect(Math.min(...kept.drag), TOP, Math.abs(kept.drag[1] - kept.drag[0]), height - BOTTOM - TOP); g.globalAlpha = 1;
    }
    resetButton.hidden = !kept.zoom;
    logButton.setAttribute('aria-pressed', String(kept.log));
    part.dataset.points = curves.reduce((n, c) => n + c.x.length, 0);
    part.dataset.view = JSON.stringify([view.x0, view.x1].map(v => +v.toFixed(3)));
    part.dataset.log = kept.log;
    part.dataset.ticks = JSON.stringify({x: xTicks.map(short), y: yTicks.map(short)});
    part.dataset.last = JSON.stringify(Object.fromEntries(curves.filter(c => c.x.length).map(c => [`${c.name} ${c.part}`, +c.y[c.y.length - 1].toPrecision(5)])));
    part.dataset.hidden = [...kept.hidden].join(',');
  }

  const redraw = () => { legend(); draw(); };
  function legend() {
    const names = [...new Map(curves.map(c => [c.name, {name: c.name, colour: c.colour}])).values()];
    const parts = [...new Map(curves.map(c => [c.part_name, {name: c.part_name, dash: c.dashed}])).values()];
    legendInto(part.querySelector('.legend'), parts.length > 1 ? [...names, ...parts] : names, kept.hidden, redraw);
  }

  // Nearest point of a curve to an epoch, by bisection.
  function nearest(c, x) {
    let a = 0, b = c.x.length - 1;
    while (a < b) { const m = (a + b) >> 1; if (c.x[m] < x) a = m + 1; else b = m; }
    return a > 0 && x - c.x[a - 1] < c.x[a] - x ? a - 1 : a;
  }

  function read(px) {
    const rows = shown().filter(c => c.x.length);
    if (!rows.length) { tip.style.display = 'none'; return; }
    const x = Math.min(view.x1, Math.max(view.x0, epochAt(px)));
    const title = document.createElement('b');
    title.textContent = say('epoch', {epoch: short(+x.toFixed(view.x1 - view.x0 > 20 ? 0 : 2))}) + '\n';
    tip.replaceChildren(title, ...rows.flatMap((c, k) => {
      const dot = document.createElement('i');
      dot.style.background = c.colour;
      return [dot, `${c.name} ${c.part_name}  ${+c.y[nearest(c, x)].toPrecision(4)}${k < rows.length - 1 ? '\n' : ''}`];
    }));
    tip.style.display = 'block';
    const left = X(x) + 14;
    tip.style.left = (left + tip.offsetWidth > view.width ? X(x) - 14 - tip.offsetWidth : left) + 'px';
    tip.style.top = TOP + 4 + 'px';
    draw();
    const {g} = {g: canvas.getContext('2d')};
    g.strokeStyle = theme.faint; g.lineWidth = 1; g.beginPath(); g.moveTo(X(x), TOP); g.lineTo(X(x), view.height - BOTTOM); g.stroke();
    for (const c of rows) {
      const i = nearest(c, x);
      if (c.x[i] < view.x0 || c.x[i] > view.x1 || !Number.isFinite(c.y[i])) continue;
      g.fillStyle = c.colour; g.beginPath(); g.arc(X(c.x[i]), Y(c.y[i]), 3.5, 0, 7); g.fill();
      g.strokeStyle = theme.paper; g.lineWidth = 1.5; g.stroke();
    }
  }

  canvas.onpointerdown = e => { if (e.button === 0) { kept.drag = [e.offsetX, e.offsetX]; canvas.setPointerCapture(e.pointerId); } };
  canvas.onpointermove = e => {
    if (kept.drag) { kept.drag[1] = e.offsetX; tip.style.display = 'none'; draw(); } else read(e.offsetX);
  };
  canvas.onpointerup = e => {
    const drag = kept.drag;
    kept.drag = null;
    if (drag && Math.abs(e.offsetX - drag[0]) > 6) {
      const ends = [drag[0], e.offsetX].map(px => Math.min(view.x1, Math.max(view.x0, epochAt(px)))).sort((a, b) => a - b);
      if (ends[1] > ends[0]) kept.zoom = ends;
    }
    draw();
  };
  canvas.onpointercancel = () => { kept.drag = null; draw(); };
  canvas.ondblclick = resetButton.onclick = () => { kept.zoom = null; draw(); };
  canvas.onpointerleave = () => { tip.style.display = 'none'; draw(); };
  logButton.onclick = () => { kept.log = !kept.log; draw(); };

  redraw();
  return onResize(plot, draw);
}
