// A network drawn layer by layer: block size speaks of the tensor that leaves the layer.
const SVG = 'http://www.w3.org/2000/svg';

// (C, H, W): a sheet of H by W, C deep. (F,): a bar. Sizes are roots of the share of the largest
// in this network, so that a code of 2 beside a layer of 4,096 can still be seen.
function boxes(shapes) {
  const most = (of, among) => Math.max(1, ...among.map(of));
  const maps = shapes.filter(s => s.length === 3), rows = shapes.filter(s => s.length !== 3);
  const side = most(s => Math.max(s[1], s[2]), maps), deep = most(s => s[0], maps), long = most(s => s[0], rows);
  return shape => {
    if (shape.length === 3) {
      const [c, h, w] = shape, edge = v => 12 + 64 * Math.sqrt(v / side);
      return {w: edge(w) * .6, h: edge(h), d: 4 + 26 * Math.sqrt(c / Math.max(deep, 16))};
    }
    return {w: 13, h: 10 + 106 * (shape[0] / Math.max(long, 512)) ** .45, d: 5};
  };
}

function block({w, h, d}) {
  const lift = d * .6;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('width', w + d + 3);
  svg.setAttribute('height', h + lift + 3);
  svg.setAttribute('aria-hidden', 'true');
  const add = (cls, points) => {
    const p = document.createElementNS(SVG, 'polygon');
    p.setAttribute('class', cls);
    p.setAttribute('stroke-linejoin', 'round');
    p.setAttribute('points', points.map(([x, y]) => `${x + 1.5},${y + 1.5}`).join(' '));
    svg.append(p);
  };
  add('side', [[0, lift], [d, 0], [w + d, 0], [w, lift]]);
  add('side', [[w, lift], [w + d, 0], [w + d, h], [w, h + lift]]);
  add('face', [[0, lift], [w, lift], [w, h + lift], [0, h + lift]]);
  return svg;
}

function words(cls, text) {
  const div = document.createElement('div');
  div.className = cls;
  div.textContent = text;
  return div;
}

export default function ({data, parentElement}) {
  if (!data || !data.groups) return;
  const part = parentElement.querySelector('.part'), strip = part.querySelector('.strip');
  const sizes = boxes(data.groups.flatMap(g => g.layers.map(l => l.shape)));
  const n = data.groups.reduce((sum, g) => sum + g.layers.length, 0);
  part.classList.toggle('dense', n > 13);
  strip.replaceChildren(...data.groups.map(group => {
    const outer = document.createElement('div');
    outer.className = `group ${group.kind}`;
    outer.style.flexGrow = group.layers.length;
    const layers = document.createElement('div');
    layers.className = 'layers';
    layers.append(...group.layers.map(layer => {
      const one = document.createElement('div');
      one.className = `layer ${layer.io ? 'io' : ''}`;
      one.title = layer.told;
      const drawing = document.createElement('div');
      drawing.className = 'drawing';
      const size = sizes(layer.shape);
      one.style.minWidth = size.w + size.d + 10 + 'px';
      drawing.append(block(size));
      one.append(drawing, words('name', layer.name), words('shape', layer.size), words('count', layer.count), words('then', layer.then));
      return one;
    }));
    const title = document.createElement('h4');
    title.textContent = group.title;
    outer.append(title, layers);
    return outer;
  }));
  part.dataset.layers = n;
  part.dataset.overflow = strip.scrollWidth > strip.clientWidth + 1;
}
