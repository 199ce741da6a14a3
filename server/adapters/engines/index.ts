/** All engines of this program, each behind the port `Engine`, all in one sandbox. */
import type { Engine } from '#server/features/conversion/engine.ts'
import { openPictureEngines } from './images/index.ts'
import { markupEngine, printEngine } from './markup.ts'
import { mediaEngine } from './media.ts'
import { ocrEngine } from './ocr.ts'
import { openOfficeEngine } from './office/index.ts'
import { pdfEngine } from './pdf.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * Nothing is started before the first task.
 * @returns the better one first, where two do the same: office documents keep their looks in LibreOffice, and their sense in
 *   pandoc
 */
export const openEngines = (sandbox: Sandbox): readonly Engine[] => {
  const [office, markup, ocr] = [openOfficeEngine(sandbox), markupEngine(sandbox), ocrEngine(sandbox)]
  const { images, photos } = openPictureEngines(sandbox)
  return [
    images,
    photos,
    office,
    pdfEngine(sandbox, ocr),
    mediaEngine(sandbox),
    markup,
    printEngine(markup, office),
    ocr,
  ]
}
