/** Axolotl's chat_template format, with the configuration that makes it honour the weights. */
import { defineTarget, jsonLines } from './define-target.ts'
import { CHAT_FIXES } from './finding.ts'
import { metadataOf, spellMessage, spellToolsAsText, type Spelling } from './spell.ts'
import type { WrittenFile } from './target.ts'

const entry = (name: string): string => `  - path: ${name}
    ds_type: json
    split: train
    type: chat_template
    field_messages: messages
    field_tools: tools
    message_property_mappings:
      role: role
      content: content
    message_field_training: weight
    roles_to_train: ["assistant"]
    train_on_eos: turn
`

/** To be put into a configuration of a run; `split: train` is what Axolotl calls the one part that a file has. */
const configuration = (files: readonly WrittenFile[]): string => {
  const of = (split: WrittenFile['split']) =>
    files.filter((file) => file.split === split).map(({ name }) => entry(name))
  const validation = of('validation')
  return `# Without message_field_training Axolotl would learn from answers that are marked as not to be learned from.
datasets:
${of('train').join('')}${validation.length > 0 ? `test_datasets:\n${validation.join('')}` : ''}`
}

export const axolotl = defineTarget(
  {
    id: 'axolotl',
    name: 'Axolotl (JSONL)',
    description:
      'Conversations as `messages` with a weight on every answer, and the piece of configuration that makes Axolotl read it.',
    trainers: ['Axolotl'],
    loses: ['emotions, scores and comments', 'the rejected text of an edited answer', 'the scene'],
    defaults: { arguments: 'text', metadata: false },
    fixes: CHAT_FIXES,
  },
  (options) => {
    const spelling: Spelling = {
      noContent: '',
      arguments: options.arguments ?? 'text',
      weights: 'all',
      toolNames: true,
    }
    return {
      policy: {
        effects: {
          'messages.present': 'stops',
          'system.first': 'warns',
          'start.user': 'warns',
          'turns.alternate': 'warns',
          'end.assistant': 'warns',
          'trained.some': 'drops',
          'content.present': 'warns',
          'content.encodable': 'stops',
          'tools.answered': 'changes',
          'arguments.object': 'stops',
          'text.special': 'harms',
        },
      },
      nameOf: (split) => `${split}.jsonl`,
      format: jsonLines,
      write: ({ turns, tools }, row) => [
        {
          messages: turns.map((turn) => spellMessage(turn, spelling)),
          tools: spellToolsAsText(tools),
          ...(options.metadata === true && metadataOf(row)),
        },
      ],
      companions: (files) => [{ name: 'axolotl.yaml', text: configuration(files) }],
    }
  },
)
