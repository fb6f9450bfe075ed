// A map whose decoder stays on the server: asked where the pointer rests, one question at a time.
// Questions and answers travel as events of the document to and from map_server beside the map.
const REST_MS = 120, PATIENCE_MS = 8000;
const SLOW_MS = 100;  // a decoder that takes longer here does not follow a pointer

function livingServed(key, heard) {
  const born = Math.random().toString(36).slice(2);
  let resting = 0, wanted = null, asked = null, since = 0, n = 0;
  function ask() {
    if (!wanted || (asked && performance.now() - since < PATIENCE_MS)) return;
    asked = {key, id: `${born}.${++n}`, ...wanted};
    wanted = null;
    since = performance.now();
    document.dispatchEvent(new CustomEvent('living-ask', {detail: asked}));
  }
  function answered({detail}) {
    if (!asked || detail.id !== asked.id) return;
    const {x, y} = asked;
    asked = null;
    heard({...detail, x, y, ms: performance.now() - since, isLast: !wanted});
    clearTimeout(resting);
    resting = setTimeout(ask, REST_MS);
  }
  document.addEventListener('living-answer', answered);
  return {
    rest: (x, y) => { wanted = {x, y}; clearTimeout(resting); resting = setTimeout(ask, REST_MS); },
    leave: () => { wanted = null; clearTimeout(resting); },
    end: () => { clearTimeout(resting); document.removeEventListener('living-answer', answered); },
  };
}
