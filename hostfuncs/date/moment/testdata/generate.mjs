// Writes what moment.js does, as rows that moment_test.go reads:
//   ["format", ms, zone, layout, text]
//   ["parse", text, layout or null, ms | null (invalid) | "today" (depends on the clock)]
//   ["add", ms, amount, unit, ms | null]
//   ["months", ms, ms, months between]
// and the zone names. Run it outside the repository:
//   cp package.json generate.mjs /tmp/moment && cd /tmp/moment && npm install
//   TZ=UTC node generate.mjs > rows.jsonl && TZ=UTC node generate.mjs zones > zones.txt
// then copy rows.jsonl back here and zones.txt one folder up.
import moment from 'moment-timezone';
import plain from 'moment';

moment.suppressDeprecationWarnings = true;
plain.suppressDeprecationWarnings = true;

if (process.argv[2] === 'zones') {
  process.stdout.write(moment.tz.names().join('\n') + '\n');
  process.exit(0);
}
console.error = () => {}; // unknown zones are reported there

const row = (...r) => process.stdout.write(JSON.stringify(r) + '\n');

// A small generator (mulberry32), so that every run writes the same rows.
let state = 20160907;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const int = (n) => Math.floor(random() * n);
const pick = (list) => list[int(list.length)];

const tokens = ('Y YY YYYY YYYYY YYYYYY y yy yyy yyyy yo N NN NNN NNNN NNNNN Q Qo M MM Mo MMM MMMM D DD Do DDD DDDD DDDo ' +
  'd do dd ddd dddd e E w wo ww W Wo WW g gg gggg ggggg G GG GGGG GGGGG H HH h hh k kk hmm hmmss Hmm Hmmss a A m mm s ss ' +
  'S SS SSS SSSS SSSSS SSSSSS SSSSSSS SSSSSSSS SSSSSSSSS Z ZZ z zz X x L LL LLL LLLL LT LTS l ll lll llll').split(' ');

const utc = (s) => Date.parse(s);
const instants = [
  '2016-09-07T00:01:25.670Z', '2016-09-07T16:55:25.670Z', '2016-02-29T23:59:59.999Z', '2015-12-31T12:00:00.000Z',
  '2017-01-01T00:00:00.000Z', '2021-01-03T11:59:59.001Z', '2020-12-28T13:13:13.013Z', '1999-11-21T05:06:07.089Z',
].map(utc);
const far = ['0000-01-01T00:00:00.000Z', '-000099-12-31T23:00:00.000Z', '0001-01-01T00:00:00.000Z', '0070-05-05T05:05:05.050Z',
  '9999-12-31T23:59:59.999Z', '+010000-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '-270000-06-01T00:00:00.000Z'].map(utc);
const zones = ['', 'UTC', 'US/Pacific', 'America/New_York', 'Europe/London', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Kathmandu',
  'Australia/Lord_Howe', 'Australia/Melbourne', 'America/St_Johns', 'America/Sao_Paulo', 'Pacific/Chatham', 'Pacific/Apia', 'Africa/Casablanca',
  'Antarctica/Troll', 'Etc/GMT+12', 'Etc/UTC', 'GMT', 'EST', 'america/los_angeles', 'US_Eastern', 'Europe/Dublin', 'Africa/Abidjan', 'Asia/Tehran'];
const format = (ms, zone, layout) => {
  let text;
  try {
    text = (zone === '' ? moment.utc(ms) : moment.tz(ms, zone)).format(layout);
  } catch {
    return; // moment.js fails on layouts of nothing but line ends
  }
  row('format', ms, zone, layout, text);
};

// Every token in several zones.
for (const ms of instants) for (const zone of ['US/Pacific', 'Australia/Melbourne']) for (const t of tokens) format(ms, zone, t);
for (const ms of far) for (const t of tokens) format(ms, '', t);

// The second before and after every change of the clocks in five years.
const edge = 'dddd, MMMM Do YYYY, HH:mm:ss.SSS Z z';
for (const name of zones) {
  const zone = name && moment.tz.zone(name);
  if (!zone) continue;
  for (const until of zone.untils) {
    if (until >= utc('2017-01-01T00:00:00Z') && until < utc('2022-01-01T00:00:00Z')) {
      format(until - 1, name, edge);
      format(until, name, edge);
      format(until + 3600e3 - 1, name, 'YYYY-MM-DDTHH:mm:ssZZ w W e E DDD');
    }
  }
  for (const ms of instants) format(ms, name, edge), format(ms, name, ''), format(ms, name, 'zz LLLL');
}
// Every token in every zone, around every change of its clocks in 2020 (and at
// two instants where they never change): one layout of all of them.
const everything = tokens.join(' ');
for (const name of zones) {
  const zone = name && moment.tz.zone(name);
  const changes = zone ? zone.untils.filter((u) => u >= utc('2020-01-01T00:00:00Z') && u < utc('2021-01-01T00:00:00Z')) : [];
  for (const ms of changes.length ? changes : instants.slice(0, 2)) format(ms - 1, name, everything), format(ms, name, everything);
}

format(instants[0], '', '');
format(instants[0], 'America/Pacific', 'M/D/Y h:mm a z zz Z');
format(instants[0], 'Nowhere/Land', '');
format(instants[0], 'Local', 'z zz Z');

// Every year's first and last days: week numbers.
for (let y = 1995; y < 2030; y++) for (const d of ['01-01', '01-04', '12-28', '12-31'])
  format(utc(`${y}-${d}T00:00:00Z`), '', 'gg-gggg-ww-w-wo-e GG-GGGG-WW-W-Wo-E DDDo');
for (let d = 1; d <= 31; d++) format(utc(`2016-01-01T00:00:00Z`) + (d - 1) * 864e5, '', 'Do do DDDo wo Wo');
for (let h = 0; h < 24; h++) format(utc(`2016-01-01T00:05:09Z`) + h * 3600e3, '', 'h hh k kk H HH a A hmm hmmss Hmm Hmmss LT');

// Escapes and what is no token.
const layouts = ['[text] D', '[D] D', '[[D] D', '[a] b] D', '[]', '[', ']', 'D]', '\\D D', '\\[D] D', '\\\\D', '\\MMMM D', 'a[b', '[a[b]D', 'D\nD', '[a\nb]D',
  'D\r\nD', '\\\nD', 'D\\', '[D\\]', '[\\[D] x', 'w|w', 'W|', 'wo|', 'DDDDo', 'DDo', 'YYY', 'YYYYYYY', 'ggg', 'GGG', 'yyyyy', 'yyo', 'NNNNNN', 'SSSSSSSSSS', 'MMMMM', 'ddddd',
  'HHH', 'hhmm', 'HHmm', 'Hmms', 'zzz', 'ZZZ', 'LLLLL', '\\LT', '\\L', '[L]', '[[L]', 'LTL', 'LTT', 'lt', 'ltS', 'Lo', 'é D 日本 😀', '😀D', 'bcfijnoprtuv BCFIJKOPRTUV', '! "#$%&()*+,-./:;<=>?@^_`{|}~',
  'ddd, MMMM Do [at] hh:mm A', 'MMMM D, YYYY HH:mm:ss.SSS', 'yyyy-MM-DDTHH:mm:ss.SSS', 'D-MMM-YY HH:mm:ss.S z', 'YYMMDDHHmm', 'M/D/Y h:mm a z',
  'Today is: ddd', 'null', 'undefined', ' ', 'D\u2028D', 'x[x]X'];
for (const l of layouts) for (const ms of instants.slice(0, 3)) format(ms, 'Europe/Berlin', l);
const alphabet = [...tokens, ...' -/:.,[]\\TW|o\n'.split('')];
for (let i = 0; i < 600; i++) {
  let l = '';
  for (let n = 1 + int(8); n > 0; n--) l += pick(alphabet);
  format(pick(instants), pick(zones), l);
}

// Parsing: the same text at three different todays. What is in no known form is
// invalid: the guesses of the JavaScript engine are not wanted.
const noGuess = (config) => { config._d = new Date(NaN); };
moment.createFromInputFallback = plain.createFromInputFallback = noGuess;
const todays = ['2024-02-29T10:11:12.013Z', '2023-06-15T23:00:00.000Z', '1999-12-31T00:30:00.000Z'].map(utc);
const parse = (text, layout) => {
  const results = todays.map((now) => {
    moment.now = plain.now = () => now;
    const m = layout === null ? moment.utc(text) : moment.utc(text, layout);
    return m.isValid() ? m.valueOf() : null;
  });
  row('parse', text, layout, results.every((r) => r === results[0]) ? results[0] : 'today');
};
const pairs = [['1/2/2016', 'D/M/Y'], ['1/2/16', 'M/D/YY'], ['1493053116', 'X'], ['1493053116.123', 'X'], ['-1493053116.5', 'X'], ['1493053116000', 'x'], ['-1.5', 'x'], ['09/07/2016', 'MM/DD/Y'],
  ['2016-09-07', 'MM/DD/YYYY'], ['31/02/2016', 'D/M/Y'], ['29/02/2015', 'D/M/Y'], ['29/02/2016', 'D/M/Y'], ['2016', 'YYYY'], ['16', 'YYYY'], ['69', 'YY'], ['68', 'YY'], ['116', 'YYYY'],
  ['12345', 'Y'], ['-44', 'Y'], ['+12345', 'YYYYYY'], ['012345', 'YYYYYY'], ['-000001', 'YYYYYY'], ['12:30', 'HH:mm'], ['2016 12:30', 'YYYY HH:mm'], ['2016 24:00', 'YYYY HH:mm'], ['2016 24:01', 'YYYY HH:mm'],
  ['2016 25:00', 'YYYY HH:mm'], ['2016 5 pm', 'YYYY h a'], ['2016 12 am', 'YYYY h a'], ['2016 12 PM', 'YYYY h A'], ['2016 13 pm', 'YYYY h A'], ['2016 1 p.m.', 'YYYY h a'], ['pm', 'A'], ['2016 pm', 'YYYY A'],
  ['2016 530', 'YYYY hmm'], ['2016 1730', 'YYYY Hmm'], ['2016 173059', 'YYYY Hmmss'], ['2016 53059', 'YYYY hmmss'], ['2016 24', 'YYYY kk'], ['2016 1', 'YYYY k'],
  ['September 7, 2016', 'MMMM D, YYYY'], ['sep 7 2016', 'MMM D YYYY'], ['SEPTEMBER 7 2016', 'MMM D YYYY'], ['Septober 7 2016', 'MMM D YYYY'], ['Foo 7 2016', 'MMM D YYYY'], ['7Sep2016', 'DMMMYYYY'], ['7Sep2016', 'MMMYYYY'],
  ['7th September 2016', 'Do MMMM YYYY'], ['7 September 2016', 'Do MMMM YYYY'], ['123rd 2016', 'Do YYYY'], ['Wed 7 Sep 2016', 'ddd D MMM YYYY'], ['Tue 7 Sep 2016', 'ddd D MMM YYYY'], ['Xyz 7 Sep 2016', 'ddd D MMM YYYY'],
  ['3 7 9 2016', 'd D M YYYY'], ['4 7 9 2016', 'd D M YYYY'], ['Wed 2016', 'ddd YYYY'], ['Wednesday', 'dddd'], ['2016 251', 'YYYY DDD'], ['2016 366', 'YYYY DDDD'], ['2015 366', 'YYYY DDDD'], ['2016 0', 'YYYY DDD'], ['251', 'DDD'],
  ['2016-W36-3', 'GGGG-[W]WW-E'], ['2016-W53', 'GGGG-[W]WW'], ['2015-W53-7', 'GGGG-[W]WW-E'], ['2016 36', 'GGGG WW'], ['36', 'WW'], ['2016 36 3', 'gggg ww e'], ['2016 1 0', 'gggg ww d'], ['2016 53 6', 'gggg ww d'], ['2016 7', 'gggg e'], ['2016', 'GGGG'], ['16 3', 'GG E'],
  ['2016 36 8', 'GGGG WW E'], ['2016 36 0', 'GGGG WW E'], ['2016 36 9', 'gggg ww e'], ['2016 36 We', 'gggg ww dd'], ['2016 3', 'YYYY Q'], ['2016 5', 'YYYY Q'], ['2016-09-07 10:00 +02:00', 'YYYY-MM-DD HH:mm Z'], ['2016-09-07 10:00 -0730', 'YYYY-MM-DD HH:mm ZZ'],
  ['2016-09-07 10:00 +02', 'YYYY-MM-DD HH:mm Z'], ['2016-09-07 10:00 Z', 'YYYY-MM-DD HH:mm Z'], ['2016-09-07 10:00 z', 'YYYY-MM-DD HH:mm Z'], ['2016-09-07 10:00 EST', 'YYYY-MM-DD HH:mm z'], ['2016-09-07 10:00', 'YYYY-MM-DD HH:mm Z'],
  ['2016-09-07 10:00:01.5', 'YYYY-MM-DD HH:mm:ss.S'], ['2016-09-07 10:00:01.29', 'YYYY-MM-DD HH:mm:ss.SS'], ['2016-09-07 10:00:01.6789', 'YYYY-MM-DD HH:mm:ss.SSS'], ['2016-09-07 10:00:01.678999', 'YYYY-MM-DD HH:mm:ss.SSSSSS'], ['2016 .99999999999999999999', 'YYYY .SSSS'],
  ['2016-13-01', 'YYYY-MM-DD'], ['2016-00-01', 'YYYY-MM-DD'], ['2016-01-00', 'YYYY-MM-DD'], ['2016-01-32', 'YYYY-MM-DD'], ['', 'YYYY'], ['abc', 'YYYY'], ['abc', 'abc'], ['abc', 'M'], ['2016', ''], ['AD 2016', 'N y'], ['BC 44', 'N y'], ['44 Before Christ', 'y NNNN'], ['2016 anno domini', 'y NNNN'], ['AD', 'N'],
  ['x y z 2016 more', 'YYYY'], ['2016trailing09', 'YYYYMM'], ['lead2016', 'YYYY'], ['D 7 2016', '[D] D YYYY'], ['7 D 2016', 'D [D] YYYY'], ['do 7 2016', 'do D YYYY'], ['7 2016', 'do D YYYY'], ['g 12 13 2016', 'G D YYYY'], ['12 13 2016', 'g D YYYY'],
  ['20160907', 'YYYYMMDD'], ['20160907T123456', 'YYYYMMDDTHHmmss'], ['160907', 'YYMMDD'], ['1609071001', 'YYMMDDHHmm'], ['9/7/2016 5:01 PM', 'L LT'], ['9/7/2016', 'l'], ['Wednesday, September 7, 2016 5:01 PM', 'LLLL'], ['Sep 7, 2016', 'll'],
  ['999999', 'YYYYYY'], ['275760-09-13', 'YYYYYY-MM-DD'], ['275760-09-14', 'YYYYYY-MM-DD'], ['-271821-04-20', 'Y-MM-DD'], ['-271821-04-19', 'Y-MM-DD'], ['99999999999999999999999', 'Y'], ['8640000000000000', 'x'], ['8640000000000001', 'x'], ['1e3', 'x'], ['8640000000001', 'X'],
  ['2016 13', 'YYYY MM'], ['13', 'MM'], ['7', 'D'], ['2016 Jan 31 31', 'YYYY MMM D D'], ['1473206485 32', 'X DD'], ['1473206485 13', 'X MM'], ['1473206485 pm', 'X A'], ['2016 31 4', 'YYYY D M'], ['0', 'Y'], ['50', 'Y'], ['99', 'YYYYY'],
  ['2016 [x] 7', 'YYYY \\[[x]\\] D'], ['a]b 2016', '[a]b] YYYY'], ['2016\n7', 'YYYY\nD'], ['février 2016', 'MMM YYYY'], ['juillet 2016', 'MMMM YYYY'], ['2016年9月7日', 'YYYY年M月D日'], ['2016 9 7 😀 5', 'YYYY M D 😀 H'],
];
for (const [t, l] of pairs) parse(t, l);
for (const t of ['2016-09-07', '2016-09-07T16:55', '2016-09-07T16:55:25', '2016-09-07T16:55:25.67', '2016-09-07T16:55:25,670123', '2016-09-07T16:55:25.670Z', '2016-09-07 16:55:25 Z', '2016-09-07T16:55:25+02:00', '2016-09-07T16:55:25+0200', '2016-09-07T16:55:25-07',
  '2016-09-07T16', '2016-09', '2016', '201609', '20160907', '20160907T165525', '20160907T165525.670Z', '20160907T1655', '20160907T16', '20160907T16:55', '2016-09-07T1655', '2016-W36', '2016-W36-3', '2016W36', '2016W363', '2016-W36-3T10:00', '2016-W36T10', '2016-251', '2016251', '2016251T10', '2016-09T10:00',
  '+002016-09-07', '+0020160907', '-000001-01-01T00:00:00Z', '2016-13-01', '2016-02-30', '2016-09-07T24:00', '2016-09-07T24:01', '2016-09-07T25:00', '2016-09-07T10:60', '2016-9-7', '2016-09-07T', '2016-09-07Z', '2016/09/07', 'today', '', '2016-000', '2016-367', '2016-W00', '2016-W54',
  'Wed, 07 Sep 2016 16:55:25 GMT', 'Wed, 7 Sep 2016 16:55:25 +0200', '7 Sep 2016 16:55 EST', '7 Sep 16 16:55:25 PDT', 'Wed 7 Sep 2016 16:55:25 Z', 'Tue, 07 Sep 2016 16:55:25 GMT', 'Wed,  07\tSep 2016 (comment) 16:55:25  UT', '07 Sep 99 10:00 -0330', '07 Sep 2016 10:00', '32 Sep 2016 10:00 GMT', '07 Sep 2016 25:00 GMT', 'wed, 07 Sep 2016 16:55:25 GMT',
  '/Date(1473206485670)/', '/Date(-1473206485670+0200)/', 'Date(12)', 'date(12', '/Date(abc)/'])
  parse(t, null);
const months = 'January February March April May June July August September October November December'.split(' ');
for (const m of months) for (const f of ['MMM', 'MMMM']) parse(`${m.slice(0, 3 + int(4))} 5 2018`, f + ' D YYYY');
for (const d of 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')) parse(`${d} 36 2018`, 'ddd ww gggg');
for (let w = 1; w <= 53; w++) for (let y = 2015; y < 2021; y++) parse(`${y} ${w} ${w % 7}`, pick(['GGGG W E', 'gggg w e', 'gggg ww d', 'GG WW E']));

// What was formatted is read again, as it is, with another layout, or damaged.
const parts = ['YYYY', 'YY', 'Y', 'YYYYYY', 'M', 'MM', 'MMM', 'MMMM', 'D', 'DD', 'Do', 'DDD', 'DDDD', 'd', 'ddd', 'dddd', 'e', 'E', 'w', 'ww', 'W', 'WW', 'gg', 'gggg', 'GG', 'GGGG', 'H', 'HH', 'h', 'hh', 'k', 'a', 'A', 'm', 'mm', 's', 'ss', 'S', 'SSS', 'SSSSSS', 'Z', 'ZZ', 'Q', 'N', 'Hmm', 'L', 'LT', 'll'];
for (let i = 0; i < 1500; i++) {
  let l = int(4) > 0 ? pick(['YYYY', 'YYYY-MM-DD', 'D/M/YYYY', 'GGGG', 'gggg ww']) : '';
  for (let n = int(5); n > 0; n--) l += pick([' ', '-', '/', ':', '.', '', ', ', 'T', ' [at] ']) + pick(parts);
  if (l === '') l = 'LL';
  const ms = int(4) > 0 ? pick(instants) : Math.floor(random() * 4e12 - 1e12);
  let text = moment.utc(ms).format(l);
  if (int(3) === 0) {
    const at = int(text.length + 1);
    text = text.slice(0, at) + pick(['', '0', '9', ' ', 'x', '-', ':', 'pm', 'Jan', '31', '12', '2016', '+05:30']) + text.slice(at + int(3));
  }
  if (int(5) === 0) l = pick(['YYYY-MM-DD', 'M/D/YY', 'DD.MM.YYYY HH:mm', 'LLL', 'YYYY DDD', 'MMM Do YYYY', 'GGGG-[W]WW-E', 'YYYYMMDD HHmmss']);
  parse(text, l);
}

// Arithmetic.
const units = ['milliseconds', 'seconds', 'minutes', 'hours', 'days', 'weeks', 'months', 'years'];
const days = ['2016-01-31T00:00:00.000Z', '2016-02-29T12:30:00.001Z', '2015-12-31T23:59:59.999Z', '2016-03-31T01:00:00.000Z', '2016-09-07T16:55:25.670Z', '1969-12-31T23:59:59.999Z', '0001-03-01T00:00:00.000Z'].map(utc);
const amounts = [0, 1, -1, 2, 0.5, -0.5, 1.5, -1.5, 2.4, 0.04, 0.041667, -0.49999999999999994, 12, 13, -12, 36.6, 90, 365.25, 1e3, 1e6, 1e8, -1e9, 1e15, 1e300];
for (const u of units) for (const a of amounts) for (const ms of days) {
  const m = moment.utc(ms).add(a, u);
  row('add', ms, a, u, m.isValid() ? m.valueOf() : null);
}
const many = [...instants, ...days];
for (const a of many) for (const b of many) row('months', a, b, moment.utc(a).diff(moment.utc(b), 'months', true));
for (let i = 0; i < 200; i++) {
  const a = Math.floor(random() * 4e12 - 1e12), b = Math.floor(random() * 4e12 - 1e12);
  row('months', a, b, moment.utc(a).diff(moment.utc(b), 'months', true));
}
