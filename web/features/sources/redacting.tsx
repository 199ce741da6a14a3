/** The turns with what is redacted in them: each mark can be switched, further words can be added, and then it is taken. */
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { AddRedaction } from './add-redaction.tsx'
import { MarkedTurn } from './marked-turn.tsx'
import { allRedacted, foundMarks, type Mark, stretchesOf, toggled, withoutRedacted, withWords } from './marks.ts'
import type { Preview } from './preview-source.ts'
import type { Reading } from './reading.ts'
import { TakeForm } from './take-form.tsx'

export const Redacting = ({
  preview,
  reading,
  isReading,
  onReadAgain,
}: {
  readonly preview: Preview
  readonly reading: Reading
  readonly isReading: boolean
  readonly onReadAgain: () => void
}) => {
  const { t } = useTranslation()
  const [marks, setMarks] = useState<readonly Mark[]>(() => foundMarks(preview.redactions))
  const turns = useRef<HTMLOListElement>(null)
  const [words, setWords] = useSelectedWords(turns)
  const stretches = stretchesOf(marks)
  return (
    <>
      <section className="flex flex-col gap-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h2 className="font-strong">{t('sources.shown')}</h2>
          <p className="text-small text-soft tabular-nums" role="status">
            {t('sources.redactedCount', { count: stretches.length, total: marks.length })}
          </p>
          {stretches.length < marks.length && (
            <Button look="quiet" onClick={() => setMarks(allRedacted(marks))}>
              {t('sources.redactAll')}
            </Button>
          )}
        </div>
        <p className="max-w-[72ch] text-small text-soft">{t('sources.howToMark')}</p>
        {preview.left_out > 0 && <p>{t('sources.leftOut', { count: preview.left_out })}</p>}
        {preview.turns.length === 0 && <p className="text-soft">{t('sources.noTurns')}</p>}
        <ol ref={turns} className="flex flex-col gap-5">
          {preview.turns.map((turn) => (
            <MarkedTurn
              key={turn.turn_number}
              turn={turn}
              marks={marks}
              onToggle={(mark) => setMarks(toggled(marks, mark))}
            />
          ))}
        </ol>
      </section>
      {preview.turns.length > 0 && (
        <AddRedaction
          turns={preview.turns}
          words={words}
          onWords={setWords}
          onAdd={(kind) => {
            setMarks(withWords(marks, preview.turns, words, kind))
            setWords('')
          }}
        />
      )}
      <TakeForm
        preview={preview}
        reading={reading}
        shownTitle={withoutRedacted(preview.title, marks, preview.turns)}
        redactions={stretches}
        isReading={isReading}
        onReadAgain={onReadAgain}
      />
    </>
  )
}

/** Longer selections are of whole paragraphs, which nobody redacts. */
const LONGEST = 500

/** Words that can be typed, and are those that were selected last within the element. */
const useSelectedWords = (within: React.RefObject<HTMLElement | null>) => {
  const [words, setWords] = useState('')
  useEffect(() => {
    const look = () => {
      const selection = document.getSelection()
      if (!selection || selection.isCollapsed || selection.rangeCount === 0) return
      const range = selection.getRangeAt(0)
      const { commonAncestorContainer: place } = range
      const turn = (place instanceof Element ? place : place.parentElement)?.closest('[data-turn]')
      if (!turn || !within.current?.contains(turn)) return
      const said = range.cloneContents()
      for (const replacement of said.querySelectorAll('[data-replacement]')) replacement.remove()
      const text = said.textContent.trim()
      if (text !== '' && text.length <= LONGEST) setWords(text)
    }
    document.addEventListener('selectionchange', look)
    return () => document.removeEventListener('selectionchange', look)
  }, [within])
  return [words, setWords] as const
}
