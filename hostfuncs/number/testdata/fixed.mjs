// Writes fixed.txt: what Number.prototype.toFixed of node gives. Run:
// node fixed.mjs > fixed.txt. Each line is a number in its shortest form, the
// number of decimal places, and the text.
let seed = 99;
const next = n => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};
const view = new DataView(new ArrayBuffer(8));
const bits = () => {
  view.setUint32(0, (next(1 << 16) << 16) | next(1 << 16));
  view.setUint32(4, (next(1 << 16) << 16) | next(1 << 16));
  return view.getFloat64(0);
};
const lines = [];
const add = (x, places) => { if (Number.isFinite(x)) lines.push(`${x} ${places} ${x.toFixed(places)}`); };
for (const x of [0, -0, 0.5, 1.5, 2.5, -0.5, -2.5, 0.125, 0.375, 1.005, 1.45, 8.345, 0.000001, 9.5, 99.5, 999.95, -9.5, 1e20, 123456789012345680000, 1e21, -1e21, 5e-324, 1.7976931348623157e308, 0.1, 0.7, 10.235, 1.0000000000000002, 4503599627370496.5, 4503599627370497.5, 0.49999999999999994])
  for (const places of [0, 1, 2, 3, 20, 100]) add(x, places);
for (let i = 0; i < 1000; i++) add((next(2000000) - 1000000) / 2 ** next(12), next(12)); // many exact halves
for (let i = 0; i < 500; i++) add((next(2000000) - 1000000) / 1000, next(4));
for (let i = 0; i < 300; i++) add(bits(), next(30));
console.log(lines.join('\n'));
