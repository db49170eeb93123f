// Writes numbers.txt: numbers as node prints them, one a line. Run:
// node numbers.mjs > numbers.txt. What ECMAScript prints reads back as the same
// number, so the text names the number as well.
let seed = 4711;
const next = n => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};
const view = new DataView(new ArrayBuffer(8));
const numbers = [0, 1e21, 1e21 - 65536, 1e20, 999999999999999900000, 123456789012345680000, 1e-6, 1e-7, 9.999999e-7, 0.0000012, 1.5e-7, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, 1.7976931348623157e308,
  2 ** 53, 2 ** 53 - 1, 2 ** 53 + 2, 2 ** 63, 2 ** 64, 0.1 + 0.2, 4.35, 100, 1e15, 1e16, 1e17, 123e-20, 1e100, 1e-100, 1.25e22, 5e-7, 4503599627370496.5, 9007199254740993];
for (let e = -330; e <= 308; e++) for (const m of [1, 1.5, 9.999999999999999, 1.0000000000000002]) numbers.push(Number(`${m}e${e}`));
for (let e = -1074; e <= 1023; e++) numbers.push(2 ** e);
for (let i = 0; i < 3000; i++) {
  for (let j = 0; j < 8; j++) view.setUint8(j, next(256));
  numbers.push(view.getFloat64(0));
}
for (let i = 0; i < 1500; i++) numbers.push(next(1 << 24) / 10 ** next(12));
for (let i = 0; i < 1000; i++) numbers.push(next(1 << 24) * 10 ** next(20) + next(1 << 20));
for (let i = 0; i < 500; i++) numbers.push(next(1000) * 10 ** -(next(12)));
const out = [];
for (const x of numbers) if (Number.isFinite(x)) out.push(String(Math.abs(x)));
console.log([...new Set(out)].join('\n'));
