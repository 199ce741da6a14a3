/** Counts tokens of o200k_base, whatever the text is made to do to a tokenizer. */
import { countTokens as countExactly } from 'gpt-tokenizer/encoding/o200k_base'

/** Text that spells a control token is text, and nothing to fail at. */
const asText = { disallowedSpecial: new Set<string>() }

/** A tokenizer takes time that grows with the square of what it can't take apart: 50,000 letters without a space take seconds. */
const LONGEST_RUN = 500
const longRuns = new RegExp(String.raw`\S{${LONGEST_RUN + 1},}|\s{${LONGEST_RUN + 1},}`, 'g')

/** Exact but for texts with a run of more than 500 characters with no space between them, or nothing else: they are cut there. */
export const countTokens = (text: string): number => {
  let total = 0
  for (const piece of pieces(text)) total += countExactly(piece, asText)
  return total
}

const pieces = function* (text: string): Generator<string> {
  let end = 0
  for (const { 0: run, index } of text.matchAll(longRuns)) {
    if (index > end) yield text.slice(end, index)
    for (let at = 0; at < run.length; at += LONGEST_RUN) yield run.slice(at, at + LONGEST_RUN)
    end = index + run.length
  }
  if (end < text.length) yield text.slice(end)
}
