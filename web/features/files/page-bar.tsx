/** Numbered pages, five at most, and which files this one shows. */
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../lib/class-names.ts'
import { IconButton } from '../../ui/button.tsx'
import { COUNTED_TO, pageCount, pageNumbers, shownRange } from './listing.ts'

export const PageBar = ({
  page,
  total,
  onGo,
}: {
  readonly page: number
  readonly total: number
  readonly onGo: (page: number) => void
}) => {
  const { t, i18n } = useTranslation()
  const format = new Intl.NumberFormat(i18n.language).format
  const pages = pageCount(total)
  const { from, to } = shownRange(page, total)
  return (
    <footer className="flex shrink-0 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t border-hairline px-4 py-2 desk:px-6">
      <p className="text-small text-soft tabular-nums" role="status" data-testid="shown-range">
        {t('files.showing', {
          count: total,
          from: format(from),
          to: format(to),
          total: total >= COUNTED_TO ? `${format(total)}+` : format(total),
        })}
      </p>
      {pages > 1 && (
        <nav aria-label={t('files.pages')} className="flex items-center gap-0.5">
          <IconButton
            small
            label={t('files.previousPage')}
            icon={ChevronLeft}
            disabled={page === 1}
            className="disabled:opacity-40"
            data-testid="page-previous"
            onClick={() => onGo(page - 1)}
          />
          {pageNumbers(page, pages).map((number) => (
            <button
              key={number}
              type="button"
              aria-label={t('files.page', { page: format(number) })}
              aria-current={number === page ? 'page' : undefined}
              data-testid={`page-${number}`}
              className={cx(
                'min-w-8 rounded px-1.5 py-1.5 text-small tabular-nums transition-colors pointer-coarse:min-h-10 pointer-coarse:min-w-10',
                number === page ? 'bg-wash font-strong text-accent' : 'text-soft hover:bg-hover hover:text-ink',
              )}
              onClick={() => onGo(number)}
            >
              {format(number)}
            </button>
          ))}
          <IconButton
            small
            label={t('files.nextPage')}
            icon={ChevronRight}
            disabled={page === pages}
            className="disabled:opacity-40"
            data-testid="page-next"
            onClick={() => onGo(page + 1)}
          />
        </nav>
      )}
    </footer>
  )
}
