/** Keys, tokens, passwords: by how their issuers mark them, by what stands before them, or because nothing else looks so random. */
import type { Trace } from './trace.ts'

/** How issuers mark what they give out. Each begins with what is rare, and takes a bounded stretch. */
const MARKED: readonly RegExp[] = [
  // JSON web tokens.
  /(?<![\w-])eyJ[\w-]{8,2000}\.[\w-]{4,4000}\.[\w-]{8,1000}/g,
  // OpenAI, Anthropic, OpenRouter, Stripe, and those who do as they do.
  /(?<![\w-])(?:sk|rk|pk)[-_](?:[a-z0-9]{2,10}[-_]){0,3}[A-Za-z0-9_-]{16,200}/g,
  /(?<![\w-])(?:whsec|gsk|r8|hf|npm|pypi|dop_v1|shpat|glpat|github_pat|gh[pousr]|xox[abeoprs]|ya29|AIza|SG)[-_.]?[A-Za-z0-9_.-]{20,250}/g,
  // Amazon Web Services.
  /(?<![\w-])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
]

const KEY_BEGINS = /-----BEGIN (?:[A-Z]{1,12} ){0,2}PRIVATE KEY-----/g
const KEY_ENDS = /-----END (?:[A-Z]{1,12} ){0,2}PRIVATE KEY-----/
const LONGEST_KEY = 8_000

/** What is said to be one. */
const LABELLED =
  /(?:api[ _-]?key|secret(?:[ _-]?key)?|access[ _-]?token|auth[ _-]?token|refresh[ _-]?token|client[ _-]?secret|password|passwd|pwd|passwort|contraseña|mot de passe|mật khẩu|bearer)(?:\s{0,2}(?:[:=]|\bis\b|\blà(?!\p{L})|\blautet\b)\s{0,2}|(?<=bearer) )["'`]?([^\s"'`<>,;]{6,200})/giu

/** Of a URL. */
const PARAMETER =
  /(?<=[?&](?:(?:access_|auth_|api_|id_)?(?:token|key)|sig|signature|secret|password|pwd)=)[^\s&#"'<>]{6,250}/gi

/** So many bits does a sign of a random key carry at least; words of any language stay below. */
const RANDOM_BITS = 4

export const findSecrets = (text: string): Trace[] => [
  ...findPrivateKeys(text),
  ...MARKED.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 0: secret }) => secretAt(index, secret.replace(/[.-]+$/, ''), 0.98)),
  ),
  ...[...text.matchAll(LABELLED)].flatMap((match) => {
    const value = match[1]!.replace(/[.!?)\]}]+$/, '')
    return looksChosen(value) ? [secretAt(match.index + match[0].indexOf(match[1]!), value, 0.85)] : []
  }),
  ...[...text.matchAll(PARAMETER)].map(({ index, 0: value }) => secretAt(index, value, 0.9)),
  ...[...text.matchAll(/(?<![\w./-])[A-Za-z0-9_-]{32,}(?![\w/])/g)].flatMap(({ index, 0: word }) =>
    looksRandom(word) ? [secretAt(index, word, 0.6)] : [],
  ),
]

/** PEM; one that was cut off goes as far as it could have gone. */
const findPrivateKeys = (text: string): Trace[] => {
  const found: Trace[] = []
  for (const { index } of text.matchAll(KEY_BEGINS)) {
    if (index < (found.at(-1)?.end ?? 0)) continue
    const stretch = text.slice(index, index + LONGEST_KEY)
    const end = KEY_ENDS.exec(stretch)
    found.push(secretAt(index, end === null ? stretch : stretch.slice(0, end.index + end[0].length), 0.99))
  }
  return found
}

const secretAt = (start: number, value: string, confidence: number): Trace => ({
  kind: 'secret',
  start,
  end: start + value.length,
  value,
  confidence,
})

/** `password: required` speaks of one; a password has a digit or a sign. Nor is it a place for one: `<password>`, `${KEY}`. */
const looksChosen = (value: string): boolean =>
  value.length >= 6 && /[^\p{L}]/u.test(value) && !/^[[{(<$%*•.…]/u.test(value)

/** Not the hexadecimal digits of a hash or a UUID, which name things and open none. */
const looksRandom = (word: string): boolean =>
  word.length <= 200 &&
  /[A-Z]/.test(word) &&
  /[a-z]/.test(word) &&
  (word.match(/\d/g)?.length ?? 0) >= 2 &&
  !/^[\dA-Fa-f-]+$/.test(word) &&
  entropyOf(word) >= RANDOM_BITS

/** Shannon's, in bits a sign. */
const entropyOf = (word: string): number => {
  const counts = new Map<string, number>()
  for (const sign of word) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length)
  return bits
}
