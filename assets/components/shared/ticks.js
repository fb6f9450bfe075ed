// Round numbers between two ends, at most so many: steps of 1, 2 or 5 times a power of ten.
function roundTicks(from, to, most = 5) {
  const raw = (to - from) / Math.max(1, most);
  if (!(raw > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(m => m * power >= raw * 0.999);
  const ticks = [];
  for (let k = Math.ceil(from / step - 1e-9); k * step <= to + step * 1e-9; k++) ticks.push(+(k * step).toPrecision(12));
  return ticks;
}
