/**
 * Cuts Markdown into blocks that can be rendered one by one, so that while a reply streams in only its last block is
 * rendered again. Pure; knows as much Markdown as it needs to never cut where the whole would read differently.
 */

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/
const LIST_ITEM = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)/
const DEFINITION = /^ {0,3}\[[^\]]+\]:/m
/** HTML at the start of a line takes in what follows, fences too, and some of it reaches over blank lines. */
const HTML = /^ {0,3}<[A-Za-z/!?]/

const isBlank = (line: string) => /^\s*$/.test(line)
const isIndented = (line: string) => /^(?: {2,}|\t)/.test(line)

/**
 * @returns blocks that, put together, are `markdown` again. A single block where parts refer to each other across
 * blocks (link definitions, footnotes) or where there is HTML, which has rules of its own about where it ends.
 */
export const splitBlocks = (markdown: string): string[] => {
  if (markdown === '') return []
  if (DEFINITION.test(markdown)) return [markdown]

  const blocks: string[] = []
  let block = ''
  let fence: { readonly mark: string; readonly length: number } | null = null
  let blankBefore = false
  /** Another list item would go on with a list of this block, or read differently after its indented code. */
  let takesItems = false

  for (const line of markdown.split(/(?<=\n)/)) {
    const text = line.replace(/\r?\n$/, '')
    if (!fence && blankBefore && !isBlank(text) && block.trim() !== '') {
      // After a blank line an indented line may belong to the list item above, and another item goes on with its list.
      const goesOn = isIndented(text) || (takesItems && LIST_ITEM.test(text))
      if (!goesOn) {
        blocks.push(block)
        block = ''
        takesItems = false
      }
    }
    if (!fence && HTML.test(text)) return [markdown]
    if (!fence && (LIST_ITEM.test(text) || isIndented(text))) takesItems = true
    const marker = FENCE.exec(text)
    if (fence) {
      if (marker?.[1]?.startsWith(fence.mark) && marker[1].length >= fence.length && isBlank(marker[2] ?? ''))
        fence = null
    } else if (marker?.[1] && !(marker[1].startsWith('`') && marker[2]?.includes('`'))) {
      fence = { mark: marker[1].charAt(0), length: marker[1].length }
    }
    blankBefore = isBlank(text)
    block += line
  }
  if (block !== '') blocks.push(block)
  return blocks
}
