package benchmark

// twenty is a pure flow of 20 steps on a small object: what a connector does
// with one record.
const twenty = `
inputs: {user: {type: object, required: true}}
outputs: {line: text, score: number, tags: any, record: object}
steps:
  - {name: first, card: text.trim, with: {string: "${input.user.first}"}}
  - {name: last, card: text.toUpperCase, with: {string: "${input.user.last}"}}
  - {name: full, card: text.concat, with: {string1: "${first.output}", string2: " ", more: "${last.output}"}}
  - {name: size, card: text.length, with: {string: "${full.output}"}}
  - {name: sum, card: number.add, with: {a: "${size.length}", b: "${input.user.age}"}}
  - {name: twice, card: number.multiply, with: {a: "${sum.output}", b: 2}}
  - {name: less, card: number.subtract, with: {a: "${twice.output}", b: 7}}
  - {name: third, card: number.divide, with: {a: "${less.output}", b: 3}}
  - {name: floor, card: number.floor, with: {a: "${third.output}"}}
  - {name: adult, card: boolean.compare, with: {left-operand: "${input.user.age}", operator: ">=", right-operand: 18}}
  - {name: word, assign_if: "${adult.result}", then: adult, else: minor}
  - {name: parts, card: text.split, with: {string: "${input.user.email}", delimiter: "@"}}
  - {name: domain, card: list.at, with: {list: "${parts.output}", index: 1}}
  - {name: tags, card: list.push, with: {list: "${input.user.tags}", item: "${word.output}"}}
  - {name: count, card: list.length, with: {list: "${tags.list}"}}
  - {name: joined, card: list.join, with: {list: "${tags.list}", delimiter: ";"}}
  - {name: city, card: object.get, with: {object: "${input.user}", path: address.city}}
  - {name: record, card: object.construct, with: {name: "${full.output}", domain: "${domain.item}", city: "${city.output}", score: "${floor.output}"}}
  - {name: stamped, card: object.set, with: {object: "${record.output}", path: tags, value: "${joined.string}"}}
  - {name: line, card: text.concat, with: {string1: "${full.output}", string2: " of ", more: "${city.output}", again: " x${count.length}"}}
  - return: {line: "${line.output}", score: "${floor.output}", tags: "${tags.list}", record: "${stamped.output}"}
`

// eleven is the helper of the list benchmark: 11 steps on one record.
const eleven = `
type: helper
inputs: {r: {type: object, required: true}}
outputs: {id: number, name: text, total: number, big: boolean}
steps:
  - {name: net, card: number.multiply, with: {a: "${input.r.price}", b: "${input.r.count}"}}
  - {name: tax, card: number.multiply, with: {a: "${net.output}", b: 0.19}}
  - {name: gross, card: number.add, with: {a: "${net.output}", b: "${tax.output}"}}
  - {name: off, card: number.multiply, with: {a: "${gross.output}", b: "${input.r.discount}"}}
  - {name: due, card: number.subtract, with: {a: "${gross.output}", b: "${off.output}"}}
  - {name: cents, card: number.multiply, with: {a: "${due.output}", b: 100}}
  - {name: whole, card: number.floor, with: {a: "${cents.output}"}}
  - {name: total, card: number.divide, with: {a: "${whole.output}", b: 100}}
  - {name: up, card: text.toUpperCase, with: {string: "${input.r.name}"}}
  - {name: label, card: text.concat, with: {string1: "${up.output}", string2: "-${input.r.id}"}}
  - {name: big, assign_if: {a: "${total.output}", is: ">", b: 500}, then: true, else: false}
  - return: {id: "${input.r.id}", name: "${label.output}", total: "${total.output}", big: "${big.output}"}
`

const mapping = `
inputs: {list: {type: "object[]", required: true}}
outputs: {out: any}
steps:
  - {name: m, map: "${input.list}", flow: eleven, with: {r: "${item}"}}
  - return: {out: "${m.list}"}
`

// arithmetic runs four number cards a turn.
const arithmetic = `
inputs: {list: {type: "number[]", required: true}}
outputs: {sum: number}
steps:
  - {name: r, reduce: "${input.list}", memo: 0, flow: turn, with: {memo: "${memo}", i: "${index}"}}
  - return: {sum: "${r.item}"}
`

const turn = `
type: helper
inputs: {memo: {type: number, required: true}, i: {type: number, required: true}}
outputs: {next: number}
steps:
  - {name: a, card: number.multiply, with: {a: "${input.memo}", b: 0.5}}
  - {name: b, card: number.add, with: {a: "${a.output}", b: "${input.i}"}}
  - {name: c, card: number.subtract, with: {a: "${b.output}", b: 1}}
  - {name: d, card: number.floor, with: {a: "${c.output}"}}
  - return: {next: "${d.output}"}
`

// counting is the same four cards in a loop that has no items to fetch.
const counting = `
inputs: {n: {type: number, required: true}}
outputs: {ok: boolean}
steps:
  - {repeat: "${input.n}", flow: turn, with: {memo: 3, i: "${index}"}}
  - return: {ok: true}
`

// endless takes longer than anybody waits: a million times a million turns.
const endless = `
outputs: {ok: boolean}
steps:
  - {repeat: 1000000, flow: round, with: {i: "${index}"}}
  - return: {ok: true}
`

const round = `
type: helper
inputs: {i: {type: number, required: true}}
outputs: {n: number}
steps:
  - {repeat: 1000000, flow: turn, with: {memo: "${input.i}", i: "${index}"}}
  - return: {n: "${input.i}"}
`
