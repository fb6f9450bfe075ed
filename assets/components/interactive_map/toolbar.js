// The buttons above a map, and the scale of what colours it.
const TOOLS = ['lasso', 'box', 'path', 'move'];

// `act` holds what each button does: take(tool), nearer, farther, whole, pictures, lay(layer).
function mapTools(box, head, kept, act) {
  const button = (name, title, onclick, pressed) => {
    const made = document.createElement('button');
    Object.assign(made, {type: 'button', className: 'tool', textContent: name, title, onclick});
    if (pressed !== undefined) made.setAttribute('aria-pressed', String(pressed));
    return made;
  };
  const gap = () => Object.assign(document.createElement('span'), {className: 'gap'});
  const offered = TOOLS.filter(tool => tool !== 'path' || head.paths);
  const tools = offered.map(tool => button(say(tool), say(tool + '_help'), () => act.take(tool), kept.tool === tool));
  const view = [
    button('+', say('zoom_in'), act.nearer), button('−', say('zoom_out'), act.farther), button(say('whole'), say('whole_help'), act.whole),
  ];
  const wall = head.decoder ? [button(say('pictures'), say('pictures_help'), act.pictures, kept.pictures)] : [];
  const layers = head.trust && head.inverse ? [
    button(say('trust'), say('trust_help'), () => act.lay('trust'), kept.trust === 'trust'),
    button(say('trip'), say('trip_help'), () => act.lay('trip'), kept.trust === 'trip'),
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
