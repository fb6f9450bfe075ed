// One picture moved along a direction: a strip of it, and a slider through all places between.
const KEPT = new WeakMap();

export default function ({data, parentElement, setStateValue}) {
  if (!(data instanceof Uint8Array)) return;
  const {head, arrays} = unpack(data), {n, places, stops} = head, [h, w] = head.tile;
  const part = parentElement.querySelector('.part'), now = part.querySelector('.now'), strip = part.querySelector('.strip');
  const slider = part.querySelector('input'), marks = part.querySelector('.marks');
  const kept = KEPT.get(parentElement) || {};
  KEPT.set(parentElement, kept);
  const nearest = at => places.reduce((best, place, i) => Math.abs(place - at) < Math.abs(places[best] - at) ? i : best, 0);
  if (kept.of !== head.of) { kept.of = head.of; kept.i = nearest(head.at); }  // else a hand has moved it since
  const signed = v => (v < -0.05 ? '−' : v > 0.05 ? '+' : '') + Math.abs(v).toFixed(1);

  part.style.setProperty('--n', stops.length);
  slider.max = n - 1;
  slider.setAttribute('aria-label', head.label);
  const canvasOf = () => {
    const canvas = document.createElement('canvas');
    canvas.width = w; canvas.height = h; canvas.className = w > 96 ? 'smooth' : '';
    return canvas;
  };
  const large = now.querySelector('canvas');
  large.width = w; large.height = h; large.className = w > 180 ? 'smooth' : '';
  const pictures = stops.map(i => {
    const button = document.createElement('button'), canvas = canvasOf(), words = document.createElement('div');
    button.type = 'button';
    words.textContent = signed(places[i]);
    button.setAttribute('aria-label', say('moved', {position: signed(places[i])}));
    button.append(canvas, words);
    button.onclick = () => { go(i); tell(); };
    return {button, canvas, i};
  });
  strip.replaceChildren(...pictures.map(({button}) => button));
  marks.replaceChildren(...head.marks.map(({name, at, own}) => {
    const mark = document.createElement('div'), share = (at - places[0]) / (places[n - 1] - places[0]);
    mark.className = own ? 'mark own' : 'mark';
    mark.style.left = 100 * Math.min(1, Math.max(0, share)) + '%';
    mark.textContent = name;  // a class's name is a user's text: never markup
    mark.title = `${name}: ${signed(at)}`;
    return mark;
  }));

  const draw = (canvas, i) => {
    if (!kept.sheet || kept.rev !== head.rev) return;
    const g = canvas.getContext('2d');
    g.drawImage(kept.sheet, (i % head.sheet_columns) * w, Math.floor(i / head.sheet_columns) * h, w, h, 0, 0, w, h);
  };
  function go(i) {
    kept.i = i;
    slider.value = i;
    slider.setAttribute('aria-valuetext', say('deviations', {position: signed(places[i])}));
    now.querySelector('figcaption').textContent = say('moved', {position: signed(places[i])});
    large.setAttribute('aria-label', say('picture', {position: signed(places[i])}));
    draw(large, i);
    part.dataset.at = i;
  }
  const tell = () => setStateValue('at', places[kept.i]);
  slider.oninput = () => go(+slider.value);
  slider.onchange = tell;

  const paint = () => {
    pictures.forEach(({canvas, i}) => draw(canvas, i));
    go(kept.i);
    part.dataset.painted = head.rev;
  };
  go(kept.i);
  if (kept.sheet && kept.rev === head.rev) paint();
  else createImageBitmap(new Blob([arrays.sheet], {type: 'image/png'})).then(sheet => { Object.assign(kept, {sheet, rev: head.rev}); paint(); });
}
