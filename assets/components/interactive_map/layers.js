// What lies below the points of a map: trust or the round trip as a colour, and decoded pictures.
const WALL_PX = 42;

// `ask` sends a question to the engine; `seen` is the window that is looked at, `size` its pixels.
function mapLayers(part, head, kept, {ask, isReady, redraw, size, seen}) {
  function askField() {
    if (!kept.trust || !isReady() || !head.trust) { kept.field = null; redraw(); return; }
    const [w, h] = size(), window_ = seen();
    kept.window = window_;
    kept.painted = kept.trust;
    ask({what: 'field', of: kept.trust, ...window_, nx: 72, ny: Math.max(8, Math.round(72 * h / w)), id: ++kept.asked});
  }
  function keepField({trust, nx, ny, id}) {
    if (id !== kept.asked) return;
    const canvas = document.createElement('canvas'), picture = new ImageData(nx, ny);
    canvas.width = nx; canvas.height = ny;
    const [r, g, b] = kept.painted === 'trip' ? [213, 94, 0] : [0, 114, 178];
    const most = kept.painted === 'trip' ? 95 : 150;
    trust.forEach((t, i) => picture.data.set([r, g, b, Math.round(most * t)], 4 * i));
    canvas.getContext('2d').putImageData(picture, 0, 0);
    kept.field = {canvas, ...kept.window};
    part.dataset.field = id;
    redraw();
  }

  // Decoded pictures behind the points, row by row, so that the pointer is answered in between.
  function askWall() {
    if (!kept.pictures || !isReady() || !head.decoder) { kept.wall = null; redraw(); return; }
    const [w, h] = size(), nx = Math.max(2, Math.round(w / WALL_PX)), ny = Math.max(2, Math.round(h / WALL_PX)), canvas = document.createElement('canvas');
    canvas.width = nx * head.decoder.shape[2]; canvas.height = ny * head.decoder.shape[1];
    kept.coming = {canvas, ...seen(), nx, ny, id: ++kept.asked_wall};
    askRow(0);
  }
  function askRow(j) {
    const {x0, y0, x1, y1, nx, ny, id} = kept.coming;
    ask({what: 'row', x0, x1, y: y1 - (j + .5) / ny * (y1 - y0), nx, least: 0.35, at: j, id});
  }
  function keepRow({pixels, nx, at, id}) {
    if (!kept.coming || id !== kept.coming.id) return;
    const [, H, W] = head.decoder.shape;
    kept.coming.canvas.getContext('2d').putImageData(new ImageData(pixels, nx * W, H), 0, at * H);
    if (at === 0 && !kept.wall) kept.wall = kept.coming;
    if (at + 1 < kept.coming.ny) { askRow(at + 1); if (kept.wall === kept.coming) redraw(); return; }
    kept.wall = kept.coming;
    part.dataset.wall = id;
    redraw();
  }

  return {askField, keepField, askWall, keepRow};
}
