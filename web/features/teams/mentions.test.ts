import { describe, expect, it } from 'vitest'
import { completeMention, findMentions, mentionAt, mentionedIds } from './mentions.ts'

const ann = { id: '1', name: 'Ann' }
const annLee = { id: '2', name: 'Ann Lee' }
const nguyen = { id: '3', name: 'Nguyễn Ánh' }
const everybody = [ann, annLee, nguyen]

describe('who is meant by a text', () => {
  it.each([
    ['@Ann, look', ['1']],
    ['@Ann Lee, look', ['2']],
    ['@Ann look', ['1']],
    ['Hi @Ann Lee how are you?', ['2']],
    ['@Ann𝐀', []],
    ['@Annabel', []],
    ['ann@Ann.example', []],
    ['(@Nguyễn Ánh)', ['3']],
    ['@Ann @Ann Lee @Ann', ['1', '2']],
    ['@ann', []],
    ['nobody', []],
    ['@', []],
    ['@Nguyễn Ánhh', []],
  ])('%j means %j', (text, ids) => {
    expect(mentionedIds(text, everybody)).toEqual(ids)
  })

  it('is told with where it stands', () => {
    expect(findMentions('Hi @Ann Lee!', everybody)).toEqual([{ named: annLee, start: 3, end: 11 }])
  })

  it('never includes people without a name', () => {
    expect(mentionedIds('@ hello', [{ id: '9', name: '' }])).toEqual([])
  })
})

describe('a mention that is being typed', () => {
  it.each([
    ['@', 1, { start: 0, query: '' }],
    ['Hi @An', 6, { start: 3, query: 'An' }],
    ['Hi @Ann Le', 10, { start: 3, query: 'Ann Le' }],
    ['Hi @Ann and then some', 21, null],
    ['Hi @An\nnext', 11, null],
    ['ann@exa', 7, null],
    ['@ space', 7, null],
    ['@Ann', 0, null],
  ])('%j with the caret at %i is %j', (text, caret, expected) => {
    expect(mentionAt(text, caret)).toEqual(expected)
  })

  it('is completed in its place, with one space after it', () => {
    expect(completeMention('Hi @An!', 6, { start: 3, query: 'An' }, 'Ann Lee')).toEqual({
      text: 'Hi @Ann Lee !',
      caret: 12,
    })
    expect(completeMention('Hi @An there', 6, { start: 3, query: 'An' }, 'Ann')).toEqual({
      text: 'Hi @Ann there',
      caret: 8,
    })
  })
})
