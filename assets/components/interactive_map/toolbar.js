// The buttons above a map, and the scale of what colours it.
const TOOLS = {lasso: 'Lasso', box: 'Box', path: 'Path', move: 'Move'};
const TOOL_HELP = {
  lasso: 'Draw around points to select them', box: 'Drag a box to select points',
  path: 'Drag from one position to another to see the pictures on the path', move: 'Drag to move the map (with the others: hold Shift)',
};

// `act` holds what each button does: take(tool), nearer, farther, whole, pictures, lay(layer).
function mapTools(box, head, kept, act) {
  const button = (name, title, onclick, pressed) => {
    const made = document.createElement('button');
    Object.assign(made, {type: 'button', className: 'tool', textContent: name, title, onclick});
    if (pressed !== undefined) made.setAttribute('aria-pressed', String(pressed));
    return made;
  };
  const gap = () => Object.assign(document.createElement('span'), {className: 'gap'});
  const offered = Object.entries(TOOLS).filter(([tool]) => tool !== 'path' || head.paths);
  const tools = offered.map(([tool, name]) => button(name, TOOL_HELP[tool], () => act.take(tool), kept.tool === tool));
  const view = [
    button('+', 'Zoom in (wheel, +)', act.nearer), button('−', 'Zoom out (wheel, -)', act.farther), button('Whole', 'The whole map (0)', act.whole),
  ];
  const wall = head.decoder ? [button('Pictures', 'What the model decodes at each position, behind the points', act.pictures, kept.pictures)] : [];
  const layers = head.trust && head.inverse ? [
    button('Trust', 'How reliable a decoded picture is: the bluer, the more', () => act.lay('trust'), kept.trust === 'trust'),
    button('Round trip', 'How far a picture, decoded and encoded again, is from where it was: the redder, the farther', () => act.lay('trip'), kept.trust === 'trip'),
  ] : [];
  box.replaceChildren(...tools, gap(), ...view, gap(), ...wall, ...layers);
}

function valueScale(box, colour, format) {
  const span = (text, className = '') => Object.assign(document.createElement('span'), {textContent: text, className});
  const scale = Object.assign(document.createElement('div'), {className: 'scale'}), ramp = span('', 'ramp');
  ramp.style.background = `linear-gradient(90deg, ${colour.stops.join(', ')})`;
  scale.append(span(format(colour.low)), ramp, span(format(colour.high)), span(colour.title));
  box.replaceChildren(scale);
}
