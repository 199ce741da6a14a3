import { describe, expect, it } from 'vitest'
import { ada, aMessage, at, grace } from './for-tests.ts'
import { isHalfTold, toldMessage } from './told-message.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const tell = (fields: Partial<ReturnType<typeof aMessage>> = {}) => {
  const { mentions: _mentions, editedAt: _editedAt, model: _model, can: _can, ...told } = aMessage(1, fields)
  return told
}
const reader = { id: ada.id, role: 'member' as const }

describe('a message that an event tells of', () => {
  it('is the reader’s own to change, and others’ to admins to delete', () => {
    expect(toldMessage(tell(), undefined, reader).can).toEqual({ edit: true, delete: true })
    expect(toldMessage(tell(), undefined, { ...reader, id: grace.id }).can).toEqual({ edit: false, delete: false })
    expect(toldMessage(tell(), undefined, { id: grace.id, role: 'admin' }).can).toEqual({ edit: false, delete: true })
    expect(toldMessage(tell({ type: 'system' }), undefined, { ...reader, role: 'owner' }).can).toEqual({
      edit: false,
      delete: false,
    })
  })

  it('keeps what the event leaves out: the star, the mentions, what the reader may do', () => {
    const known = aMessage(1, { isStarred: true, mentions: [grace], can: { edit: true, delete: true } })
    expect(toldMessage(tell({ isPinned: true }), known, reader)).toEqual({ ...known, isPinned: true })
  })

  it('counts as edited when its words are others than before', () => {
    const changed = toldMessage(tell({ content: 'Else', updatedAt: at(5) }), aMessage(1, { mentions: [grace] }), reader)
    expect(changed).toMatchObject({ content: 'Else', editedAt: at(5), mentions: [] })
  })

  it('without a person is by the model that is named as its sender', () => {
    expect(toldMessage(tell({ senderId: NOBODY, senderName: 'echo' }), undefined, reader).model).toBe('echo')
    expect(toldMessage(tell({ senderId: NOBODY, type: 'system' }), undefined, reader).model).toBeNull()
  })

  it('has to be read again when its text may mean somebody', () => {
    expect(isHalfTold(tell({ content: 'Hi @Grace Hopper' }), undefined)).toBe(true)
    expect(isHalfTold(tell({ content: 'Hi' }), undefined)).toBe(false)
    expect(isHalfTold(tell({ content: 'Hi @Grace Hopper' }), aMessage(1, { content: 'Hi @Grace Hopper' }))).toBe(false)
  })
})
