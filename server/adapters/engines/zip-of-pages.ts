/** Several pages of one document as one file. */
import { createWriteStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import yazl from 'yazl'
import { EngineFailure, type EngineTask } from '#server/features/conversion/index.ts'
import type { Workplace } from './in-sandbox.ts'

/**
 * @param task programs have written `out.<to>`, or `out-1.<to>`, `out-2.<to>` … into the folder
 * @returns the name of the only one, or of a ZIP with all of them: `page-1.<to>` …
 * @throws EngineFailure `refused` where there is none
 */
export const gather = async (place: Pick<Workplace, 'list' | 'pathOf'>, { to }: EngineTask): Promise<string> => {
  const pages = (await place.list()).filter((name) => new RegExp(`^out(-\\d+)?\\.${to}$`).test(name))
  const [first] = pages
  if (first === undefined) throw new EngineFailure('refused', 'Nothing was made of the file.')
  if (pages.length === 1) return first
  const zip = new yazl.ZipFile()
  for (const page of pages) {
    // A link would lead to a file of ours.
    if (!(await lstat(place.pathOf(page))).isFile()) throw new EngineFailure('refused', 'No page was made.')
    // Pictures are packed already.
    zip.addFile(place.pathOf(page), page.replace('out', 'page'), { compress: false, mtime: DATE, mode: 0o100644 })
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(place.pathOf('pages.zip'), { flags: 'wx', mode: 0o600 }))
  return 'pages.zip'
}

/** The same pages make the same file. */
const DATE = new Date(1980, 0, 1)
