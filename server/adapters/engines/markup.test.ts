/** Texts with markup into each other; what came out is read back by other programs. */
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { formatOfOutput } from '#server/features/conversion/formats.ts'
import { convert, failureOf, openCanary, sandbox, using } from './for-tests.ts'
import { markupEngine, printEngine } from './markup.ts'
import { openOfficeEngine } from './office/index.ts'

const engine = markupEngine(sandbox)

const words = 'Xin chào thế giới'
const texts: Record<string, string> = {
  md: `# Heading\n\n${words}, *slanted*.\n\n| a | b |\n|---|---|\n| one | two |\n`,
  html: `<!DOCTYPE html><meta charset="utf-8"><h1>Heading</h1><p>${words}, <em>slanted</em>.</p><table><tr><th>a<th>b<tr><td>one<td>two</table>`,
  rst: `Heading\n=======\n\n${words}, *slanted*.\n\n=== ===\na   b\n=== ===\none two\n=== ===\n`,
  tex: `\\documentclass{article}\\begin{document}\\section{Heading}${words}, \\emph{slanted}.\\begin{tabular}{ll}a & b\\\\one & two\\end{tabular}\\end{document}`,
}
const samples = async (format: string): Promise<Uint8Array | string> =>
  texts[format] ?? (await using('pandoc', ['-f', 'markdown', '-o', `$out.${format}`, '$in'], texts.md)).bytes

/** What one reads in a file, as other programs find it. */
const readIn = async (bytes: Buffer, format: string): Promise<string> => {
  const members: Record<string, string> = {
    docx: 'word/document.xml',
    odt: 'content.xml',
    epub: 'EPUB/text/ch001.xhtml',
  }
  const member = members[format]
  const text = member === undefined ? bytes.toString() : (await using('unzip', ['-p', '$in', member], bytes)).told
  if (member !== undefined) await using('unzip', ['-tq', '$in'], bytes)
  return text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
}

const pairs = engine.conversions.flatMap(({ from, to }) => from.flatMap((each) => to.map((other) => [each, other])))
it.each(pairs)('%s becomes %s', async (from, to) => {
  const { bytes, name } = await convert(engine, await samples(from), from, to)
  expect([name, formatOfOutput(to, bytes)?.id]).toEqual([`out.${to}`, to])
  const text = await readIn(bytes, to)
  expect(text).toContain(words)
  for (const word of ['Heading', 'slanted', 'one', 'two']) expect(text).toContain(word)
})

it('a picture in a document is in the web page that is made of it', async () => {
  const png = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const data = `data:image/png;base64,${png.toString('base64')}`
  const { bytes } = await convert(engine, `# T\n\n![picture](${data})\n`, 'md', 'docx')
  const { bytes: page } = await convert(engine, bytes, 'docx', 'html')
  expect(page.toString()).toMatch(/<img src="data:image/)
})

describe('what is refused', () => {
  it.each(['docx', 'odt', 'epub'])('a %s file that is empty, cut off, or none', async (from) => {
    const whole = (await samples(from)) as Buffer
    for (const content of ['', 'words', whole.subarray(0, whole.length / 2)]) {
      expect(await failureOf(engine, content, from, 'md')).toBe('refused')
    }
  })
  it('a text that unfolds without end', async () => {
    const bomb = String.raw`\documentclass{article}\begin{document}\def\a{\a\a}\a\end{document}`
    expect(['refused', 'too_large']).toContain(await failureOf(engine, bomb, 'tex', 'html'))
  })
})

it('what names other files and addresses is not followed', async () => {
  const canary = await openCanary()
  const { file, url } = canary
  const hostile: [string, string][] = [
    [
      'rst',
      `.. include:: ${file}\n\n.. raw:: html\n   :file: ${file}\n\n.. csv-table::\n   :file: ${file}\n\n.. image:: ${url}.png\n\nwords\n`,
    ],
    [
      'tex',
      `\\documentclass{article}\\begin{document}\\input{${file}}\\include{${file}}\\verbatiminput{${file}}\\includegraphics{${url}.png}\\lstinputlisting{${file}}words\\end{document}`,
    ],
    [
      'md',
      `![a](${url}.png) ![b](file://${file}) ![c](${file})\n\n<img src="${url}.png"><iframe src="file://${file}"></iframe>\n\nwords\n`,
    ],
    [
      'html',
      `<base href="file:///"><link rel="stylesheet" href="${url}.css"><iframe src="${url}"></iframe><iframe src="${file}"></iframe><img src="${url}.png"><img src="file://${file}"><object data="${file}"></object>words`,
    ],
  ]
  for (const [from, content] of hostile) {
    for (const to of ['html', 'docx', 'odt', 'epub', 'md', 'txt'].filter((each) => each !== from)) {
      const { bytes } = await convert(engine, content, from, to).catch(() => ({ bytes: Buffer.alloc(0) }))
      // Its name may stay, as a reference; what stands in it never comes in.
      const inside =
        ['docx', 'odt', 'epub'].includes(to) && bytes.length > 0
          ? (await using('unzip', ['-p', '$in'], bytes)).told
          : bytes.toString()
      expect(inside.replaceAll(file, '')).not.toContain(canary.secret)
    }
  }
  expect(canary.hits()).toBe(0)
  await canary.close()
})

describe('markup on paper', () => {
  it('is whole', async () => {
    const office = openOfficeEngine(sandbox)
    const print = printEngine(engine, office)
    expect(await print.isInstalled()).toBe(true)
    for (const from of ['md', 'rst', 'tex', 'epub']) {
      const { bytes, name } = await convert(print, await samples(from), from, 'pdf')
      expect(name).toBe('out.pdf')
      await using('qpdf', ['--check', '$in'], bytes)
      const { told } = await using('pdftotext', ['$in', '-'], bytes)
      expect(told).toContain(words)
      expect(told).toContain('Heading')
    }
    await office.close()
  })
})
