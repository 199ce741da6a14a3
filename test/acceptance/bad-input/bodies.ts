/** Bodies that are no JSON, or JSON that two parsers could read differently (RFC 8259), each with its reason. */

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const nestedObjects = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

/** None of these is read, whatever the endpoint wants. */
export const malformed: readonly (readonly [why: string, body: string | Uint8Array])[] = [
  // Structure
  ['a single blank', ' '],
  ['an open object', '{'],
  ['an open array', '['],
  ['a closed object that was never opened', '}'],
  ['two closing brackets', '[]]'],
  ["brackets that don't match", '[}'],
  ['brackets that cross', '{"a":[}]'],
  ['two values', '{}{}'],
  ['text after the value', '{} x'],
  ['a comma at the end of an array', '[1,]'],
  ['a comma at the end of an object', '{"a":1,}'],
  ['a comma at the start', '[,1]'],
  ['two commas', '[1,,2]'],
  ['no comma', '[1 2]'],
  ['no colon', '{"a" 1}'],
  ['two colons', '{"a"::1}'],
  ['a colon in an array', '["a":1]'],
  ['no value', '{"a":}'],
  ['no key', '{:1}'],
  ['a number as a key', '{1:1}'],
  ['a bare word as a key', '{a:1}'],
  ['a key in single quotes', "{'a':1}"],
  ['a semicolon', '{"a":1};'],
  // Words
  ['a bare word', 'nope'],
  ['True', 'True'],
  ['NULL', '{"a":NULL}'],
  ['undefined', '{"a":undefined}'],
  ['half of true', '[tru]'],
  ['NaN', '[NaN]'],
  ['Infinity', '[-Infinity]'],
  // Numbers
  ['a plus sign', '[+1]'],
  ['a leading zero', '[012]'],
  ['a point without digits after it', '[1.]'],
  ['a point without digits before it', '[.5]'],
  ['an exponent without digits', '[1e]'],
  ['two signs', '[--1]'],
  ['a sign alone', '[-]'],
  ['hexadecimal', '[0x1f]'],
  ['a separator between digits', '[1_000]'],
  ['digits that are not ASCII', '[１]'],
  // Strings
  ['a string in single quotes', "['a']"],
  ['a string that does not end', '["a'],
  ['an escape that does not end', '["\\'],
  ['an unknown escape', '["\\x41"]'],
  ['an escape of three digits', '["\\u041"]'],
  ['an escape that is not hexadecimal', '["\\uZZZZ"]'],
  ['a line break in a string', '["a\nb"]'],
  ['a tab in a string', '["a\tb"]'],
  ['a NUL in a string', '["a\0b"]'],
  ['smart quotes', '[“a”]'],
  // Around it
  ['a line comment', '{} // x'],
  ['a comment', '{/* x */}'],
  ['a NUL after the value', '{}\0'],
  ['a form feed as a blank', '\f{}'],
  ['a no-break space as a blank', '\u00A0{}'],
  ['an XML document', '<a/>'],
  ['a form', 'a=1&b=2'],
  // Bytes
  ['a byte order mark', bytes([0xef, 0xbb, 0xbf], '{}')],
  ['UTF-16 LE', bytes([0xff, 0xfe], [0x7b, 0, 0x7d, 0])],
  ['UTF-16 BE without a mark', bytes([0, 0x7b, 0, 0x7d])],
  ['Latin-1', bytes('{"a":"', [0xe9], '"}')],
  ['an overlong slash', bytes('{"a":"', [0xc0, 0xaf], '"}')],
  ['half a surrogate in UTF-8', bytes('{"a":"', [0xed, 0xa0, 0x80], '"}')],
  ['a character that is cut off', bytes('{"a":"', [0xe2, 0x82], '"}')],
  ['a code point above U+10FFFF', bytes('{"a":"', [0xf4, 0x90, 0x80, 0x80], '"}')],
  ['gzip', bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xab, 0xae, 5, 0])],
  // What parsers disagree about
  ['a key twice', '{"a":1,"a":2}'],
  ['a key twice with the same value', '{"a":1,"a":1}'],
  ['a key twice in two spellings', String.raw`{"a":1,"\u0061":2}`],
  ['a key twice further down', '{"b":{"a":1,"a":2}}'],
  ['__proto__ as a key', '{"__proto__":{"isAdmin":true}}'],
  ['__proto__ in another spelling', String.raw`{"\u005f_proto__":1}`],
  // Depth
  ['100 arrays in each other', nested(100)],
  ['100 objects in each other', nestedObjects(100)],
]

/** None of these is read either, and each is long: for one endpoint of each surface, since a surface reads all bodies in one way. */
export const deep: typeof malformed = [
  ['100,000 arrays in each other', nested(100_000)],
  ['100,000 objects in each other', nestedObjects(100_000)],
  ['100,000 arrays that are not closed', '['.repeat(100_000)],
  ['100,000 objects that are not closed', '{"a":'.repeat(100_000)],
]

/** JSON, but never what an endpoint takes as its body. */
export const noObjects: readonly (readonly [why: string, body: string])[] = [
  ['null', 'null'],
  ['true', 'true'],
  ['a number', '0'],
  ['a number that is no double', '1e999999'],
  ['a number of 100,000 digits', '9'.repeat(100_000)],
  ['a string', '"a"'],
  ['an empty array', '[]'],
  ['an array of objects', '[{}]'],
  ['64 arrays in each other', nested(64)],
]

/** Types that are no JSON; the body is never read. */
export const otherTypes: readonly string[] = [
  'text/plain',
  'text/plain; charset=utf-8',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/octet-stream',
  'application/json5',
  'application/jsonp',
  'application/json+x',
  'application/x-json',
  'application',
  'application/',
  '/json',
  'json',
  ';',
  'application/json, text/plain',
  'text/plain, application/json',
  'text/plain; a=application/json',
  '*/*',
  'application/*',
]

/** Odd ways to write JSON's own type: read as JSON or refused, never passed by. */
export const oddTypes: readonly string[] = [
  'APPLICATION/JSON',
  'Application/Json',
  'application/json;',
  'application/json ;',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'application/json; charset=utf-16',
  'application/json; charset="utf-8"',
  'application/json\t; charset=utf-8',
  'application/json\t',
  ' application/json',
  '\tapplication/json',
  'application/json; a=b; c=d',
  'application/json;;;',
  `application/json; a=${'b'.repeat(4000)}`,
]
