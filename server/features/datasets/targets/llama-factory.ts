/** LLaMA-Factory: its four formats, and the `dataset_info.json` without which it reads none of them. */
import { alpacaEffects, withHistory } from './alpaca.ts'
import { defineTarget, jsonArray, jsonLines, type Plan } from './define-target.ts'
import { answersOf, type Dialogue } from './dialogue.ts'
import { CHAT_FIXES } from './finding.ts'
import { checkPairs, pairEffects, pairsOf } from './preference.ts'
import { sharegptEffects, sharegptRecord, spellConversations } from './sharegpt.ts'
import { spellMessage, type Spelling } from './spell.ts'
import type { TargetOptions, TargetRecord, WrittenFile } from './target.ts'

type Form = NonNullable<TargetOptions['form']>

/**
 * Once `columns` is there, a column that it does not list is read as null, and so is a tag that `tags` does not list: both
 * are listed whole. `formatting` is never `openai`, which appends words of its own to the system message.
 */
const ENTRIES: Record<Form, TargetRecord> = {
  sharegpt: {
    formatting: 'sharegpt',
    columns: { messages: 'conversations', system: 'system', tools: 'tools' },
  },
  messages: {
    formatting: 'sharegpt',
    columns: { messages: 'messages' },
    tags: {
      role_tag: 'role',
      content_tag: 'content',
      user_tag: 'user',
      assistant_tag: 'assistant',
      system_tag: 'system',
      observation_tag: 'tool',
      function_tag: 'function_call',
    },
  },
  alpaca: {
    columns: { prompt: 'instruction', query: 'input', response: 'output', system: 'system', history: 'history' },
  },
  dpo: {
    formatting: 'sharegpt',
    ranking: true,
    columns: { messages: 'conversations', chosen: 'chosen', rejected: 'rejected', system: 'system', tools: 'tools' },
  },
}

/** The names under which a run finds the files. */
const datasetName = (split: WrittenFile['split']): string => `studio_${split}`

const datasetInfo = (files: readonly WrittenFile[], form: Form): string =>
  `${JSON.stringify(
    Object.fromEntries(files.map(({ split, name }) => [datasetName(split), { file_name: name, ...ENTRIES[form] }])),
    null,
    2,
  )}\n`

const runOptions = (files: readonly WrittenFile[], form: Form, isExpanded: boolean): string => {
  const has = (split: WrittenFile['split']) => files.some((file) => file.split === split)
  return [
    '# The part of a run that is about these files; add the model, its template and the output.',
    `stage: ${form === 'dpo' ? 'dpo' : 'sft'}`,
    'do_train: true',
    'finetuning_type: lora',
    'dataset_dir: .',
    `dataset: ${datasetName('train')}`,
    ...(has('validation') ? [`eval_dataset: ${datasetName('validation')}`] : []),
    ...(isExpanded
      ? [
          '# Each row is there for its last answer; the others are rows of their own, or not to be learned from.',
          'mask_history: true',
        ]
      : []),
    '',
  ].join('\n')
}

/** Tool turns are read in the ShareGPT form only, so that messages are text. */
const spelling: Spelling = { noContent: '', arguments: 'text', weights: 'none', toolNames: false }

/** Every conversation as it is, or cut behind each answer that is to be learned from. */
const each = (isExpanded: boolean, write: (dialogue: Dialogue) => TargetRecord) => (dialogue: Dialogue) =>
  isExpanded
    ? answersOf(dialogue).map(({ before, answer }) => write({ ...dialogue, turns: [...before, answer] }))
    : [write(dialogue)]

const FORMS: Record<Form, (isExpanded: boolean) => Pick<Plan, 'policy' | 'write' | 'alsoCheck' | 'format'>> = {
  sharegpt: (isExpanded) => ({
    policy: { inPairs: true, effects: { ...sharegptEffects, 'weight.ignored': 'harms' } },
    format: jsonArray,
    write: each(isExpanded, ({ turns, tools }) => sharegptRecord(turns, tools)),
  }),
  messages: (isExpanded) => ({
    policy: { inPairs: true, effects: { ...sharegptEffects, 'tools.supported': 'harms', 'weight.ignored': 'harms' } },
    format: jsonLines,
    write: each(isExpanded, ({ turns }) => ({ messages: turns.map((turn) => spellMessage(turn, spelling)) })),
  }),
  alpaca: (isExpanded) => ({
    policy: { inPairs: true, effects: { ...alpacaEffects, 'weight.ignored': 'harms' } },
    format: jsonArray,
    write: each(isExpanded, ({ turns }) => withHistory(turns)),
  }),
  dpo: () => ({
    policy: {
      inPairs: true,
      effects: { ...pairEffects, 'start.user': 'drops', 'turns.alternate': 'drops', 'system.first': 'drops' },
    },
    alsoCheck: checkPairs('harms'),
    format: jsonArray,
    write: (dialogue) =>
      pairsOf(dialogue).map(({ before, chosen, rejected }) => ({
        ...sharegptRecord(before, dialogue.tools),
        chosen: spellConversations([chosen])[0],
        rejected: spellConversations([rejected])[0],
      })),
  }),
}

const ENDINGS: Record<Form, string> = { sharegpt: 'json', messages: 'jsonl', alpaca: 'json', dpo: 'json' }

export const llamaFactory = defineTarget(
  {
    id: 'llama-factory',
    name: 'LLaMA-Factory',
    description:
      'One of its formats with `dataset_info.json` and the options of a run. It drops rows that do not come in pairs of user and assistant, with a line in its log only; the report counts them.',
    trainers: ['LLaMA-Factory'],
    loses: [
      'which call each of several results answers',
      'emotions, scores and comments',
      'the rejected text of an edited answer, except with dpo',
    ],
    defaults: { form: 'sharegpt' },
    fixes: [...CHAT_FIXES, 'expand_answers'],
  },
  ({ form = 'sharegpt', fixes }) => {
    const isExpanded = form !== 'dpo' && fixes.includes('expand_answers')
    const plan = FORMS[form](isExpanded)
    return {
      ...plan,
      policy: isExpanded
        ? { ...plan.policy, effects: { ...plan.policy.effects, 'end.assistant': undefined, 'trained.some': 'drops' } }
        : plan.policy,
      nameOf: (split) => `${split}.${ENDINGS[form]}`,
      companions: (files) => [
        { name: 'dataset_info.json', text: datasetInfo(files, form) },
        { name: 'run.yaml', text: runOptions(files, form, isExpanded) },
      ],
    }
  },
)
