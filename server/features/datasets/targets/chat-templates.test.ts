/**
 * Rows in real chat templates: those of 97 models as `@huggingface/ollama-utils` has collected them, rendered by `@huggingface/jinja`.
 * Every turn says a marker of its own; a marker that is not in the rendered text is a turn that the model would never see.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import vm from 'node:vm'
import { Template } from '@huggingface/jinja'
import type { OllamaChatTemplateMapEntry } from '@huggingface/ollama-utils'
import { describe, expect, it } from 'vitest'
import { contentOf, lookUp, take } from './for-tests.ts'
import type { TargetOptions } from './target.ts'

/** A model, and its template in Jinja as its GGUF file has it. */
type ModelTemplate = Pick<OllamaChatTemplateMapEntry, 'model' | 'gguf'>

/** The collection is not exported: its source is one array, written as JavaScript. */
const readCollection = (): ModelTemplate[] => {
  const index = createRequire(import.meta.url).resolve('@huggingface/ollama-utils')
  const source = readFileSync(path.join(path.dirname(index), '../src/chat-template-automap.ts'), 'utf8')
  return vm.runInNewContext(source.slice(source.indexOf('= [') + 2)) as ModelTemplate[]
}

/** They judge messages or extract data, want pictures, or want variables of their own. */
const NOT_FOR_CHATS = [
  'firefunction-v2:70b',
  'granite3-guardian:2b',
  'llama-guard3:1b',
  'llama3.2-vision:90b',
  'llama3.2-vision:latest',
  'shieldgemma:27b',
]

const templates = readCollection()
  .map(({ model, gguf }) => ({ model: model.replace('library/', ''), gguf }))
  .filter(({ model }) => !NOT_FOR_CHATS.includes(model))

type Messages = readonly { readonly role: string; readonly content: string }[]

const render = (gguf: string, messages: unknown, tools?: unknown): string =>
  new Template(gguf).render({ messages, tools, bos_token: '', eos_token: '', add_generation_prompt: false })

const lost = (gguf: string, messages: Messages): string[] => {
  const rendered = render(gguf, messages)
  return messages.map(({ content }) => content).filter((content) => !rendered.includes(content))
}

const namesOf = (found: readonly ModelTemplate[]): string[] => found.map(({ model }) => model).toSorted()

const messagesOf = (letters: string, options: TargetOptions = {}): Messages => {
  const [record] = take('messages', contentOf(letters), options).records
  return record!['messages'] as Messages
}

const raises = (gguf: string, messages: unknown): boolean => {
  try {
    render(gguf, messages)
    return false
  } catch {
    return true
  }
}

describe('conversations in chat templates', () => {
  it('lose no turn in the template of any of 91 chat models', () => {
    expect(templates).toHaveLength(91)
    const messages = messagesOf('uauaua')
    expect(templates.filter(({ gguf }) => lost(gguf, messages).length > 0)).toEqual([])
  })

  it('keep their system message too, except where a template refuses or forgets any', () => {
    const messages = messagesOf('suaua')
    const refuses = templates.filter(({ gguf }) => raises(gguf, messages))
    const forgets = templates.filter(({ gguf }) => !raises(gguf, messages) && lost(gguf, messages).length > 0)
    expect(namesOf(refuses)).toEqual([
      'gemma2:2b',
      'gemma3:1b',
      'llama-guard3:8b',
      'llava:7b',
      'mistral:7b-instruct-fp16',
    ])
    expect(namesOf(forgets)).toEqual([
      'llama-pro:latest',
      'mixtral:8x22b',
      'nuextract:3.8b',
      'phi3:14b',
      'phi4-reasoning:14b',
    ])
    for (const { gguf } of forgets) expect(lost(gguf, messages)).toEqual(['«1s»'])
  })

  it('keep everything in all of them once the system message is taken out', () => {
    const messages = messagesOf('suaua', { fixes: ['remove_system'] })
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
    expect(templates.filter(({ gguf }) => lost(gguf, messages).length > 0)).toEqual([])
  })

  it('are refused by some when a role repeats, and by none once neighbours are joined', () => {
    const some = templates.filter(({ gguf }) => raises(gguf, messagesOf('uuaua')))
    expect(some.length).toBeGreaterThan(5)
    const merged = messagesOf('uuaua', { fixes: ['merge_same_role'] })
    expect(templates.filter(({ gguf }) => raises(gguf, merged))).toEqual([])
  })

  it('vanish in a third of them as ShareGPT with human and gpt, and in none with user and assistant', () => {
    const rendered = (roles: 'human_gpt' | 'user_assistant') => {
      const [record] = take('sharegpt', contentOf('uaua'), { roles }).records
      const said = record!['conversations'] as { from: string; value: string }[]
      // What TRL makes of it: other keys, the same roles.
      const messages = said.map(({ from, value }) => ({ role: from, content: value }))
      return templates.filter(({ gguf }) => !raises(gguf, messages) && lost(gguf, messages).length === messages.length)
    }
    expect(namesOf(rendered('human_gpt'))).toContain('qwen2.5:0.5b')
    expect(rendered('human_gpt').length).toBeGreaterThan(30)
    expect(rendered('user_assistant')).toEqual([])
  })

  it('as prompt and completion, are the same text as the whole: each row ends with its answer', () => {
    const { records } = take('prompt-completion', contentOf('uauaua'))
    expect(records).toHaveLength(3)
    const qwen = templates.find(({ model }) => model === 'qwen2.5:0.5b')!
    const [, , last] = records as unknown as { prompt: Messages; completion: Messages }[]
    expect(render(qwen.gguf, [...last!.prompt, ...last!.completion])).toBe(render(qwen.gguf, messagesOf('uauaua')))
  })
})

describe('tool calls in chat templates', () => {
  const qwen = templates.find(({ model }) => model === 'qwen2.5:0.5b')!

  it('have arguments once encoded as objects, and twice as text', () => {
    const called = (options: TargetOptions) => render(qwen.gguf, messagesOf('ucta', options), [lookUp])
    expect(called({ arguments: 'object' })).toContain('"arguments": {"city": "«2c»"}')
    expect(called({ arguments: 'text' })).toContain(String.raw`"arguments": "{\"city\"`)
  })

  it('keep the call, its result and the answer in templates that know tools', () => {
    for (const model of ['qwen2.5:0.5b', 'qwen3:0.6b', 'llama3.1:8b', 'granite4:latest', 'cogito:14b']) {
      const { gguf } = templates.find((each) => each.model === model)!
      const rendered = render(gguf, messagesOf('ucta'), [{ type: 'function', function: lookUp }])
      for (const marker of ['«1u»', '«2c»', '«3t»', '«4a»']) expect(rendered, model).toContain(marker)
    }
  })
})
