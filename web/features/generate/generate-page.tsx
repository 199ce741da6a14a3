/** Where conversations are generated: one, many, or those that are missing. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Choice } from '../../ui/choice.tsx'
import { ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import type { Filling } from './cells.ts'
import { CoverageSection } from './coverage-section.tsx'
import { GenerateMany } from './generate-many.tsx'
import { GenerateOne } from './generate-one.tsx'
import { type GenerateView, generateViews } from './generate-search.ts'
import { useScaffolds } from './list-scaffolds.ts'

export const GeneratePage = () => {
  const { t } = useTranslation()
  const { view = 'single' } = useSearch({ from: '/conversations/generate' })
  const navigate = useNavigate()
  const { scaffolds, error, retry } = useScaffolds()
  const [filling, setFilling] = useState<Filling | null>(null)
  const go = (next: GenerateView) =>
    void navigate({ to: '/conversations/generate', search: next === 'single' ? {} : { view: next } })

  const body = () => {
    if (error && !scaffolds)
      return <ErrorState compact title={t('generate.loadFailed')} error={error} onRetry={retry} />
    if (!scaffolds) return <Waiting />
    switch (view) {
      case 'single':
        return <GenerateOne scaffolds={scaffolds} />
      case 'many':
        return (
          <GenerateMany
            key={filling === null ? 'chosen' : 'missing'}
            scaffolds={scaffolds}
            filling={filling}
            onChooseMyself={() => setFilling(null)}
          />
        )
      case 'coverage':
        return (
          <CoverageSection
            onFill={(next) => {
              setFilling(next)
              go('many')
            }}
          />
        )
    }
  }
  return (
    <TrainingPage name="generate" title={t('training.generate')}>
      <div className="flex max-w-[64rem] flex-col gap-6 px-4 pt-4 pb-24 desk:px-6">
        <Choice
          label={t('generate.view')}
          value={view}
          options={generateViews.map((each) => ({ value: each, label: t(`generate.view_${each}`) }))}
          onChange={(next) => {
            setFilling(null)
            go(next)
          }}
        />
        {body()}
      </div>
    </TrainingPage>
  )
}

const Waiting = () => (
  <Loading>
    <div className="flex max-w-[46rem] flex-col gap-4">
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} className="h-16 w-full" />
      ))}
    </div>
  </Loading>
)
