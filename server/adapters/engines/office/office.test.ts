/** Real documents through a real LibreOffice: what is asked for comes out, and what would do harm does none. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Member, zipOf } from '#server/adapters/media/archives-for-tests.ts'
import { findFormat } from '#server/features/conversion/index.ts'
import { openSandbox } from '../sandbox.ts'
import { conversions } from './filters.ts'
import { type OfficeOptions, openOfficeEngine } from './index.ts'
import { startWorker, type Worker } from './worker.ts'

const sandbox = openSandbox()
/** The one that was started last: in reserve, so that nobody's document is in it. */
let reserve: Worker | undefined
const engine = openOfficeEngine(sandbox, { start: (sandbox) => (reserve = startWorker(sandbox)) })
const root = mkdtempSync(path.join(tmpdir(), 'parlance-office-'))
afterAll(async () => {
  await engine.close()
  rmSync(root, { recursive: true })
})

let tasks = 0
interface Options {
  readonly signal?: AbortSignal
  readonly sessionKey?: string
  readonly by?: typeof engine
}
const convert = async (
  content: Uint8Array | string,
  from: string,
  to: string,
  { signal = new AbortController().signal, sessionKey = 'one', by = engine }: Options = {},
): Promise<Buffer> => {
  const folder = path.join(root, `${++tasks}`)
  await mkdir(folder)
  const inputPath = path.join(folder, 'in')
  await writeFile(inputPath, content)
  const { outputPath } = await by.convert({ inputPath, from, to, folder, signal, sessionKey, onProgress: () => {} })
  expect(path.dirname(outputPath)).toBe(folder)
  return readFile(outputPath)
}

// ---- what other programs find in a file

const inFile = <Result>(content: Uint8Array, read: (file: string) => Result): Result => {
  const folder = mkdtempSync(path.join(root, 'read-'))
  const file = path.join(folder, 'file')
  execFileSync('tee', [file], { input: content, stdio: ['pipe', 'ignore', 'inherit'] })
  return read(file)
}
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { maxBuffer: 64 * 1024 ** 2, stdio: ['ignore', 'pipe', 'ignore'] }).toString()
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&', nbsp: ' ' }
const withoutTags = (xml: string): string =>
  xml
    .replaceAll(/<style[^]*?<\/style>|<[^>]+>/g, '')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)

/** All that can be read in a file of the format, by another program than the one that wrote it. */
const textOf = (content: Buffer, format: string): string => {
  switch (format) {
    case 'pdf':
      inFile(content, (file) => run('qpdf', '--check', file))
      return inFile(content, (file) => run('pdftotext', '-layout', file, '-')).replaceAll(/[\u202a-\u202e]/g, '')
    case 'docx':
    case 'odt':
    case 'xlsx':
    case 'ods':
    case 'pptx':
    case 'odp':
      inFile(content, (file) => run('unzip', '-tq', file))
      return withoutTags(inFile(content, (file) => run('unzip', '-p', file, '*.xml')))
    case 'doc':
    case 'xls':
    case 'ppt':
      return content.toString('utf16le') + content.subarray(1).toString('utf16le')
    case 'rtf':
      return inFile(content, (file) => run('pandoc', '-f', 'rtf', '-t', 'plain', file))
    case 'html':
      return withoutTags(content.toString()).replaceAll(/\s+/g, ' ')
    default:
      return content.toString()
  }
}

// ---- documents

const phrases = ['Xin chào thế giới', 'مرحبا', '你好世界', 'こんにちは']
const page = `<!doctype html><html><body>${phrases.map((each) => `<p>${each}</p>`).join('')}</body></html>`
const table = `${phrases.join(',')}\n1,2,3,4\n`
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
)

const namespaces = [
  ...['office', 'text', 'style', 'script'].map((each) => [each, `urn:oasis:names:tc:opendocument:xmlns:${each}:1.0`]),
  ['draw', 'urn:oasis:names:tc:opendocument:xmlns:drawing:1.0'],
  ['fo', 'urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0'],
  ['svg', 'urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0'],
  ['xlink', 'http://www.w3.org/1999/xlink'],
  ['dom', 'http://www.w3.org/2001/xml-events'],
  ['ooo', 'http://openoffice.org/2004/office'],
]
  .map(([name, uri]) => `xmlns:${name}="${uri}"`)
  .join(' ')
/** An OpenDocument package (OpenDocument 1.3, part 2). */
const openDocument = (kind: string, content: string, others: readonly Member[] = []): Buffer => {
  const type = `application/vnd.oasis.opendocument.${kind}`
  const files = [
    {
      name: 'content.xml',
      data: Buffer.from(
        `<office:document-content ${namespaces} office:version="1.3">${content}</office:document-content>`,
      ),
    },
    ...others,
  ]
  const entries = files.map(
    ({ name }) => `<manifest:file-entry manifest:full-path="${name}" manifest:media-type="text/xml"/>`,
  )
  const manifest = `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
    <manifest:file-entry manifest:full-path="/" manifest:media-type="${type}"/>${entries.join('')}</manifest:manifest>`
  return zipOf([
    { name: 'mimetype', data: Buffer.from(type), isStored: true },
    ...files,
    { name: 'META-INF/manifest.xml', data: Buffer.from(manifest) },
  ])
}
const slide = (text: string): string =>
  `<draw:page><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="9cm"><draw:text-box>${text}</draw:text-box></draw:frame></draw:page>`
const paragraphs = phrases.map((each) => `<text:p>${each}</text:p>`).join('')
const presentation = openDocument(
  'presentation',
  `<office:body><office:presentation>${slide(paragraphs)}${slide('<text:p>the second</text:p>')}</office:presentation></office:body>`,
)
const textDocument = (body: string, before = '', others?: readonly Member[]): Buffer =>
  openDocument('text', `${before}<office:body><office:text>${body}</office:text></office:body>`, others)

const originals: Readonly<Record<string, Buffer>> = {
  html: Buffer.from(page),
  txt: Buffer.from(phrases.join('\n')),
  csv: Buffer.from(table),
  odp: presentation,
}
const made = new Map<string, Promise<Buffer>>()
/** A document of that format with all the phrases, made by LibreOffice where it is not written here. */
const sample = (format: string): Promise<Buffer> => {
  const original = originals[format]
  if (original !== undefined) return Promise.resolve(original)
  const source = ['xlsx', 'xls', 'ods'].includes(format) ? 'csv' : ['pptx', 'ppt'].includes(format) ? 'odp' : 'html'
  const one = made.get(format) ?? convert(originals[source] ?? '', source, format)
  made.set(format, one)
  return one
}

describe('every pair that is offered', () => {
  const pairs = conversions.flatMap(({ from, to }) => from.flatMap((each) => to.map((other) => [each, other] as const)))
  it('covers the matrix of the contract', () => {
    const offered = new Set(pairs.map(([from, to]) => `${from} ${to}`))
    const asked = [
      [
        ['docx', 'odt', 'rtf', 'txt'],
        ['pdf', 'docx', 'odt', 'html', 'txt'],
      ],
      [
        ['xlsx', 'ods', 'csv'],
        ['pdf', 'xlsx', 'ods', 'csv', 'html'],
      ],
      [
        ['pptx', 'odp'],
        ['pdf', 'pptx', 'odp', 'html'],
      ],
      [['pdf'], ['docx']],
    ] as const
    const missing = asked
      .flatMap(([froms, tos]) => froms.flatMap((from) => tos.map((to) => [from, to] as const)))
      .filter(([from, to]) => (from as string) !== to && !offered.has(`${from} ${to}`))
    expect(missing).toEqual([])
  })
  it('is installed here', async () => {
    expect(await engine.isInstalled()).toBe(true)
  })
  it.each(pairs)('%s to %s keeps text in every script', async (from, to) => {
    const output = await convert(await sample(from), from, to)
    expect(findFormat(to)?.looksRight(output.subarray(0, 4096))).toBe(true)
    const text = textOf(output, to)
    for (const each of phrases) expect(text).toContain(each)
  })
})

describe('what comes out', () => {
  it('is text without a byte order mark, from UTF-16 and old encodings too', async () => {
    const utf16 = Buffer.from(`\u{feff}${phrases.join('\n')}`, 'utf16le')
    const document = await convert(utf16, 'txt', 'odt')
    const text = await convert(document, 'odt', 'txt')
    expect(text.toString().trim().split('\n')).toEqual(phrases)
    expect(text[0]).toBe('X'.codePointAt(0))
    const old = await convert(Buffer.from('caf\u00e9', 'latin1'), 'txt', 'docx')
    expect(textOf(old, 'docx')).toContain('café')
  })
  it('is a table whose cells are what the file says: no guess, no formula', async () => {
    const csv = 'gene;when;sum;text\nSEPT2;2024-01-31;=1+1;"a;b ""c"""\n'
    const workbook = await convert(csv, 'csv', 'xlsx')
    const sheet = inFile(workbook, (file) => run('unzip', '-p', file, 'xl/worksheets/sheet1.xml'))
    expect(sheet).not.toContain('<f')
    const back = await convert(workbook, 'xlsx', 'csv')
    expect(back.toString()).toBe('gene,when,sum,text\nSEPT2,2024-01-31,=1+1,"a;b ""c"""\n')
  })
  it.each([';', '\t', '|', ','])('is a table with the columns that %j separates', async (separator) => {
    const csv = [
      ['1', '2', '3'],
      ['"a,b"', '"x;y"', 'z'],
    ]
    const sheet = await convert(csv.map((row) => row.join(separator)).join('\n'), 'csv', 'ods')
    expect((await convert(sheet, 'ods', 'csv')).toString()).toBe('1,2,3\n"a,b",x;y,z\n')
  })
  it('is one web page that has its pictures in it', async () => {
    const source = `<p>picture</p><img src="data:image/png;base64,${dot.toString('base64')}">`
    const html = (await convert(await convert(source, 'html', 'odt'), 'odt', 'html')).toString()
    expect(html).toMatch(/src="data:image\/png;base64,/)
    expect(html).not.toMatch(/src="(?!data:)/)
  })
  it('is a page in the encoding that it names, and UTF-8 where it names none', async () => {
    const named = Buffer.from('<meta charset="windows-1251"><p>\u00cf\u00f0\u00e8\u00e2\u00e5\u00f2</p>', 'latin1')
    expect((await convert(named, 'html', 'txt')).toString().trim()).toBe('Привет')
    expect((await convert('<p>Xin chào thế giới</p>', 'html', 'txt')).toString().trim()).toBe('Xin chào thế giới')
  })
})

describe('a file that can not be read', () => {
  it.each([
    ['empty', 'docx', ''],
    ['random bytes', 'docx', Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251))],
    ['a picture', 'xlsx', dot],
    ['a text', 'doc', 'only text'],
    ['an archive of something else', 'odt', zipOf([{ name: 'a.txt', data: Buffer.from('a') }])],
    ['a package with nothing in it', 'docx', zipOf([{ name: '[Content_Types].xml', data: Buffer.from('<x/>') }])],
  ])('because it is %s is refused', async (_, format, content) => {
    await expect(convert(content, format, 'pdf')).rejects.toMatchObject({ name: 'EngineFailure', reason: 'refused' })
  })
  it.each(['docx', 'xlsx', 'pptx', 'odt', 'ods', 'doc', 'xls', 'ppt'])(
    'because it is cut off is refused, or is what is left of it: %s',
    async (format) => {
      const whole = await sample(format)
      const result = await convert(whole.subarray(0, whole.length / 2), format, 'pdf').catch((error: unknown) => error)
      if (result instanceof Buffer) expect(textOf(result, 'pdf')).toBeDefined()
      else expect(result).toMatchObject({ reason: 'refused' })
    },
  )
  it('because it is encrypted is refused, and the person is told why', async () => {
    await convert(page, 'html', 'txt')
    const worker = reserve!
    const folder = await worker.folder
    const encrypted = async (format: string, source: Buffer, from: object, store: object): Promise<Buffer> => {
      await writeFile(path.join(folder, `plain-${format}`), source, { mode: 0o644 })
      const request = { input: `plain-${format}`, output: `locked-${format}`, load: from, store }
      expect(await worker.ask(request as Parameters<typeof worker.ask>[0])).toMatchObject({ ok: true })
      return readFile(path.join(folder, `locked-${format}`))
    }
    const text = { FilterName: 'Text (encoded)', FilterOptions: 'UTF8,LF,,,' }
    const locked = await encrypted('odt', Buffer.from('secret'), text, { FilterName: 'writer8', Password: 'open' })
    const refusal = { reason: 'refused', message: 'It is protected by a password.' }
    await expect(convert(locked, 'odt', 'pdf')).rejects.toMatchObject(refusal)
    // [MS-OFFCRYPTO] 2.3: the document is a stream of that name in a compound file.
    const container = Buffer.alloc(4096)
    Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(container)
    Buffer.from('EncryptedPackage', 'utf16le').copy(container, 2048)
    await expect(convert(container, 'docx', 'pdf')).rejects.toMatchObject(refusal)
  })
  it('does no harm to the next one', async () => {
    await convert('PK\u0003\u0004 and so on', 'odt', 'pdf').catch(() => {})
    expect(textOf(await convert(page, 'html', 'pdf'), 'pdf')).toContain('Xin chào')
  })
  it('has a pair that is not offered', async () => {
    await expect(convert(page, 'html', 'xlsx')).rejects.toMatchObject({ reason: 'refused' })
  })
})

/** Of the pictures in a PDF, as poppler finds them: width x height. */
const sizesOfPictures = (pdf: Buffer): string[] =>
  inFile(pdf, (file) => run('pdfimages', '-list', file))
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.trim().split(/\s+/).slice(3, 5).join('x'))

describe('a document that names other files or addresses', () => {
  let listener: net.Server | undefined
  afterEach(() => void listener?.close())

  it('shows the picture that it brings along', async () => {
    const source = `<img src="data:image/png;base64,${dot.toString('base64')}">`
    expect(sizesOfPictures(await convert(source, 'html', 'pdf'))).toEqual(['1x1'])
  })
  it('is not followed', async () => {
    let hits = 0
    listener = net.createServer((socket) => {
      hits++
      socket.destroy()
    })
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/canary.png`
    const canary = path.join(root, 'canary.txt')
    await writeFile(canary, 'CANARY')
    const picture = path.join(root, 'canary.png')
    await writeFile(picture, dot)
    for (const to of [address, `file://${canary}`, `file://${picture}`, '/etc/passwd']) {
      const image = `<text:p><draw:frame svg:width="2cm" svg:height="2cm"><draw:image xlink:href="${to}"/></draw:frame></text:p>`
      const section = `<text:section text:name="s"><text:section-source xlink:href="${to}"/><text:p>old</text:p></text:section>`
      const page = `<p>text</p><img src="${to}"><link rel="stylesheet" href="${to}"><iframe src="${to}"></iframe>`
      for (const [content, from] of [
        [textDocument(`<text:p>text</text:p>${image}${section}`), 'odt'],
        [page, 'html'],
        [externalImage(to), 'docx'],
        [`a,"=WEBSERVICE(""${to}"")"\n`, 'csv'],
      ] as const) {
        const pdf = await convert(content, from, 'pdf')
        expect(textOf(pdf, 'pdf')).not.toMatch(/CANARY|root:/)
        expect(sizesOfPictures(pdf)).not.toContain('1x1')
      }
    }
    expect(hits).toBe(0)
  })
})

/** A Word document whose picture lies elsewhere (ECMA-376, part 2, 9.3: TargetMode). */
const externalImage = (target: string): Buffer => {
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const drawing = 'http://schemas.openxmlformats.org/drawingml/2006'
  const picture = `<w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/><wp:docPr id="1" name="p"/><a:graphic><a:graphicData uri="${drawing}/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:link="rId9"/></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="900000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>`
  const parts: Record<string, string> = {
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml': `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${relations}" xmlns:wp="${drawing}/wordprocessingDrawing" xmlns:a="${drawing}/main" xmlns:pic="${drawing}/picture"><w:body><w:p><w:r><w:t>text</w:t></w:r></w:p><w:p><w:r>${picture}</w:r></w:p></w:body></w:document>`,
    'word/_rels/document.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" Type="${relations}/image" Target="${target}" TargetMode="External"/></Relationships>`,
  }
  return zipOf(Object.entries(parts).map(([name, xml]) => ({ name, data: Buffer.from(xml) })))
}

describe('a document with a program in it', () => {
  it('is converted without running it', async () => {
    const main = 'vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;location=document'
    const listener = (event: string) =>
      `<script:event-listener script:language="ooo:script" script:event-name="${event}" xlink:href="${main}" xlink:type="simple"/>`
    // When it is opened, and when a copy of it is written.
    const listeners = `<office:scripts><office:event-listeners>${listener('dom:load')}${listener('office:copy-to')}</office:event-listeners></office:scripts>`
    const library = 'xmlns:library="http://openoffice.org/2000/library"'
    const others = {
      'Basic/script-lc.xml': `<library:libraries ${library} xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/></library:libraries>`,
      'Basic/Standard/script-lb.xml': `<library:library ${library} library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/></library:library>`,
      'Basic/Standard/Module1.xml':
        '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">Sub Main\nThisComponent.Text.String = "THE PROGRAM RAN"\nEnd Sub</script:module>',
    }
    const members = Object.entries(others).map(([name, xml]) => ({ name, data: Buffer.from(xml) }))
    const text = await convert(textDocument('<text:p>as it was</text:p>', listeners, members), 'odt', 'txt')
    expect(text.toString().trim()).toBe('as it was')
  })
})

describe('a document that is large', () => {
  it('is converted when it is a table of thirty thousand rows', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row},name ${row},${row * 3}`)
    const workbook = await convert(rows.join('\n'), 'csv', 'xlsx')
    const back = (await convert(workbook, 'xlsx', 'csv')).toString().trim().split('\n')
    expect(back).toEqual(rows)
  })
})

// ---- processes

/** Every process below this one that belongs to LibreOffice, by id; with a folder, those that have it as their job. */
const officeProcesses = (folder = ''): number[] => {
  const parents = new Map<number, number>()
  for (const each of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${each}/stat`, 'utf8')
      parents.set(Number(each), Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]))
    } catch {
      // It has ended.
    }
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === process.pid || isOurs(parents.get(pid)))
  return [...parents.keys()].filter((pid) => {
    try {
      return (
        isOurs(pid) &&
        readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('soffice') &&
        readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(path.basename(folder))
      )
    } catch {
      return false
    }
  })
}

describe('its processes', () => {
  type Request = Parameters<Worker['ask']>[0]
  /** Does something else with each request for a document; `send` is what would have been done. */
  const intercept = (worker: Worker, around: (send: () => ReturnType<Worker['ask']>) => ReturnType<Worker['ask']>) => {
    const { ask } = worker
    const instead = (request: Request) => ('input' in request ? around(() => ask(request)) : ask(request))
    return Object.assign(worker, { ask: instead })
  }
  const workers: Worker[] = []
  const asked: Worker[] = []
  const memory: number[] = []
  /** An engine of which is known which workers it starts, which of them was asked, and how large they were then. */
  const watched = (options: OfficeOptions = {}) =>
    openOfficeEngine(sandbox, {
      start(sandbox) {
        const worker = intercept(startWorker(sandbox), async (send) => {
          asked.push(worker)
          const answer = await send()
          memory.push(answer.memory)
          return answer
        })
        workers.push(worker)
        return worker
      },
      ...options,
    })
  const by = watched()
  beforeAll(async () => {
    await engine.close()
    expect(officeProcesses()).toEqual([])
  })
  afterAll(() => by.close())
  /** The worker of the session, warm, and its folder. */
  const warm = async (sessionKey = 'one') => {
    await convert(page, 'html', 'txt', { by, sessionKey })
    const worker = asked.at(-1)!
    return { worker, folder: await worker.folder }
  }

  it('are the same for the documents of one session, and others for another one', async () => {
    const own = await warm()
    expect((await warm()).worker).toBe(own.worker)
    const other = await warm('two')
    expect(other.worker).not.toBe(own.worker)
    expect((await warm()).worker).toBe(own.worker)
    expect((await warm('two')).worker).toBe(other.worker)
  })
  it('are the same after a document that can not be read', async () => {
    const { worker } = await warm()
    await expect(convert((await sample('docx')).subarray(0, 2000), 'docx', 'pdf', { by })).rejects.toMatchObject({
      reason: 'refused',
    })
    expect((await warm()).worker).toBe(worker)
  })
  it('are killed, all of them, when the work is aborted, and their folder is gone', async () => {
    const { worker, folder } = await warm()
    const stopped = new AbortController()
    intercept(worker, (send) => {
      const answer = send()
      stopped.abort()
      return answer
    })
    expect(existsSync(folder)).toBe(true)
    expect(officeProcesses(folder)).not.toEqual([])
    const work = convert(page, 'html', 'pdf', { by, signal: stopped.signal })
    await expect(work).rejects.toMatchObject({ reason: 'cancelled' })
    expect(existsSync(folder)).toBe(false)
    expect(officeProcesses(folder)).toEqual([])
  })
  it.each(['their own', 'the one who asked'])(
    'that hang are killed at the limit of time of %s, and the next document finds another one',
    async (whose) => {
      const { worker, folder } = await warm()
      const limit = new AbortController()
      intercept(worker, (send) => {
        for (const pid of officeProcesses(folder)) process.kill(pid, 'SIGSTOP')
        const answer = send()
        limit.abort(new DOMException('as AbortSignal.timeout does it', 'TimeoutError'))
        return answer
      })
      const timeout = vi.spyOn(AbortSignal, 'timeout')
      if (whose === 'their own') timeout.mockReturnValueOnce(limit.signal)
      const work = convert(page, 'html', 'pdf', { by, ...(whose === 'their own' ? {} : { signal: limit.signal }) })
      await expect(work).rejects.toMatchObject({ reason: 'timeout' })
      expect(timeout).toHaveBeenCalledExactlyOnceWith(by.timeoutMs)
      timeout.mockRestore()
      expect(officeProcesses(folder)).toEqual([])
      expect(textOf(await convert(page, 'html', 'pdf', { by }), 'pdf')).toContain('Xin chào')
    },
  )
  it('that are killed in the middle fail as crashed, and the next document finds another one', async () => {
    const { worker, folder } = await warm()
    intercept(worker, (send) => {
      const before = officeProcesses(folder)
      for (const pid of before) process.kill(pid, 'SIGSTOP')
      const answer = send()
      for (const pid of before) process.kill(pid, 'SIGKILL')
      return answer
    })
    await expect(convert(page, 'html', 'pdf', { by })).rejects.toMatchObject({ reason: 'crashed' })
    expect(textOf(await convert(page, 'html', 'pdf', { by }), 'pdf')).toContain('Xin chào')
  })
  it('do not grow over a hundred documents, none of which fails', { timeout: 5 * 60_000 }, async () => {
    const document = await sample('docx')
    memory.length = 0
    for (let round = 0; round < 50; round++) {
      const pair = ['one', 'two'].map((sessionKey) => convert(document, 'docx', 'pdf', { by, sessionKey }))
      for (const pdf of await Promise.all(pair)) expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    }
    expect(memory).toHaveLength(100)
    const [afterHalf, atTheEnd] = [memory.slice(0, 50), memory.slice(50)].map((each) => Math.max(...each))
    expect(atTheEnd).toBeLessThan((afterHalf ?? 0) + 16 * 1024 ** 2)
    expect(atTheEnd).toBeLessThan(300 * 1024 ** 2)
  })
  it('end when the engine is closed', async () => {
    expect(officeProcesses()).not.toEqual([])
    await by.close()
    expect(officeProcesses()).toEqual([])
  })
  it('end by themselves when there is nothing to do', async () => {
    workers.length = 0
    await convert(page, 'html', 'txt', { by: watched({ idleMs: 100 }) })
    await Promise.all(workers.map(({ ended }) => ended))
    expect(officeProcesses()).toEqual([])
  })
})
