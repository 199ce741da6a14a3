import { describe, expect, it } from 'vitest'
import { categoryOf, fileUrl, isShownByBrowser, previewUrl, shownAttachment } from './shown-file.ts'

const openXml = 'application/vnd.openxmlformats-officedocument'

describe('what a file is, by its content type', () => {
  it.each([
    ['image/png', 'image'],
    ['image/svg+xml', 'image'],
    ['video/mp4', 'video'],
    ['audio/mpeg', 'audio'],
    ['application/pdf', 'pdf'],
    [`${openXml}.wordprocessingml.document`, 'word'],
    ['application/msword', 'word'],
    [`${openXml}.spreadsheetml.sheet`, 'excel'],
    ['application/vnd.ms-excel', 'excel'],
    [`${openXml}.presentationml.presentation`, 'powerpoint'],
    ['application/vnd.oasis.opendocument.presentation', 'powerpoint'],
    ['text/plain; charset=utf-8', 'text'],
    ['application/json', 'text'],
    ['application/zip', 'archive'],
    ['application/octet-stream', 'other'],
    ['', 'other'],
  ])('%s is %s', (contentType, category) => {
    expect(categoryOf(contentType)).toBe(category)
  })
})

it('an attachment of seed 1 is shown under the id of its file, with the sender of its message', () => {
  const attachment = {
    id: 'att-001',
    fileId: 'file-abc123',
    fileName: 'proposal_2025.pdf',
    contentType: 'application/pdf',
    fileSize: 2_524_288,
    uploadedAt: '2025-01-08T14:30:00Z',
    thumbnailUrl: null,
    duration: null,
  }
  expect(shownAttachment(attachment, { id: 'msg-001', senderName: 'Nguyễn Văn A' })).toEqual({
    id: 'file-abc123',
    name: 'proposal_2025.pdf',
    contentType: 'application/pdf',
    category: 'pdf',
    size: 2_524_288,
    thumbnailUrl: null,
    duration: null,
    dimensions: null,
    sharedAt: '2025-01-08T14:30:00Z',
    senderName: 'Nguyễn Văn A',
    messageId: 'msg-001',
  })
})

it('addresses are those of the contract', () => {
  expect(fileUrl('f')).toBe('/api/files/f')
  expect(fileUrl('f', 'inline')).toBe('/api/files/f?disposition=inline')
  expect(previewUrl('f')).toBe('/api/files/f/preview')
  expect(previewUrl('f', 3)).toBe('/api/files/f/preview?page=3')
})

it('the browser shows no picture that can carry a script', () => {
  expect(isShownByBrowser('image/png')).toBe(true)
  expect(isShownByBrowser('image/svg+xml')).toBe(false)
})
