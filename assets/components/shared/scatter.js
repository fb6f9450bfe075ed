// Points of a plane, coloured by class: one scale for both axes, dots, and which lies under the pointer.

// Where a point lies on a canvas on which the whole of `box`, [x0, y0, x1, y1], has room; `behind` is the way back.
function planeScale([x0, y0, x1, y1], width, height, pad) {
  const k = Math.min((width - 2 * pad) / (x1 - x0 || 1), (height - 2 * pad) / (y1 - y0 || 1));
  const cx = (x0 + x1) / 2, cy = (y0 + y1) / 2;
  return {
    k, cx, cy, X: x => width / 2 + (x - cx) * k, Y: y => height / 2 - (y - cy) * k,
    behind: (px, py) => [(px - width / 2) / k + cx, (height / 2 - py) / k + cy],
  };
}

const dotRadius = n => n > 1200 ? 2.4 : n > 400 ? 3 : 4;

// `colourOf` gives the colour of point i, null where it is hidden. xy: x and y in turn.
function drawDots(g, xy, {X, Y}, colourOf, radius, alpha) {
  g.globalAlpha = alpha;
  for (let i = 0; 2 * i < xy.length; i++) {
    const colour = colourOf(i);
    if (colour === null) continue;
    g.fillStyle = colour;
    g.beginPath(); g.arc(X(xy[2 * i]), Y(xy[2 * i + 1]), radius, 0, 6.284); g.fill();
  }
  g.globalAlpha = 1;
}

function drawZeroLines(g, {X, Y}, width, height, colour) {
  const x = Math.round(X(0)) + .5, y = Math.round(Y(0)) + .5;
  g.strokeStyle = colour; g.lineWidth = 1;
  g.beginPath(); g.moveTo(x, 0); g.lineTo(x, height); g.moveTo(0, y); g.lineTo(width, y); g.stroke();
}

// The nearest point that is not hidden within so many pixels, -1 where there is none.
function dotUnder(xy, {X, Y}, isHidden, px, py, near_px) {
  let best = -1, least = near_px ** 2;
  for (let i = 0; 2 * i < xy.length; i++) {
    if (isHidden(i)) continue;
    const d = (X(xy[2 * i]) - px) ** 2 + (Y(xy[2 * i + 1]) - py) ** 2;
    if (d < least) { least = d; best = i; }
  }
  return best;
}

function showTip(tip, text, x, y, width, above_px) {
  tip.textContent = text;
  tip.style.display = 'block';
  tip.style.left = Math.max(4, Math.min(x + 12, width - tip.offsetWidth - 4)) + 'px';
  tip.style.top = Math.max(4, y - above_px) + 'px';
}
