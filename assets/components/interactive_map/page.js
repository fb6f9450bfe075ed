// A page without a server: the map in it, and the pictures of what is selected below.
const packed = document.getElementById('packed').textContent;
const data = Uint8Array.from(atob(packed), c => c.charCodeAt(0));
const wall = document.querySelector('.wall'), told = document.querySelector('.told');
const N_WALL = 240, SIDE = 44;

function onChosen({places, sheet, drawTile, tile, total}) {
  const counts = {n: places.length.toLocaleString(LOCALE), total: total.toLocaleString(LOCALE), shown: N_WALL};
  told.textContent = say(!places.length ? 'select' : places.length > N_WALL ? 'selected_shown' : 'selected', counts);
  const step = Math.max(1, places.length / N_WALL), shown = Array.from({length: Math.min(N_WALL, places.length)}, (_, i) => places[Math.floor(i * step)]);
  wall.replaceChildren(...(sheet ? shown : []).map(i => {
    const canvas = document.createElement('canvas'), [h, w] = tile;
    canvas.width = w; canvas.height = h;
    canvas.style.width = SIDE + 'px'; canvas.style.height = SIDE * h / w + 'px';
    drawTile(canvas.getContext('2d'), i, 0, 0, w, h);
    return canvas;
  }));
  wall.dataset.pictures = wall.childElementCount;
}

const mounted = {data, parentElement: document.querySelector('main'), setStateValue: () => {}, onChosen};
let end = livingMap(mounted);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { end(); end = livingMap(mounted); });
