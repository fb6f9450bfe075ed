// What is said of a point, and of a decoded place.
function mapWords(head, arrays) {
  const number = v => Math.abs(v) >= 1000 || (v !== 0 && Math.abs(v) < 0.001) ? v.toExponential(1) : (+v.toPrecision(3)).toString();

  function pointWords(i) {
    const lines = [head.names[i] || `#${arrays.row[i]}`];
    if (arrays.label[i] !== NO_LABEL) lines.push(`class ${head.label_names[arrays.label[i]]}`);
    lines.push(`${head.parts[arrays.part[i]]} part`, `error ${number(arrays.error[i])}`);
    if (arrays.value) lines.push(`${head.colour.title}: ${number(arrays.value[i])}`);
    if (arrays.kept) lines.push(`${Math.round(100 * arrays.kept[i])} % of its neighbours preserved`);
    return lines.join('\n');
  }

  const stepsWords = steps => steps === undefined ? '' : `\nround-trip distance ${steps < 10 ? steps.toFixed(1) : Math.round(steps)} steps`;
  function trustWords({trust, expected, presence, strayed}) {
    if (trust === undefined) return 'decoded here';
    if (presence < 0.5) return 'Extrapolated\nno data here' + stepsWords(strayed);
    const word = trust >= 0.66 ? 'Reliable' : trust >= 0.33 ? 'Roughly correct' : 'Unreliable';
    return `${word}\ntrust ${trust.toFixed(2)} of 1\nerror here about ${number(expected)}` + stepsWords(strayed);
  }

  return {number, pointWords, trustWords};
}
