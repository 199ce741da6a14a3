/** What was measured, as Markdown: tables, each target beside its figure, and what falls short. It measures nothing. */

export interface Target {
  /** As it stands in the table: `≥ 0.8`. */
  readonly text: string
  readonly isMet: boolean
}

export interface Row {
  readonly cells: readonly string[]
  /** None where nothing was promised. */
  readonly target?: Target | undefined
}

export interface Table {
  readonly title: string
  /** How it was measured, in a few sentences. */
  readonly method: string
  /** Of the cells; the target and whether it is met follow. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

export const atLeast = (value: number, least: number, digits = 2): Target => ({
  text: `≥ ${formatted(least, digits)}`,
  isMet: value >= least,
})

export const atMost = (value: number, most: number, unit: string): Target => ({
  text: `≤ ${formatted(most)} ${unit}`,
  isMet: value <= most,
})

/** `12345.678` → `12,346`; with `digits` after the point. */
export const formatted = (value: number, digits = 0): string =>
  Number.isNaN(value)
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

export const markdownOf = (table: Table): string => {
  const head = [...table.columns, 'target', '']
  const lines = table.rows.map(({ cells, target }) => [
    ...cells,
    target?.text ?? '',
    target === undefined ? '' : target.isMet ? 'pass' : '**fail**',
  ])
  const align = head.map((_, index) => (index === 0 ? '---' : '---:'))
  const asLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`## ${table.title}`, '', table.method, '', asLine(head), asLine(align), ...lines.map(asLine), ''].join('\n')
}

/** The rows that miss their target, one line each. */
export const shortfallsOf = (tables: readonly Table[]): string[] =>
  tables.flatMap(({ columns, rows }) =>
    rows
      .filter(({ target }) => target?.isMet === false)
      .map(({ cells, target }) => {
        const measured = cells.slice(1).map((cell, index) => (cell === '' ? [] : [`${columns[index + 1]} ${cell}`]))
        return `${cells[0]}: ${measured.flat().join(', ')}; promised: ${target!.text}`
      }),
  )
