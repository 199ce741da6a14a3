/** How a file is shown large: by what it is, and for text by its name. Pure. */
import { extensionOf } from './describe-file.ts'
import type { ShownFile } from './shown-file.ts'

export type PreviewKind = 'image' | 'video' | 'audio' | 'pdf' | 'markdown' | 'text' | 'none'

export const previewKind = ({ category, contentType, name }: ShownFile): PreviewKind => {
  switch (category) {
    case 'image':
    case 'video':
    case 'audio':
    case 'pdf':
      return category
    // Pages of the PDF that the server makes of them, where it can.
    case 'word':
    case 'excel':
    case 'powerpoint':
      return 'pdf'
    case 'text':
      return contentType.startsWith('text/markdown') || /^(md|markdown)$/.test(extensionOf(name)) ? 'markdown' : 'text'
    default:
      return 'none'
  }
}

/** The language that a text file's colours follow; null for plain text. */
export const languageOf = (name: string): string | null => {
  const extension = extensionOf(name)
  return /^(|txt|text|log|csv|tsv)$/.test(extension) ? null : extension
}
