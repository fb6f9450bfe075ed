// Counts as calm horizontal bars, one colour each, with the name before and the number behind.
export default function ({data, parentElement}) {
  if (!(data instanceof Uint8Array)) return;
  const {head} = unpack(data);
  const bars = parentElement.querySelector('.bars');
  bars.style.setProperty('--most', head.height + 'px');
  const most = Math.max(1, ...head.counts);

  function cell(className, words) {
    const found = document.createElement('div');
    found.className = className;
    found.textContent = words;  // a folder's name is a user's text: never markup
    return found;
  }

  bars.replaceChildren(...head.names.map((name, i) => {
    const bar = cell('bar', '');
    bar.setAttribute('role', 'listitem');
    bar.setAttribute('aria-label', `${name}: ${head.texts[i]}`);
    const named = cell('name', name);
    named.title = name;
    const track = cell('track', ''), fill = cell('fill', '');
    fill.style.width = 100 * head.counts[i] / most + '%';
    fill.style.setProperty('--colour', head.colours[i]);
    track.append(fill);
    bar.append(named, track, cell('count', head.texts[i]));
    return bar;
  }));
}
