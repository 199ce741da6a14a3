import { expect, it } from 'vitest'
import { unknownPlaceholders } from './unknown-placeholders.ts'

it('names each unknown placeholder once, in the order of the text, and leaves other braces alone', () => {
  const text = '{{ topic_name }} {{arc}} {"a": {"b": 1}} {{persona_name}} {{arc}} {{}} {{constructor}}'
  expect(unknownPlaceholders(text, ['topic_name', 'persona_name'])).toEqual(['arc', '', 'constructor'])
})
