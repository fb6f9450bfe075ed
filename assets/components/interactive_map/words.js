// What is said of a point, and of a decoded place.
function mapWords(head, arrays) {
  const number = v => Math.abs(v) >= 1000 || (v !== 0 && Math.abs(v) < 0.001) ? v.toExponential(1) : (+v.toPrecision(3)).toString();

  function pointWords(i) {
    const lines = [head.names[i] || `#${arrays.row[i]}`];
    if (arrays.label[i] !== NO_LABEL) lines.push(say('point_class', {name: head.label_names[arrays.label[i]]}));
    lines.push(say('point_part', {part: head.parts[arrays.part[i]]}), say('point_error', {error: number(arrays.error[i])}));
    if (arrays.value) lines.push(say('point_value', {title: head.colour.title, value: number(arrays.value[i])}));
    if (arrays.kept) lines.push(say('kept', {percent: Math.round(100 * arrays.kept[i])}));
    return lines.join('\n');
  }

  const stepsWords = steps => steps === undefined ? '' : '\n' + say('steps', {steps: steps < 10 ? steps.toFixed(1) : Math.round(steps)});
  function trustWords({trust, expected, presence, strayed}) {
    if (trust === undefined) return say('decoded');
    if (presence < 0.5) return say('extrapolated') + stepsWords(strayed);
    const word = say(trust >= 0.66 ? 'reliable' : trust >= 0.33 ? 'roughly' : 'unreliable');
    return [word, say('trust_of', {trust: trust.toFixed(2)}), say('error_here', {error: number(expected)})].join('\n') + stepsWords(strayed);
  }

  return {number, pointWords, trustWords};
}
