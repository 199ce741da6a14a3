/** How LibreOffice is told what a file is and what to make of it; pure. */
import type { FormatId } from '#server/features/conversion/engine.ts'
import { allPairs } from '../all-pairs.ts'

/** A media descriptor of LibreOffice: names and values of its service `com.sun.star.document.MediaDescriptor`. */
export interface Descriptor {
  readonly [name: string]: string | boolean | number | Descriptor
}

/** Which part of LibreOffice does it: each loads libraries of its own. */
export type Module = 'writer' | 'calc' | 'impress'

export interface Plan {
  readonly module: Module
  readonly load: Descriptor
  readonly store: Store
}

/** `slides`: a page that worker.py writes itself. */
export type Store = Descriptor | 'slides'

/** What an input tells beyond its format. */
export interface Hints {
  /** Between the fields of a line, for `csv`; a comma when left out. */
  readonly separator?: string
}

const texts = ['docx', 'doc', 'odt', 'rtf', 'txt', 'html']
const sheets = ['xlsx', 'xls', 'ods', 'csv']
const slides = ['pptx', 'ppt', 'odp']

/** Every pair that comes out well. A PDF comes in as lines of text that stand where they stood. */
export const conversions = [
  ...allPairs(texts, ['pdf', 'docx', 'doc', 'odt', 'rtf', 'html', 'txt']),
  ...allPairs(sheets, ['pdf', 'xlsx', 'xls', 'ods', 'csv', 'html']),
  ...allPairs(slides, ['pdf', 'pptx', 'ppt', 'odp', 'html']),
  ...allPairs(['pdf'], ['docx', 'odt']),
]

/** @returns how it is done; undefined where it can't be */
export const planOf = (from: FormatId, to: FormatId, hints: Hints = {}): Plan | undefined => {
  if (from === to || !conversions.some((pair) => pair.from.includes(from) && pair.to.includes(to))) return undefined
  const module = moduleOf(from)
  const load = loads[from]?.(hints)
  const store = stores[module][to]
  return load && store && { module, load, store }
}

/** An empty document of that kind, and how it is written where a program only warms up. */
export const warmUpOf = (module: Module): { readonly factory: string; readonly store: Descriptor } => ({
  factory: { writer: 'private:factory/swriter', calc: 'private:factory/scalc', impress: 'private:factory/simpress' }[
    module
  ],
  store: pdf(module),
})

const moduleOf = (from: FormatId): Module =>
  sheets.includes(from) ? 'calc' : slides.includes(from) ? 'impress' : 'writer'

const filter = (FilterName: string, FilterOptions?: string): Descriptor =>
  FilterOptions === undefined ? { FilterName } : { FilterName, FilterOptions }

// ---- texts: character set, line ends, font, language, whether to begin with a byte order mark
const plainText = filter('Text (encoded)', 'UTF8,LF,,,false')

/**
 * Tokens of the filter for separated values: separator, quotation mark, 76 (UTF-8), first line, formats of columns, language,
 * quoted fields are text, special numbers are recognised (when writing: cells as they are shown), formulas are written, spaces are
 * cut, sheet, …, formulas are evaluated. Nothing is guessed: what looks like a date or a formula may be the name of a gene.
 */
const readCsv = ({ separator = ',' }: Hints): Descriptor =>
  filter(CSV, `${separator.codePointAt(0)},34,76,1,,0,false,false,false,false,false,0,false`)
const CSV = 'Text - txt - csv (StarCalc)'
const writeCsv = filter(CSV, '44,34,76,1,,0,false,true,false')

/** Tagged, so that it can be read aloud; everything else as LibreOffice does it. */
const pdf = (module: Module): Descriptor => ({
  FilterName: `${module}_pdf_Export`,
  FilterData: { UseTaggedPDF: true },
})

/** The same filters read and write these. */
const both: Readonly<Record<Module, Readonly<Record<FormatId, Descriptor>>>> = {
  writer: {
    docx: filter('MS Word 2007 XML'),
    doc: filter('MS Word 97'),
    odt: filter('writer8'),
    rtf: filter('Rich Text Format'),
    txt: plainText,
  },
  calc: { xlsx: filter('Calc MS Excel 2007 XML'), xls: filter('MS Excel 97'), ods: filter('calc8') },
  impress: {
    pptx: filter('Impress MS PowerPoint 2007 XML'),
    ppt: filter('MS PowerPoint 97'),
    odp: filter('impress8'),
  },
}

const loads: Readonly<Record<FormatId, (hints: Hints) => Descriptor>> = {
  ...Object.fromEntries(
    Object.values(both).flatMap((each) => Object.entries(each).map(([format, one]) => [format, () => one])),
  ),
  html: () => filter('HTML (StarWriter)'),
  csv: readCsv,
  pdf: () => filter('writer_pdf_import'),
}

const stores: Readonly<Record<Module, Readonly<Record<FormatId, Store>>>> = {
  writer: { ...both.writer, html: filter('HTML (StarWriter)', 'EmbedImages'), pdf: pdf('writer') },
  // Pictures would be files of their own beside the page.
  calc: { ...both.calc, html: filter('HTML (StarCalc)', 'SkipImages'), csv: writeCsv, pdf: pdf('calc') },
  impress: { ...both.impress, html: 'slides', pdf: pdf('impress') },
}
