/** The card: its head as the Hugging Face hub reads it, and what people are told. */
import { describe, expect, it } from 'vitest'
import { type CardEnd, startCard } from './card.ts'
import { contentOf, facts, rowOf } from './for-tests.ts'

const end: CardEnd = {
  files: [
    { name: 'messages/train.jsonl', target: 'messages', split: 'train', conversations: 2, records: 2 },
    { name: 'messages/validation.jsonl', target: 'messages', split: 'validation', conversations: 1, records: 1 },
    { name: 'messages/train_sft.py', target: 'messages', split: null, conversations: 0, records: 0 },
    { name: 'parquet/train-00000-of-00001.parquet', target: 'parquet', split: 'train', conversations: 2, records: 2 },
    {
      name: 'training-file-v4/train.training-file.json',
      target: 'training-file-v4',
      split: 'train',
      conversations: 2,
      records: 2,
    },
    { name: 'markdown/train.md', target: 'markdown', split: 'train', conversations: 2, records: 2 },
  ],
  dropped: [{ target: 'messages', rule: 'weight.ignored', conversations: 3 }],
  erased: 1,
  counts: null,
}

const cardOf = (name: string, origins: readonly ('generated' | 'taken' | 'imported')[]): string => {
  const card = startCard({ ...facts, name })
  for (const origin of origins) card.note(rowOf(contentOf('ua'), { origin }))
  return card.text(end)
}

const headOf = (text: string): string => text.slice(0, text.indexOf('---', 3) + 3)

describe('the card of a dataset', () => {
  it('tells the hub which files are which split, of the forms that its loader reads', () => {
    expect(headOf(cardOf('Advice', ['generated', 'generated', 'generated']))).toBe(
      `---
pretty_name: "Advice"
task_categories: [text-generation]
tags: [conversational, synthetic]
size_categories: [n<1K]
configs:
- config_name: messages
  default: true
  data_files:
  - {split: train, path: "messages/train.jsonl"}
  - {split: validation, path: "messages/validation.jsonl"}
- config_name: parquet
  data_files:
  - {split: train, path: "parquet/train-00000-of-00001.parquet"}
---`,
    )
  })

  it('keeps a name that would break its head, or begin a heading, where it belongs', () => {
    const text = cardOf('A "calm"\n---\n# answer: [yes]', ['generated'])
    expect(headOf(text.replace(String.raw`\n---\n`, ''))).toContain(
      String.raw`pretty_name: "A \"calm\"# answer: [yes]"`,
    )
    expect(text).toContain('\n# A "calm" --- # answer: [yes]\n')
  })

  it('says where the conversations come from, what was left out and why', () => {
    const text = cardOf('Advice', ['generated', 'taken', 'taken'])
    expect(headOf(text)).toContain('tags: [conversational]\n')
    expect(text).toContain('Version 3 of the dataset, frozen on 2026-11-01: 3 conversations.')
    expect(text).toContain('- Written by models: 1.\n- Taken from real conversations')
    expect(text).toContain('- Erased since: 1.')
    expect(text).toContain('because they break the rule “No answer is learned from that is marked as not to be”: 3.')
  })
})
