// Writes mathjs.json: what math.js 7.6.0 answers for expressions made here.
// Run in a folder where that version is installed: node mathjs.mjs > mathjs.json
//
// Each line is [expression, result]; the result is a number, a truth value, or
// null where math.js fails or gives no finite real number.
import { createRequire } from 'node:module';
const { evaluate } = createRequire(process.cwd() + '/')('mathjs');

let seed = 7;
const next = n => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};
const pick = list => list[next(list.length)];

const fixed = [
  '-7%3', '7%3', '7.5%2', 'round(-2.5)', 'round(2.5)', 'round(2.345,2)', 'round(1.005,2)', 'round(-1.005,2)', 'round(9.995,2)', 'round(0.049,1)', 'round(123.456,0)', 'round(0.5)', 'round(99.99,1)', 'round(-0.96,1)',
  '5 ^| 3', '5 & 3', '5 | 3', '~5', '~~5', '1<<4', '-9>>1', '-9>>>28', '1<<33', '1 << 2 + 1', '5 & 3 == 3', '1.5 & 1',
  '1/2 pi', '6/2(1+2)', '6/2 pi', '2 pi^2', '2(3)', '(2)3', '(2) 3', '2 3', 'pi 2', 'pi 2 3', '2 pi 3', '2e', '2e1', '2.e1', '5.', '.5', '.5.5', '1/2(3)', '1/2/3 pi', '2^3(4)', '(1+2)(3+4)', '3!2', '3! pi',
  '2^-1', '-2^2', '(-2)^2', '2^3^2', '2^-3^2', '-5!', '2^3!', '3!!', '0.5!', '0!', '170!', '171!', '(-1)!', '2 -- 3', '2 +- 3', '- - 3', '+3', '2 * -3',
  '0.1+0.2==0.3', '1e-16==0', '1==1.0000000000001', '1==1.00000000001', '1<1.0000000000001', '1<2<3', '3>2>1', '1<3<2', '1==1==1', '2==2==1', '1!=2!=1', 'true==1', 'true+1', 'true>false',
  'ceil(3.0000000000000004)', 'floor(2.9999999999999996)', 'ceil(1.2)', 'floor(-1.2)', 'floor(1e300)', 'ceil(0.1*3*10)',
  'not 5', 'not 0', 'not (2 >= 3) xor true', 'not 2>=3', 'true and (true or false) and (4>pi)', '5 xor 3', '1 or 2 and 0', '0 and 1 or 1', '2 > 1 and 3', 'true ? 1 : 2', '0 ? 1 : 0 ? 3 : 4', '1 ? (0 ? 5 : 6) : 7', '(1 > 2) ? sqrt(-1) : 3',
  'max(1,3,2)', 'min(3,1,2)', 'max(10,11,12)^2*pi', 'log(8,2)', 'log(100)', 'log10(1000)', 'log(-1)', 'log10(-1)', 'log(0)', 'exp(1)', 'pow(2,3)', 'pow(-8,1/3)', '(-8)^(1/3)', 'sqrt(16)', 'sqrt(-4)', 'asin(2)', 'acos(-2)', 'atan(1)', 'sinh(1)', 'cosh(1)', 'tanh(1)', 'sin(pi/2)', 'tan(0.5)', 'abs(-10)',
  '1/0', '0/0', '1e400', '1/(1/0)', '0^0', '0x1F', '0b101', '0o17', '2+3*4 # note', '3*7%4', '10/2%3', '8-3%2', '7%4*3', '12 mod 5', '-12 mod 5', '3 mod 2 * 5', '2 .* 3', '6 ./ 4', '2 .^ 3', '1..5', '', '   ', '()', '1+', '*2', '(1', '1)', 'max(1,)', 'max(,1)', 'foo', 'foo(1)', 'sin', 'pi(2)', 'sqrt()', 'sqrt(1,2,3)', '1,2', '@', '2 $ 3', 'not', '1 not 2', 'and 1',
];
const numbers = ['0', '1', '2', '3', '4', '7', '10', '0.5', '2.5', '1.25', 'pi', 'true', 'false', '1e2'];
const binary = ['+', '-', '*', '/', '+', '-', '*', '/', ' and ', ' or ', ' xor ', '==', '!=', '<', '<=', '>', '>=', ' '];
const integer = () => String(next(40) - (next(3) === 0 ? 20 : 0));
// Left out: bitwise operators on truth values and remainders by 0, where math.js
// does what nobody expects, and powers that become complex inside an expression.
const make = depth => {
  if (depth === 0 || next(5) === 0) return pick(numbers);
  switch (next(10)) {
    case 0: return '(' + make(depth - 1) + ')';
    case 1: return pick(['-', '+', ' not ', '-']) + make(depth - 1);
    case 2: return pick(['abs', 'floor', 'ceil', 'round', 'exp', 'sin', 'cos', 'atan']) + '(' + make(depth - 1) + ')';
    case 3: return pick(['min', 'max']) + '(' + make(depth - 1) + ',' + make(depth - 1) + ')';
    case 4: return next(3) ? make(depth - 1) : pick(['2', '3', '4', '(1+2)', 'pow(3,2)', '5^2', '2^3^2', 'sqrt(9)']) + pick(['', '!']);
    case 5: return '(' + integer() + pick(['&', '|', ' ^| ', '<<', '>>']) + integer() + pick(['', '+', '&', '|', '>>']) + integer() + ')';
    case 6: return make(depth - 1) + pick(['%', ' mod ']) + pick(['3', '2.5', '7', 'pi', '(3)']);
    case 7: return make(depth - 1) + '^' + pick(['2', '-1', '3', '0']);
    default: return make(depth - 1) + pick(binary) + make(depth - 1);
  }
};
const lines = [];
const add = e => {
  let r = null;
  try {
    r = evaluate(e);
  } catch { /* stays null */ }
  if (typeof r !== 'boolean' && (typeof r !== 'number' || !Number.isFinite(r))) r = null;
  lines.push(JSON.stringify([e, r]));
};
fixed.forEach(add);
while (lines.length < 3000) add(make(4));
console.log('[\n' + lines.join(',\n') + '\n]');
