// What stands outside the brackets of the made-up language, and elements that cut off their own text.
() => {
  const left = [], cut = [];
  let depth = 0, around = '';
  const outside = text => {
    let kept = '';
    for (const sign of text) {
      if (sign === '⟦') depth++;
      else if (sign === '⟧') depth = Math.max(0, depth - 1);
      else if (!depth) kept += sign;
    }
    return kept;
  };
  const note = (text, where) => { if (/[a-z]{2}/.test(text)) left.push(`${where}: ${text.trim()}`); };
  // what is Streamlit's own, and what is drawn by ligatures of an icon font
  const SKIP = '[data-testid=stIconMaterial], [data-testid=stToolbar], [data-testid=stStatusWidget], '
    + '[data-testid=stMainMenu], [data-testid=stFileUploaderDropzone], [data-testid=stElementToolbar], '
    + 'style, script, svg, noscript, .modebar, .stDataFrame';
  const isIcon = node => getComputedStyle(node).fontFamily.includes('Material Symbols');
  const walk = node => {
    if (node.nodeType === Node.TEXT_NODE) { note(outside(node.data), 'text'); return; }
    if (node.nodeType !== Node.ELEMENT_NODE && node.nodeType !== Node.DOCUMENT_FRAGMENT_NODE) return;
    if (node instanceof Element) {
      if (node.matches(SKIP) || !node.checkVisibility() || isIcon(node)) return;
      const block = getComputedStyle(node).display !== 'inline';
      if (block) depth = 0;
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
        const value = node.getAttribute(name), before = depth;
        depth = 0;
        if (value && !value.endsWith(' icon')) note(outside(value), name);
        depth = before;
      }
      const style = getComputedStyle(node);
      const hides = style.overflowX === 'hidden' || style.textOverflow === 'ellipsis';
      if (hides && node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0
          && [...node.childNodes].some(c => c.nodeType === Node.TEXT_NODE && c.data.includes('⟦')))
        cut.push(`${node.tagName}.${node.className}: ${node.textContent.slice(0, 80)}`);
      if (node.shadowRoot) node.shadowRoot.childNodes.forEach(walk);
    }
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return {left, cut};
}
