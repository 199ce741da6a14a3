import { describe, expect, it } from 'vitest'
import { RequestError, unreachable } from '../../lib/request-error.ts'
import type { ShownFile } from './shown-file.ts'
import {
  cutOff,
  isUploading,
  nextOf,
  roomIn,
  storedFiles,
  withChosen,
  withFailed,
  withGivenBack,
  without,
  withProgress,
  withRetried,
  withSending,
  withStored,
  type UploadBox,
} from './upload-box.ts'

const chosen = (count: number, first = 1) =>
  Array.from({ length: count }, (_, index) => ({
    localId: `u${first + index}`,
    name: `${first + index}.png`,
    contentType: 'image/png',
    size: 100,
  }))

const stored = (id: string): ShownFile => ({
  id,
  name: `${id}.png`,
  contentType: 'image/png',
  category: 'image',
  size: 100,
  thumbnailUrl: null,
  duration: null,
  dimensions: null,
  sharedAt: '2026-01-01T00:00:00.000Z',
  senderName: null,
  messageId: null,
})

const states = (box: UploadBox) => box.map(({ state }) => state)

describe('files that are attached to a message', () => {
  it('are ten at most', () => {
    const box = withChosen(withChosen([], chosen(8)), chosen(5, 9))
    expect(box).toHaveLength(10)
    expect(roomIn(box)).toBe(0)
  })

  it('are sent three at a time, in their order', () => {
    let box = withChosen([], chosen(5))
    expect(nextOf(box).map(({ localId }) => localId)).toEqual(['u1', 'u2', 'u3'])
    for (const { localId } of nextOf(box)) box = withSending(box, localId)
    expect(nextOf(box)).toEqual([])
    box = withStored(box, 'u2', stored('f2'))
    expect(nextOf(box).map(({ localId }) => localId)).toEqual(['u4'])
  })

  it('show progress that never goes back and never passes the end, although a request is larger than its file', () => {
    let box = withSending(withChosen([], chosen(1)), 'u1')
    box = withProgress(box, 'u1', 60)
    box = withProgress(box, 'u1', 40)
    expect(box[0]?.sent).toBe(60)
    box = withProgress(box, 'u1', 380)
    expect(box[0]?.sent).toBe(100)
  })

  it('take no notice of progress that is told after the end', () => {
    const box = withFailed(withSending(withChosen([], chosen(1)), 'u1'), 'u1', unreachable())
    expect(withProgress(box, 'u1', 50)).toEqual(box)
  })

  it('are still uploading until each is stored or refused', () => {
    let box = withChosen([], chosen(2))
    expect(isUploading(box)).toBe(true)
    box = withStored(withSending(box, 'u1'), 'u1', stored('f1'))
    box = withFailed(withSending(box, 'u2'), 'u2', new RequestError(413, 'http.413', 'Too large.', false))
    expect(states(box)).toEqual(['stored', 'failed'])
    expect(isUploading(box)).toBe(false)
    expect(storedFiles(box).map(({ id }) => id)).toEqual(['f1'])
  })

  it('go out again from the start when that is asked for', () => {
    const failed = withFailed(withProgress(withSending(withChosen([], chosen(1)), 'u1'), 'u1', 70), 'u1', unreachable())
    expect(withRetried(failed, 'u1')[0]).toMatchObject({ state: 'waiting', sent: 0, error: null })
  })

  it('are told apart by why they failed: only a lost connection is tried again by itself', () => {
    let box = withChosen([], chosen(2))
    box = withFailed(box, 'u1', unreachable())
    box = withFailed(box, 'u2', new RequestError(400, 'http.400', 'The file is empty.', false))
    expect(cutOff(box).map(({ localId }) => localId)).toEqual(['u1'])
  })

  it('come back once when their message was not sent', () => {
    const box = withGivenBack(withGivenBack(withChosen([], chosen(1)), [stored('f1')]), [stored('f1')])
    expect(box.map(({ localId }) => localId)).toEqual(['f1', 'u1'])
    expect(without(box, 'f1').map(({ localId }) => localId)).toEqual(['u1'])
  })
})
