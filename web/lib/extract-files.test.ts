import { describe, expect, it } from 'vitest'
import { extractFilesFromMessages, fileExtension, fileUrl } from './extract-files.ts'

/** The two messages of the example in seed 1’s document. */
const proposal = {
  id: 'msg-001',
  conversationId: '550e8400-e29b-41d4-a716-446655440000',
  senderId: 'user-001',
  senderName: 'Nguyễn Văn A',
  senderAvatarUrl: 'https://...',
  type: 'file' as const,
  content: null,
  attachments: [
    {
      id: 'att-001',
      fileId: 'file-abc123',
      fileName: 'proposal_2025.pdf',
      contentType: 'application/pdf',
      fileSize: 2_524_288,
      uploadedAt: '2025-01-08T14:30:00Z',
      thumbnailUrl: null,
      duration: null,
    },
  ],
  createdAt: '2025-01-08T14:30:00Z',
  updatedAt: '2025-01-08T14:30:00Z',
  isPinned: false,
  isStarred: false,
  workTypeId: 'wt-001',
  taskId: null,
  linkedTaskCount: 0,
}
const screenshot = {
  ...proposal,
  id: 'msg-002',
  senderId: 'user-002',
  senderName: 'Trần Thị B',
  type: 'image' as const,
  attachments: [
    {
      id: 'att-002',
      fileId: 'file-xyz789',
      fileName: 'screenshot_2025_01_08.png',
      contentType: 'image/png',
      fileSize: 1_048_576,
      uploadedAt: '2025-01-08T15:45:00Z',
      thumbnailUrl: 'https://api.backend.com/api/files/file-xyz789/thumbnail',
      dimensions: { width: 1920, height: 1080 },
    },
  ],
  createdAt: '2025-01-08T15:45:00Z',
  updatedAt: '2025-01-08T15:45:00Z',
  isStarred: true,
}
const example = [proposal, screenshot]

/** A message with attachments of these types. */
const withTypes = (...types: string[]) => ({
  ...proposal,
  attachments: types.map((contentType) => ({ ...proposal.attachments[0]!, fileId: contentType, contentType })),
})
const idsOf = (files: readonly { id: string }[]) => files.map(({ id }) => id)

describe('the files in messages', () => {
  it('are documents, from the example of the document', () => {
    expect(extractFilesFromMessages(example, 'docs')).toEqual([
      {
        id: 'file-abc123',
        name: 'proposal_2025.pdf',
        url: '/api/files/file-abc123',
        thumbnailUrl: null,
        size: 2_524_288,
        contentType: 'application/pdf',
        uploadedAt: '2025-01-08T14:30:00Z',
        senderId: 'user-001',
        senderName: 'Nguyễn Văn A',
        messageId: 'msg-001',
      },
    ])
  })

  it('are media, from the example of the document', () => {
    expect(extractFilesFromMessages(example, 'media')).toEqual([
      {
        id: 'file-xyz789',
        name: 'screenshot_2025_01_08.png',
        url: '/api/files/file-xyz789',
        thumbnailUrl: 'https://api.backend.com/api/files/file-xyz789/thumbnail',
        size: 1_048_576,
        contentType: 'image/png',
        uploadedAt: '2025-01-08T15:45:00Z',
        senderId: 'user-002',
        senderName: 'Trần Thị B',
        messageId: 'msg-002',
      },
    ])
  })

  it('are media when they are pictures or videos, and documents otherwise: each is one of both', () => {
    const media = ['image/png', 'image/svg+xml', 'video/mp4', 'video/quicktime']
    const docs = ['application/pdf', 'audio/mpeg', 'text/plain', 'application/image', 'x-image/png', '']
    const messages = [withTypes(...media), withTypes(...docs)]
    expect(idsOf(extractFilesFromMessages(messages, 'media'))).toEqual(media)
    expect(idsOf(extractFilesFromMessages(messages, 'docs'))).toEqual(docs)
  })

  it('keep the order of the messages, and within one that of its attachments', () => {
    const messages = [withTypes('image/b', 'image/a'), withTypes('text/x'), withTypes('image/c')]
    expect(idsOf(extractFilesFromMessages(messages, 'media'))).toEqual(['image/b', 'image/a', 'image/c'])
  })

  it('are none in messages without attachments, whether the list is empty, null or not there', () => {
    const { attachments: _, ...without } = proposal
    const messages = [{ ...proposal, attachments: [] }, { ...proposal, attachments: null }, without]
    expect(extractFilesFromMessages(messages, 'docs')).toEqual([])
    expect(extractFilesFromMessages([], 'media')).toEqual([])
  })
})

it('the address of a file is the one of the document', () => {
  expect(fileUrl('file-abc123')).toBe('/api/files/file-abc123')
})

it.each([
  ['application/pdf', 'pdf'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['image/png', 'png'],
  ['image/jpeg', 'jpg'],
  ['video/mp4', 'mp4'],
  ['image/gif', 'unknown'],
  ['', 'unknown'],
  // Not a key of an object.
  ['constructor', 'unknown'],
])('the extension of %s is %s', (contentType, extension) => {
  expect(fileExtension(contentType)).toBe(extension)
})
