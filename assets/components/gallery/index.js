// Pictures in rows, enlarged without blur and all by the same factor, with captions.
const KEPT = new WeakMap();
const GAP = 10, MIN_CELL = 64;

export default function ({data, parentElement, setTriggerValue}) {
  if (!(data instanceof Uint8Array)) return;
  const {head, arrays} = unpack(data);
  const part = parentElement.querySelector('.part'), grid = part.querySelector('.grid');
  const named = head.rows.length > 0, n = head.n;
  const [h, w] = head.tile;
  const minCell = head.captions.every(caption => caption.length <= 3) ? 0 : MIN_CELL;
  const kept = KEPT.get(parentElement) || {};
  KEPT.set(parentElement, kept);

  function tileAt(i) {
    const tile = document.createElement(head.clickable ? 'button' : 'div');
    tile.className = 'tile';
    const canvas = document.createElement('canvas');
    canvas.width = w; canvas.height = h;
    const column = named ? i % head.columns : i;
    const caption = head.captions[column] ?? '';
    const spoken = [named ? head.rows[Math.floor(i / head.columns)] : '', caption].filter(Boolean).join(', ');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', spoken || say('picture', {n: i + 1}));
    tile.append(canvas);
    if (caption && (!named || i >= n - head.columns)) {
      const words = document.createElement('div');
      words.className = 'caption';
      words.textContent = caption;  // a file name is a user's text: never markup
      words.title = caption;
      tile.append(words);
    }
    if (head.clickable) {
      tile.type = 'button';
      tile.onclick = () => setTriggerValue('picked', column);
      if (column === head.picked) tile.setAttribute('aria-current', 'true');
    }
    return {tile, canvas};
  }

  const tiles = Array.from({length: n}, (_, i) => tileAt(i));
  const children = [];
  tiles.forEach(({tile}, i) => {
    if (named && i % head.columns === 0) {
      const name = document.createElement('div');
      name.className = 'rowname';
      name.textContent = head.rows[i / head.columns];
      children.push(name);
    }
    children.push(tile);
  });
  grid.replaceChildren(...children);

  const scale = part.querySelector('.scale');
  scale.hidden = !head.scale;
  if (head.scale) {
    scale.querySelector('.low').textContent = head.scale.low;
    scale.querySelector('.high').textContent = head.scale.high;
    scale.querySelector('.what').textContent = head.scale.what;
    scale.querySelector('.ramp').style.background = `linear-gradient(90deg, ${head.scale.stops.join(', ')})`;
  }

  function layout() {
    const width = part.clientWidth;
    if (!width) return;
    const labels = named ? 104 : 0;
    const whole = f => f >= 1 ? Math.floor(f) : f;  // whole pixels stay square
    let factor = whole(Math.min(width, head.target) / w);
    let columns = head.columns;
    if (named) factor = Math.min(factor, whole((width - labels - GAP * columns) / columns / w));
    else columns = Math.max(1, Math.min(n, Math.floor((width + GAP) / (Math.max(w * factor, minCell) + GAP))));
    part.dataset.factor = +factor.toFixed(3);
    part.dataset.columns = columns;
    for (const {canvas} of tiles) {
      canvas.style.width = w * factor + 'px';
      canvas.style.height = h * factor + 'px';
      canvas.className = factor < 1 ? 'smooth' : '';
    }
    const cell = Math.max(w * factor, named ? 0 : minCell);
    grid.style.gridTemplateColumns = `${named ? 'minmax(64px, max-content) ' : ''}repeat(${columns}, ${cell}px)`;
    // What whole factors leave over goes between the columns, so that rows end where the page does.
    const slack = width - labels - columns * (cell + GAP);
    grid.style.justifyContent = (named ? true : n >= columns) && slack < columns * 24 ? 'space-between' : 'start';
  }

  function paint(sheet) {
    tiles.forEach(({canvas}, i) => {
      const sx = (i % head.sheet_columns) * w, sy = Math.floor(i / head.sheet_columns) * h;
      canvas.getContext('2d').drawImage(sheet, sx, sy, w, h, 0, 0, w, h);
    });
    part.dataset.pictures = n;
    part.dataset.rev = head.rev;
  }

  layout();
  if (kept.sheet && kept.rev === head.rev) paint(kept.sheet);
  else {
    createImageBitmap(new Blob([arrays.sheet], {type: 'image/png'})).then(sheet => {
      Object.assign(kept, {sheet, rev: head.rev});
      paint(sheet);
    });
  }
  return onResize(part, layout);
}
