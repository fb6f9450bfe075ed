// What is drawn over the points of a map: outlines, paths, arrows, rings, letters, a star, axis titles.
function mapMarks(theme, toX, toY) {
  function outline(g, {kind, x, y}) {
    const xs = x.map(toX), ys = y.map(toY);
    g.beginPath();
    if (kind === 'box') g.rect(Math.min(...xs), Math.min(...ys), Math.abs(xs[1] - xs[0]), Math.abs(ys[1] - ys[0]));
    else { xs.forEach((px, i) => g.lineTo(px, ys[i])); g.closePath(); }
    g.strokeStyle = theme.accent; g.lineWidth = 1.5; g.setLineDash([5, 4]); g.stroke(); g.setLineDash([]);
  }
  function pathLine(g, [ax, ay, bx, by]) {
    for (const [colour, width] of [[theme.paper, 5], [theme.ink, 2]]) {
      g.strokeStyle = colour; g.lineWidth = width; g.beginPath(); g.moveTo(toX(ax), toY(ay)); g.lineTo(toX(bx), toY(by)); g.stroke();
    }
    ring(g, toX(ax), toY(ay), theme.ink, 4); ring(g, toX(bx), toY(by), theme.ink, 7);
  }
  function letter(g, x, y, name) {
    ring(g, x, y, theme.ink, 7);
    g.font = `700 15px ${theme.font}`; g.textAlign = 'center'; g.textBaseline = 'bottom'; g.lineWidth = 4; g.lineJoin = 'round';
    g.strokeStyle = theme.paper; g.strokeText(name, x, y - 10); g.fillStyle = theme.ink; g.fillText(name, x, y - 10);
  }
  function arrow(g, [ax, ay, bx, by]) {  // from group B to group A, in pixels
    const length = Math.hypot(bx - ax, by - ay) || 1, ux = (bx - ax) / length, uy = (by - ay) / length;
    for (const [colour, width] of [[theme.paper, 8], [theme.ink, 3.5]]) {
      g.strokeStyle = colour; g.lineWidth = width; g.lineCap = 'round'; g.lineJoin = 'round';
      g.beginPath(); g.moveTo(ax, ay); g.lineTo(bx, by);
      g.moveTo(bx - 13 * ux - 8 * uy, by - 13 * uy + 8 * ux); g.lineTo(bx, by); g.lineTo(bx - 13 * ux + 8 * uy, by - 13 * uy - 8 * ux); g.stroke();
    }
    g.font = `600 15px ${theme.font}`; g.textAlign = 'center'; g.textBaseline = 'middle';
    for (const [name, x, y, side] of [['B', ax, ay, -1], ['A', bx, by, 1]]) {
      g.strokeStyle = theme.paper; g.lineWidth = 5; g.strokeText(name, x + side * 16 * ux, y + side * 16 * uy);
      g.fillStyle = theme.ink; g.fillText(name, x + side * 16 * ux, y + side * 16 * uy);
    }
  }
  function ring(g, x, y, colour, r) {
    for (const [c, width] of [[theme.paper, 4], [colour, 2]]) { g.strokeStyle = c; g.lineWidth = width; g.beginPath(); g.arc(x, y, r, 0, 6.284); g.stroke(); }
  }
  function star(g, x, y) {
    g.beginPath();
    for (let i = 0; i < 10; i++) {
      const r = i % 2 ? 5 : 12, turn = -Math.PI / 2 + i * Math.PI / 5;
      g.lineTo(x + r * Math.cos(turn), y + r * Math.sin(turn));
    }
    g.closePath();
    g.fillStyle = '#E8112D'; g.fill(); g.strokeStyle = '#fff'; g.lineWidth = 1.5; g.stroke();
  }

  function axisTitles(g, titles, w, h) {
    g.fillStyle = theme.faint; g.font = `12px ${theme.font}`; g.textBaseline = 'bottom'; g.textAlign = 'center';
    g.fillText(titles[0], w / 2, h - 4);
    g.save(); g.translate(4, h / 2); g.rotate(-Math.PI / 2); g.textBaseline = 'top';
    g.fillText(titles[1], 0, 0);
    g.restore();
  }

  return {outline, pathLine, letter, arrow, ring, star, axisTitles};
}
