/** Draws pages of PDF documents. */
import { readFileSync, statSync } from 'node:fs'
import { PDFiumLibrary } from '@hyzyla/pdfium'
import { webpOfPixels } from './pixels.ts'

export interface ShownPage {
  /** WebP. */
  readonly bytes: Uint8Array
  readonly pages: number
}

/** Larger documents have no pictures: the library wants the whole document in memory. */
const MOST_BYTES = 256 * 1024 * 1024

let library: Promise<PDFiumLibrary> | undefined

/** @returns undefined when the document can't be read, wants a password, or has no such page */
export const showPage = async ({
  path,
  page,
  longerSide,
}: {
  readonly path: string
  readonly page: number
  readonly longerSide: number
}): Promise<ShownPage | undefined> => {
  if (statSync(path).size > MOST_BYTES) return undefined
  library ??= PDFiumLibrary.init()
  try {
    const document = await (await library).loadDocument(readFileSync(path))
    try {
      const pages = document.getPageCount()
      if (page > pages) return undefined
      const sheet = document.getPage(page - 1)
      const { originalWidth, originalHeight } = sheet.getOriginalSize()
      const scale = longerSide / Math.max(originalWidth, originalHeight)
      const drawn = await sheet.render({ scale, render: 'bitmap', renderFormFields: true })
      return { bytes: await webpOfPixels(drawn.data, { width: drawn.width, height: drawn.height }, longerSide), pages }
    } finally {
      document.destroy()
    }
  } catch {
    return undefined
  }
}
