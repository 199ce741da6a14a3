/** The rows that OpenAI's fine-tuning made common: read by Azure, Fireworks, Together, Oumi and most trainers. */
import { defineTarget, jsonLines } from './define-target.ts'
import { CHAT_FIXES, type Effect, type RuleId } from './finding.ts'
import { spellMessage, spellTools, type Spelling } from './spell.ts'
import type { RecordLimits, TargetOptions } from './target.ts'

type Service = NonNullable<TargetOptions['service']>

/** A service refuses the file for one bad row; what it tokenises is text, so that control tokens in it are only odd. */
const common: Partial<Record<RuleId, Effect>> = {
  'messages.present': 'stops',
  'trained.some': 'stops',
  'end.assistant': 'warns',
  'content.present': 'stops',
  'content.encodable': 'stops',
  'tools.answered': 'stops',
  'tools.named': 'stops',
  'arguments.object': 'warns',
  'text.special': 'warns',
}

const EFFECTS: Record<Service, Partial<Record<RuleId, Effect>>> = {
  openai: common,
  azure: common,
  fireworks: { ...common, 'system.first': 'stops', 'end.assistant': 'stops' },
  together: {
    ...common,
    'system.first': 'stops',
    'start.user': 'stops',
    'turns.alternate': 'stops',
    'end.assistant': 'stops',
  },
}

const LIMITS: Record<Service, RecordLimits> = {
  openai: { least: 10 },
  azure: { least: 10 },
  fireworks: { least: 3, most: 3_000_000 },
  together: {},
}

/** Fireworks and Together want an empty text where OpenAI takes null. */
const spellingFor = (service: Service): Spelling => ({
  noContent: service === 'openai' || service === 'azure' ? null : '',
  arguments: 'text',
  weights: 'zero',
  toolNames: false,
})

export const openaiChat = defineTarget(
  {
    id: 'openai-chat',
    name: 'OpenAI chat (JSONL)',
    description:
      'One conversation a line as `messages`, with tools and with a weight of 0 on answers that are not to be learned from. Nothing else: services refuse other keys.',
    trainers: ['OpenAI', 'Azure OpenAI', 'Fireworks', 'Together', 'Oumi'],
    loses: ['emotions, scores and comments', 'the rejected text of an edited answer', 'scaffolding and scene'],
    // The most that one example may have with the models of 2024 and later; what is longer would be cut there.
    defaults: { service: 'openai', limit: 65_536 },
    fixes: CHAT_FIXES,
  },
  ({ service = 'openai' }) => {
    const spelling = spellingFor(service)
    return {
      policy: { effects: EFFECTS[service] },
      recordLimits: LIMITS[service],
      nameOf: (split) => `${split}.jsonl`,
      format: jsonLines,
      write: ({ turns, tools }) => [
        {
          messages: turns.map((turn) => spellMessage(turn, spelling)),
          ...(tools.length > 0 && { tools: spellTools(tools) }),
        },
      ],
    }
  },
)
