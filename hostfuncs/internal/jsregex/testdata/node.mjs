// Writes node.json: what the ECMAScript engine of node answers for patterns
// made here. Run: node node.mjs > node.json
//
// Each line is [pattern, flags, text, position, dest, first, all]: the result of
// text.search, and of text.replace without and with the flag g; lone surrogates
// of results are replaced by U+FFFD. A pattern that is no regular expression has
// "error" as its position and nothing behind it.
let seed = 20240607;
const next = n => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % n;
};
const pick = list => list[next(list.length)];

const fixed = [
  '', '|', '.', '\\', '{', '}', '{}', '{1}', '{1,2}', '{,5}', 'a{,5}', 'a{1', 'a{2,1}', 'a{1,2', '{resourceId}', '\\{\\{(\\w+)\\}\\}', ']', '[', '[]', '[^]', '[]a',
  '(', ')', '(?', '(?:', '(?a)', '(?i:a)', '(?#x)', '(?>a)', '(?P<n>a)', 'a**', 'a+*', 'a??', 'a+?', 'a{2}?', 'a{2}+', '*', '+', '?', '^*', '$+', '\\b+', '\\B{2}',
  '(?=a)*', '(?!a)+', '(?<=a)*', '(?<!a)?', '(?=a)b', '(?=(a+))a*b\\1', '(?!b)a', '(?<=a)b', '(?<!a)b', '(?<=(\\d+)(\\d+))$', '(?<=\\1(a))b',
  '(a)\\1', '\\1(a)', '(a)\\2', '\\8', '\\9', '(a)\\08', '\\0', '\\01', '\\012', '\\377', '\\400', '\\477', '\\77', '\\x41', '\\x4', '\\u0041', '\\u004', '\\u{41}', '\\u{2}',
  '\\cA', '\\c', '\\c1', '[\\c1]', '[\\c_]', '[\\c]', '[\\c*]', '\\cJ', '\\a', '\\e', '\\z', '\\Z', '\\A', '\\G', '\\Q', '\\R', '\\X', '\\p{L}', '\\pL', '\\-', '\\/', '\\_', '\\ü', '\\😀',
  '\\k', '\\k<a>', '(?<a>x)\\k<a>', '(?<a>x)\\k', '(?<a>x)\\k<b>', '\\k<a>(?<a>x)', '(?<a>x)(?<a>y)', '(?<a>x)|(?<a>y)', '(?<1a>x)', '(?<>x)', '(?<a', '(?<a>', '(?<$_a1>x)y', '(?<ünü>x)', '(?<𝒜>.)', '(?<\\u0061>x)\\k<a>', '(?<a>.)[\\k]',
  '[a-z]', '[z-a]', '[a-]', '[-a]', '[--a]', '[\\d-z]', '[a-\\d]', '[\\w-]', '[\\b]', '[^\\w]', '[\\W\\w]', '[^\\s\\S]', '[\\1]', '[\\08]', '[\\d-\\w]', '[😀]', '[^😀]', '[😀-😂]', '[\\ud83d\\ude00]', '[a^]', '[\\]]', '[\\^]', '[^^]', '[.*]',
  '^', '$', '^$', '\\b', '\\B', '^a', 'a$', '^\\w+', '\\w+$', '\\n$', 'a|b', 'a|', '|a', '(|a)*', '(a|)*', '(a*)*', '(a*)+', '(?:a?)*?b', '(a?)??b', '(?:)*', '()*', '(?:a|ab)(?:c|bcd)(d*)',
  '(z)((a+)?(b+)?(c))*', '((a)|(b))*', '(?:(a)|(b))+', '(?:(a)|b)*', '(a)*', '(a)?b', '(a){0}b', '(a){2,3}', '(a|b){1,}', 'a{0}', 'a{0,0}b', 'a{1000}', 'a{1001}', 'a{65536}', '(?:a{2}){2}',
  'x*', 'a*', 'a*?', '(a+)+b', '\\d', '\\w_\\d', 'esting_\\d{3}', '\\d{8}', '[^\\w]', 'smtp:', 'k', 'K', '\\u212a', '[\\u212a]', 's', 'ſ', '[ſ]', '[a-z]+', '[^a-z]', '\\w', '\\W', '[\\w]', '[^\\W]', 'ß', 'é', 'É', '[é]', '[^é]', '[à-ü]', 'ǆ', 'ǅ', 'Ω', 'ω', 'µ', 'ς', 'Σ', 'İ', 'i', 'ı',
  '\\s', '\\S', '\\s+', '[\\s]', '[^\\s]', '[\\s\\d]', '[\\S]', '.+', '.*', '[^]*', '😀', '😀+', '\\ud83d', '\\ude00', '.{2}', '(?:.)(.)', '(😀)\\1', '^.$', '^..$', '\\ud83d$', 'é+', '日本', '[日本]',
  '([a-z]+)@([a-z]+)\\.com', '(\\d{4})-(\\d{2})-(\\d{2})', '^\\s+|\\s+$', '([A-Z])', '(\\w+)\\s(\\w+)', '"([^"]*)"', '<[^>]+>', '(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}', '\\bcat\\b', 'a.c', 'a[^]c', '\\$\\d+', '(?:\\r\\n|\\n|\\r)', ',(?=(?:[^"]*"[^"]*")*[^"]*$)',
];
const texts = [
  '', 'a', 'aaa', 'baaac', 'abc', 'zaacbbbcac', 'testing_123', 'Visa 123456780123', 'A*B@C+D', 'SMTP:a@x.com', 'xX', 'ab\nab', 'a\n', '\n', 'a\r\nb\u2028c', '{resourceId}', '{{name}} {x}', 'aXbkKſsSK', 'ÉéßẞǄǅǆ',
  'ΩωΩµμςσΣ', 'İiıI', 'a😀b', '😀😀', '😂x😀', '日本語', ' \t\u00a0\ufeffx\u3000 ', 'jane@example.com', '2016-09-07', 'x,"a,b",y', '10.0.255.1', 'the cat concat', '\\ backslash \\', 'k<a> c1 u{41}', 'A\u0001\b\u001f01', 'price $5 | 7', 'p{L}Q-/_', '\u0000\u00ff', 'aaaaaaaaaaaaaaaa',
];
const dests = ['', '-', '<$1>', '[$2$1]', '$$', '$', '$0x', 'é$1😀'];

const atoms = ['a', 'b', 'c', 'x', '.', '\\d', '\\w', '\\s', '\\S', '\\W', '[ab]', '[^a]', '[a-c]', '[^\\d]', '\\b', '^', '$', 'é', '😀', '(a)', '(?:b)', '(?=a)', '(?!a)', '(?<=a)', '(?<!b)', '\\1', '\\2', ' ', '_', '1', '2', '\\.', ',', '-', '[k-s]', 'K'];
const quantifiers = ['', '', '', '', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,2}?', '{2,}'];
const make = depth => {
  let s = '';
  for (let n = 1 + next(3); n > 0; n--) {
    const inner = depth > 0 && next(3) === 0;
    s += inner ? pick(['(', '(', '(?:', '(?:', '(?=', '(?!']) + make(depth - 1) + (next(3) === 0 ? '|' + make(depth - 1) : '') + ')' : pick(atoms);
    s += pick(quantifiers);
  }
  return s;
};
const letters = ['a', 'a', 'a', 'b', 'b', 'c', 'x', ' ', '1', '2', '_', ',', 'é', 'É', 'k', 'K', '😀', '\n', 'A', 'B'];
const text = () => Array.from({ length: next(12) }, () => pick(letters)).join('');

const lines = [];
const seen = new Set();
const add = (pattern, flags, s, dest) => {
  let re;
  try {
    re = new RegExp(pattern, flags);
  } catch {
    if (!seen.has(pattern)) lines.push([pattern, flags, s, 'error']);
    seen.add(pattern);
    return;
  }
  const first = s.replace(re, dest).toWellFormed();
  const all = s.replace(new RegExp(pattern, flags + 'g'), dest).toWellFormed();
  lines.push([pattern, flags, s, s.search(re), dest, first, all]);
};
for (const pattern of fixed) {
  for (let i = 0; i < 5; i++) add(pattern, pick(['', '', 'i']), pick(texts), pick(dests));
  add(pattern, 'i', pick(texts), '#$1');
}
for (const s of texts) for (const p of ['.', '[^a-z]', 'k', '\\w', '\\s*']) add(p, 'i', s, '#');
while (lines.length < 6000) {
  const pattern = make(2);
  for (let i = 0; i < 2; i++) add(pattern, pick(['', '', 'i']), text(), pick(dests));
}
console.log('[\n' + lines.map(l => JSON.stringify(l)).join(',\n') + '\n]');
