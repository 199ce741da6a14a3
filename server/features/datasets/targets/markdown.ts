/** Markdown: for people who read what a model is going to learn. */
import type { TrainingRow, TrainingTurn } from '../../training/index.ts'
import { defineTarget } from './define-target.ts'
import { callsOf, type Dialogue, numberAt } from './dialogue.ts'
import { metadataOf } from './spell.ts'

const SPEAKERS = { system: 'System', user: 'User', assistant: 'Assistant', tool: 'Tool' } as const

const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n')

/** A fence that the text cannot end. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}json\n${text}\n${fence}`
}

const turnText = (turn: TrainingTurn, number: number): string => {
  const about = [
    ...(turn.emotion ? [`${turn.emotion.primary} ${turn.emotion.intensity}`] : []),
    ...(turn.role === 'assistant' && !turn.train ? ['not to be learned from'] : []),
  ]
  return [
    `### ${number}. ${SPEAKERS[turn.role]}${about.length > 0 ? ` (${about.join(', ')})` : ''}`,
    ...(turn.content === null || turn.content === '' ? [] : [quoted(turn.content)]),
    ...(callsOf(turn) ?? []).map((call) => `Calls \`${call.name}\`:\n\n${fenced(call.arguments)}`),
    ...(turn.rejected === undefined ? [] : [`Before it was edited:\n\n${quoted(turn.rejected)}`]),
    ...(turn.comment === undefined ? [] : [`Comment: ${turn.comment}`]),
  ].join('\n\n')
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

const metadataText = (row: TrainingRow): string[] => {
  const known = Object.entries(metadataOf(row)).filter(([name, value]) => name !== 'title' && value !== null)
  return [known.map(([name, value]) => `- ${name}: ${oneLine(String(value))}`).join('\n')]
}

const conversationText = (dialogue: Dialogue, row: TrainingRow, hasMetadata: boolean): string =>
  [
    `## ${oneLine(row.title)}`,
    ...(hasMetadata ? metadataText(row) : []),
    ...dialogue.turns.map((turn, index) => turnText(turn, numberAt(dialogue, index))),
  ].join('\n\n')

export const markdown = defineTarget(
  {
    id: 'markdown',
    name: 'Markdown',
    description: 'To be read by people: every conversation with its turns as quotations, and what was edited.',
    trainers: ['people'],
    loses: ['the end of a turn that is itself Markdown, to a program', 'tools, scores and the scene'],
    defaults: { metadata: true },
    fixes: ['remove_tools', 'remove_system'],
  },
  ({ metadata = true }, { name }) => ({
    policy: { effects: {} },
    nameOf: (split) => `${split}.md`,
    format: {
      mediaType: 'text/markdown',
      encode: (record) => String(record['text']),
      between: '\n\n',
      head: (split, { conversations }) => `# ${oneLine(name)} (${split}, ${conversations})\n\n`,
      tail: (_, { records }) => (records === 0 ? '' : '\n'),
    },
    write: (dialogue, row) => [{ text: conversationText(dialogue, row, metadata) }],
  }),
)
