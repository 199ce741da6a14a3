/** Rows for Hugging Face TRL and what reads like it: conversations, and prompts with their completions. */
import type { TrainingRow } from '../../training/index.ts'
import { defineTarget, jsonLines, type Plan } from './define-target.ts'
import { answersOf, type Dialogue } from './dialogue.ts'
import { CHAT_FIXES, type Effect, type RuleId } from './finding.ts'
import { metadataOf, spellMessage, type Spelling, spellToolsAsText } from './spell.ts'
import type { TargetOptions, TargetRecord, WrittenFile } from './target.ts'

/**
 * What chat templates differ in only warns: Gemma's and Cohere's raise where others render. Templates insert the text of a
 * message as it is, and tokenizers read control tokens in it.
 */
const byTemplate: Partial<Record<RuleId, Effect>> = {
  'messages.present': 'stops',
  'system.first': 'warns',
  'start.user': 'warns',
  'turns.alternate': 'warns',
  'end.assistant': 'warns',
  'content.present': 'warns',
  'content.encodable': 'stops',
  'text.special': 'harms',
  'tools.answered': 'changes',
  'tools.named': 'warns',
}

const effectsFor = (options: TargetOptions): Partial<Record<RuleId, Effect>> => ({
  ...byTemplate,
  'arguments.object': options.arguments === 'object' ? 'stops' : 'changes',
})

/** A prompt that is empty, or a system message only, ends the run. */
const answerEffects = (options: TargetOptions): Partial<Record<RuleId, Effect>> => ({
  ...effectsFor(options),
  'start.user': 'stops',
  'end.assistant': undefined,
  'trained.some': 'drops',
})

/** Gemma's, Llama's and Phi's templates raise on null. */
const spellingFor = (options: TargetOptions): Spelling => ({
  noContent: '',
  arguments: options.arguments ?? 'object',
  weights: 'none',
  toolNames: true,
})

const LOSES = ['emotions, scores and comments', 'the rejected text of an edited answer', 'the scene']

/** One prompt and completion for each answer that is to be learned from: TRL's loss is on the completion alone. */
const writeAnswers =
  (options: TargetOptions): Plan['write'] =>
  (dialogue, row) => {
    const spelling = spellingFor(options)
    const tools = spellToolsAsText(dialogue.tools)
    return answersOf(dialogue).map(({ before, answer, number }) => ({
      prompt: before.map((turn) => spellMessage(turn, spelling)),
      completion: [spellMessage(answer, spelling)],
      tools,
      ...(options.metadata === true && { ...metadataOf(row), answer_turn: number }),
    }))
  }

const writeWhole =
  (options: TargetOptions) =>
  ({ turns, tools }: Dialogue, row: TrainingRow): TargetRecord[] => {
    const spelling = spellingFor(options)
    return [
      {
        messages: turns.map((turn) => spellMessage(turn, spelling)),
        tools: spellToolsAsText(tools),
        ...(options.metadata === true && metadataOf(row)),
      },
    ]
  }

/** A program that begins a run over these files: the one thing that a trainer without configuration files can be given. */
export const trlScript = (files: readonly WrittenFile[], kind: 'sft' | 'dpo', settings = ''): string => {
  const [trainer, config] = kind === 'sft' ? ['SFTTrainer', 'SFTConfig'] : ['DPOTrainer', 'DPOConfig']
  const hasValidation = files.some(({ split }) => split === 'validation')
  return `"""Starts training on these files with TRL: pip install "trl>=1.0" peft, then python train_${kind}.py <model>."""

import sys

from datasets import load_dataset
from peft import LoraConfig
from trl import ${config}, ${trainer}

data = load_dataset(
    "json",
    data_files={
${files.map(({ split, name }) => `        ${JSON.stringify(split)}: ${JSON.stringify(name)},\n`).join('')}    },
)

trainer = ${trainer}(
    model=sys.argv[1],
    args=${config}(output_dir="out"${settings}),
    train_dataset=data["train"],
${hasValidation ? '    eval_dataset=data["validation"],\n' : ''}    peft_config=LoraConfig(task_type="CAUSAL_LM"),
)
trainer.train()
`
}

export const messages = defineTarget(
  {
    id: 'messages',
    name: 'Conversational messages (JSONL)',
    description:
      'One conversation a line as `messages`, for trainers that render it with the chat template of the model. Arguments of tool calls are objects, as templates want them.',
    trainers: ['TRL', 'Unsloth', 'Hugging Face datasets'],
    loses: [...LOSES, 'which answers are not to be learned from: such rows are left out, or expanded'],
    defaults: { arguments: 'object', metadata: false },
    fixes: [...CHAT_FIXES, 'expand_answers'],
  },
  (options) => {
    const isExpanded = options.fixes.includes('expand_answers')
    return {
      // A conversation without an answer to learn from would be learned from as a whole.
      policy: {
        effects: isExpanded
          ? answerEffects(options)
          : { ...effectsFor(options), 'trained.some': 'harms', 'weight.ignored': 'harms' },
      },
      nameOf: (split) => `${split}.jsonl`,
      format: jsonLines,
      write: isExpanded ? writeAnswers(options) : writeWhole(options),
      companions: (files) => [
        { name: 'train_sft.py', text: trlScript(files, 'sft', isExpanded ? '' : ', assistant_only_loss=True') },
      ],
    }
  },
)

export const promptCompletion = defineTarget(
  {
    id: 'prompt-completion',
    name: 'Prompt and completion (JSONL)',
    description:
      'One row for each answer that is to be learned from: everything before it is the prompt, and only the completion is learned from.',
    trainers: ['TRL', 'Unsloth'],
    loses: LOSES,
    defaults: { arguments: 'object', metadata: false },
    fixes: CHAT_FIXES,
  },
  (options) => ({
    policy: { effects: answerEffects(options) },
    nameOf: (split) => `${split}.jsonl`,
    format: jsonLines,
    write: writeAnswers(options),
    companions: (files) => [{ name: 'train_sft.py', text: trlScript(files, 'sft') }],
  }),
)
