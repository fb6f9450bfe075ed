// A pad to draw on; the whole drawing is sent as a PNG each time the pen is lifted.
const KEPT = new WeakMap();

export default function ({data, parentElement, setTriggerValue}) {
  if (!(data instanceof Uint8Array)) return;
  const {head, arrays} = unpack(data);
  const part = parentElement.querySelector('.part'), canvas = part.querySelector('canvas');
  const [undo, clear] = ['.undo', '.clear'].map(name => part.querySelector(name));
  let kept = KEPT.get(parentElement);
  const isNew = !kept || kept.round !== head.round;
  if (isNew) {
    kept = {round: head.round, strokes: [], pen: head.pens[0], base: null};
    KEPT.set(parentElement, kept);
    canvas.width = head.width; canvas.height = head.height;
    part.style.setProperty('--side', head.side + 'px');
  }
  canvas.setAttribute('aria-label', head.label);
  const hint = part.querySelector('.hint');
  hint.textContent = head.hint;
  const g = canvas.getContext('2d');

  function trace({points, colour}) {
    g.save();
    g.strokeStyle = g.shadowColor = colour;
    g.lineWidth = head.pen_px;
    g.shadowBlur = head.pen_px / 4;  // a soft edge, as a pen has on paper
    g.lineCap = g.lineJoin = 'round';
    g.beginPath();
    points.forEach(([x, y], i) => i ? g.lineTo(x, y) : g.moveTo(x, y));
    if (points.length === 1) g.lineTo(points[0][0] + 0.01, points[0][1]);
    g.stroke();
    g.restore();
  }
  function paint() {
    g.fillStyle = head.paper;
    g.fillRect(0, 0, canvas.width, canvas.height);
    if (kept.base) g.drawImage(kept.base, 0, 0, canvas.width, canvas.height);
    kept.strokes.forEach(trace);
    undo.disabled = !kept.strokes.length;
    hint.hidden = kept.strokes.length > 0 || !!kept.base;
    clear.disabled = !hint.hidden;
    part.dataset.strokes = kept.strokes.length;
  }
  function send() {
    const isEmpty = !kept.strokes.length && !kept.base;
    setTriggerValue('drawing', isEmpty ? '' : canvas.toDataURL('image/png'));
    part.dataset.sent = 1 + +part.dataset.sent;
  }

  const place = e => [e.offsetX * canvas.width / canvas.clientWidth, e.offsetY * canvas.height / canvas.clientHeight];
  canvas.onpointerdown = e => {
    if (e.button !== 0 || kept.drawing != null) return;
    e.preventDefault();
    canvas.setPointerCapture(e.pointerId);
    kept.drawing = e.pointerId;
    kept.strokes.push({points: [place(e)], colour: kept.pen});
    paint();
  };
  canvas.onpointermove = e => {
    if (e.pointerId !== kept.drawing) return;
    const moves = e.getCoalescedEvents ? e.getCoalescedEvents() : [];
    kept.strokes.at(-1).points.push(...(moves.length ? moves : [e]).map(place));
    paint();
  };
  canvas.onpointerup = canvas.onpointercancel = e => {
    if (e.pointerId !== kept.drawing) return;
    kept.drawing = null;
    send();
  };
  undo.onclick = () => { kept.strokes.pop(); paint(); send(); };
  clear.onclick = () => { kept.strokes = []; kept.base = null; paint(); send(); };

  function pens() {
    part.querySelector('.pens').replaceChildren(...(head.pens.length < 2 ? [] : head.pens.map((colour, i) => {
      const pen = document.createElement('button');
      pen.type = 'button';
      pen.className = 'pen';
      pen.style.setProperty('--colour', colour);
      pen.setAttribute('aria-pressed', String(colour === kept.pen));
      pen.setAttribute('aria-label', head.pen_names[i]);
      pen.title = head.pen_names[i];
      pen.onclick = () => { kept.pen = colour; pens(); };
      return pen;
    })));
  }
  pens();
  paint();
  if (isNew && arrays.base.length) {
    createImageBitmap(new Blob([arrays.base], {type: 'image/png'})).then(base => {
      kept.base = base;
      paint();
    });
  }
}
