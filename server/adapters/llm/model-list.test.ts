/** Lists as the servers send them (shortened), and what is made of them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { modelsFrom } from './model-list.ts'

describe('a list of models', () => {
  it('of OpenRouter has names and context lengths, and only models that write', () => {
    const data = [
      {
        id: 'google/gemini-flash-1.5',
        name: 'Google: Gemini Flash 1.5',
        context_length: 1_000_000,
        architecture: { output_modalities: ['text'] },
      },
      { id: 'a/painter', name: 'Painter', context_length: 1, architecture: { output_modalities: ['image'] } },
    ]
    expect(modelsFrom({ data })).toEqual([
      { id: 'google/gemini-flash-1.5', name: 'Google: Gemini Flash 1.5', contextLength: 1_000_000 },
    ])
  })

  it.each([
    ['for a million tokens', { prompt: '0.00000015', completion: '0.0000006' }, { prompt: 0.15, completion: 0.6 }],
    ['of nothing', { prompt: '0', completion: '0', request: '0', image: '0' }, { prompt: 0, completion: 0 }],
    [
      'of the thoughts where they are dearer',
      { prompt: '1e-6', completion: '0.000002', internal_reasoning: '0.000008' },
      { prompt: 1, completion: 8 },
    ],
    ['unknown where it depends', { prompt: '-1', completion: '-1' }, undefined],
    ['unknown where each request costs', { prompt: '0.000001', completion: '0.000001', request: '0.005' }, undefined],
    ['unknown where half is missing', { prompt: '0.000001' }, undefined],
    ['unknown where they are no text', { prompt: 0.18, completion: 0.18 }, undefined],
    ['unknown where they are nonsense', { prompt: '0x10', completion: 'Infinity' }, undefined],
    ['unknown where there are none', null, undefined],
  ])('of OpenRouter has prices, %s', (_, pricing, prices) => {
    expect(modelsFrom({ data: [{ id: 'a/model', pricing }] })).toEqual([
      { id: 'a/model', name: 'a/model', ...(prices && { prices }) },
    ])
  })

  it.each([
    [
      'Ollama',
      { object: 'list', data: [{ id: 'llama3.2:latest', object: 'model', created: 1, owned_by: 'library' }] },
      { id: 'llama3.2:latest', name: 'llama3.2:latest' },
    ],
    [
      'vLLM',
      { object: 'list', data: [{ id: 'Qwen/Qwen3', max_model_len: 32_768, root: 'Qwen/Qwen3' }] },
      { id: 'Qwen/Qwen3', name: 'Qwen/Qwen3', contextLength: 32_768 },
    ],
    [
      'llama.cpp',
      {
        models: [{ name: 'x.gguf', model: 'x.gguf' }],
        object: 'list',
        data: [{ id: 'x.gguf', meta: { n_ctx_train: 4096 } }],
      },
      { id: 'x.gguf', name: 'x.gguf', contextLength: 4096 },
    ],
    [
      'LM Studio',
      {
        data: [
          { id: 'text-embedding-nomic', type: 'embeddings' },
          { id: 'qwen', type: 'llm', max_context_length: 8192 },
        ],
      },
      { id: 'qwen', name: 'qwen', contextLength: 8192 },
    ],
    [
      'Together',
      [{ id: 'meta/llama', display_name: 'Llama', context_length: 8192 }],
      { id: 'meta/llama', name: 'Llama', contextLength: 8192 },
    ],
    [
      "Ollama's own interface",
      { models: [{ name: 'llama3.2:latest', model: 'llama3.2:latest' }] },
      { id: 'llama3.2:latest', name: 'llama3.2:latest' },
    ],
  ])('of %s is understood', (_, body, model) => {
    expect(modelsFrom(body)).toEqual([model])
  })

  it('of Ollama without models is empty', () => {
    expect(modelsFrom({ object: 'list', data: null })).toEqual([])
    expect(modelsFrom({ object: 'list', data: [] })).toEqual([])
  })

  it('has each id once, and passes over entries without one', () => {
    expect(modelsFrom({ data: [{ id: 'a' }, { id: 'a', name: 'Again' }, { id: '' }, { id: 7 }, null, 'b'] })).toEqual([
      { id: 'a', name: 'a' },
    ])
  })

  it.each([[undefined], [null], ['text'], [{}], [{ data: {} }], [{ data: [1, 2] }], [{ data: null }]])(
    'is not %j',
    (body) => {
      expect(modelsFrom(body)).toBeUndefined()
    },
  )

  it('is never more than ids and names, whatever JSON it is made from', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        for (const model of modelsFrom({ data: [body] }) ?? [])
          expect(model).toMatchObject({ id: expect.any(String), name: expect.any(String) })
      }),
    )
  })
})
