/** Which conversations a dataset is of: a filter, and those that are named. */
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/button.tsx'
import { Choice } from '../../ui/choice.tsx'
import { FilterBar } from '../training/filter-bar.tsx'
import { filterOf, searchOf, type Selection } from './selection.ts'

export const SelectionFields = ({
  selection,
  onChange,
}: {
  readonly selection: Selection
  readonly onChange: (selection: Selection) => void
}) => {
  const { t } = useTranslation()
  const { filter, include, exclude } = selection
  return (
    <div className="flex flex-col gap-4">
      <h3 className="font-strong">{t('datasets.which')}</h3>
      {(include.length > 0 || filter === null) && (
        <Choice
          label={t('datasets.chosenBy')}
          value={filter === null ? 'named' : 'filter'}
          options={[
            { value: 'filter', label: t('datasets.byFilter') },
            { value: 'named', label: t('datasets.byName') },
          ]}
          onChange={(by) => onChange({ ...selection, filter: by === 'named' ? null : {} })}
        />
      )}
      {filter !== null && (
        <>
          <FilterBar
            search={searchOf(filter)}
            onChange={(search) => onChange({ ...selection, filter: filterOf(search, filter) })}
          />
          {filter.quality_max !== undefined && (
            <p className="text-small text-soft">{t('datasets.qualityAtMost', { score: filter.quality_max })}</p>
          )}
          {filter.origin !== undefined && (
            <p className="text-small text-soft">{t(`datasets.origin_${filter.origin}`)}</p>
          )}
        </>
      )}
      <Named
        text={t('datasets.included', { count: include.length })}
        count={include.length}
        onForget={() => onChange({ ...selection, include: [] })}
      />
      <Named
        text={t('datasets.excluded', { count: exclude.length })}
        count={exclude.length}
        onForget={() => onChange({ ...selection, exclude: [] })}
      />
    </div>
  )
}

const Named = ({
  text,
  count,
  onForget,
}: {
  readonly text: string
  readonly count: number
  readonly onForget: () => void
}) => {
  const { t } = useTranslation()
  if (count === 0) return null
  return (
    <p className="flex flex-wrap items-center gap-x-2 text-small">
      {text}
      <Button look="quiet" onClick={onForget}>
        {t('datasets.forget')}
      </Button>
    </p>
  )
}
