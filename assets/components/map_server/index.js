// The other end of living_served.js: hands places to Python, and Python's pictures to the map.
const ASKED = new WeakMap();

export default function ({data, parentElement, setStateValue}) {
  const before = ASKED.get(parentElement);
  if (before) document.removeEventListener('living-ask', before);
  const ask = ({detail}) => setStateValue('place', detail);
  document.addEventListener('living-ask', ask);
  ASKED.set(parentElement, ask);
  if (data instanceof Uint8Array && data.length) {
    const {head, arrays} = unpack(data);
    document.dispatchEvent(new CustomEvent('living-answer', {detail: {id: head.id, shape: head.shape, lines: head.lines, rgb: arrays.rgb}}));
  }
  return () => document.removeEventListener('living-ask', ask);
}
