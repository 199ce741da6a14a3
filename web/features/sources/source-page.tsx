/** One real conversation: who must consent, what would be taken, what of it is redacted, and taking it. */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { asRequestError } from '../../lib/request-error.ts'
import { buttonLook } from '../../ui/button.tsx'
import { EmptyState, ErrorState, Loading, Skeleton } from '../../ui/states.tsx'
import { TrainingPage } from '../training/training-page.tsx'
import { ConsentSection } from './consent-section.tsx'
import { findPart, type Part } from './find-part.ts'
import { PartField } from './part-field.tsx'
import { previewSource } from './preview-source.ts'
import { type Reading, usualReading } from './reading.ts'
import { ReadingFields } from './reading-fields.tsx'
import { Redacting } from './redacting.tsx'

export const SourcePage = ({ id }: { readonly id: string }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [reading, setReading] = useState<Reading>(usualReading)
  const [part, setPart] = useState<Part | null>(null)
  const begins = useQuery({ ...findPart(id, part ?? '100'), enabled: part !== null })
  const knowsPart = part === null || begins.data !== undefined
  const wanted = part !== null && begins.data ? { ...reading, from_message_id: begins.data } : reading
  const preview = useQuery({ ...previewSource(id, wanted), enabled: knowsPart })
  const { data } = preview
  const error = preview.error ?? (part === null ? null : begins.error)
  const readAgain = () => void (knowsPart ? preview : begins).refetch()
  const partField = <PartField part={part} onChange={setPart} />
  const status = error ? asRequestError(error).status : null
  const body = () => {
    if (status === 404 || status === 400) return <NotHere />
    if (status === 413) {
      return (
        <div className="flex flex-col gap-2">
          <EmptyState>{t('sources.tooLong')}</EmptyState>
          <div className="max-w-96 px-6">{partField}</div>
        </div>
      )
    }
    if (!data) {
      return error ? <ErrorState title={t('sources.previewFailed')} error={error} onRetry={readAgain} /> : <Waiting />
    }
    return (
      <div className="flex flex-col gap-8 px-4 pt-6 pb-8 desk:px-6">
        {data.kind === 'team' && <ConsentSection conversationId={id} people={data.people} />}
        <ReadingFields
          reading={wanted}
          kind={data.kind}
          people={data.people}
          part={partField}
          onChange={({ from_message_id: _from, ...next }) => setReading(next)}
        />
        {error ? (
          <ErrorState compact title={t('sources.previewFailed')} error={error} onRetry={readAgain} />
        ) : preview.isPlaceholderData || !knowsPart ? (
          <Waiting />
        ) : (
          <Redacting
            // What was decided is about what was shown.
            key={`${data.fingerprint} ${reading.country}`}
            preview={data}
            reading={wanted}
            isReading={preview.isFetching}
            onReadAgain={readAgain}
          />
        )}
      </div>
    )
  }
  return (
    <TrainingPage
      name={`source ${id}`}
      title={data?.title || t('sources.take')}
      onBack={() =>
        void navigate({ to: '/conversations/sources', search: data?.kind === 'team' ? { kind: 'team' } : {} })
      }
    >
      {body()}
    </TrainingPage>
  )
}

const NotHere = () => {
  const { t } = useTranslation()
  return (
    <EmptyState
      action={
        <Link to="/conversations/sources" className={buttonLook('primary')}>
          {t('sources.toList')}
        </Link>
      }
    >
      {t('sources.gone')}
    </EmptyState>
  )
}

const Waiting = () => (
  <Loading>
    <div className="flex flex-col gap-4 p-4 desk:px-6">
      <Skeleton className="h-5 w-40" />
      <Skeleton className="h-20 w-full" />
      <Skeleton className="h-32 w-full" />
    </div>
  </Loading>
)
