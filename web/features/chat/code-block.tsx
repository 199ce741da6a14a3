/** A block of code: its language, a way to copy it, and colour once it has stopped changing. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../ui/copy-button.tsx'
import type { Token } from './highlight.ts'

/** Colour waits until the code has not changed for this long, in milliseconds: while it streams in, it stays plain. */
const SETTLES_AFTER = 200
/** Longer code stays plain: colouring it would hold up the page. */
const LONGEST_COLOURED = 40_000

const known = new Map<string, Token[][] | null>()

const useColours = (code: string, language: string | null): Token[][] | null => {
  const key = `${language}\n${code}`
  const [, update] = useState(0)
  const lines = known.get(key)
  useEffect(() => {
    if (language === null || code.length > LONGEST_COLOURED || known.has(key)) return
    let left = false
    const timer = setTimeout(() => {
      void import('./highlight.ts')
        .then(({ highlight }) => highlight(code, language))
        .catch(() => null)
        .then((made) => {
          if (known.size > 500) known.clear()
          known.set(key, made)
          if (!left) update((count) => count + 1)
        })
    }, SETTLES_AFTER)
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [key, code, language])
  return lines ?? null
}

export const CodeBlock = ({ code, language }: { readonly code: string; readonly language: string | null }) => {
  const { t } = useTranslation()
  const lines = useColours(code, language)
  return (
    <div className="overflow-hidden rounded border border-hairline bg-sunk">
      <div className="flex min-h-9 items-center justify-between ps-4 pe-1 text-small text-soft">
        <span>{language}</span>
        <CopyButton text={code} label={t('chat.copyCode')} />
      </div>
      <pre
        className="overflow-x-auto px-4 pt-1 pb-4 font-mono text-small leading-relaxed -outline-offset-2!"
        tabIndex={0}
        aria-label={language ?? undefined}
        role="group"
      >
        <code>
          {lines
            ? lines.map((line, index) => (
                <span key={index}>
                  {line.map((token, place) => (
                    <span
                      key={place}
                      style={{ color: token.color, ...(token.isItalic ? { fontStyle: 'italic' } : {}) }}
                    >
                      {token.text}
                    </span>
                  ))}
                  {index < lines.length - 1 && '\n'}
                </span>
              ))
            : code}
        </code>
      </pre>
    </div>
  )
}
