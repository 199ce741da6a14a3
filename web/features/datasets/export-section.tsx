/** An export before it is begun: for which trainers, with what each would leave out or change, and how the files are wrapped. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button } from '../../ui/button.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { ErrorState, FormError, Loading, Skeleton } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { CheckField } from './check-field.tsx'
import { useCreateExport } from './create-export.ts'
import { listTargets } from './list-targets.ts'
import type { VersionKey } from './read-version.ts'
import { TargetCard } from './target-card.tsx'
import { type Chosen, choiceOf, type TargetId, usual } from './targets.ts'

const compressions = ['zip', 'gzip', 'none'] as const
type Compression = (typeof compressions)[number]

/** As the contract has it. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export const ExportSection = ({ version }: { readonly version: VersionKey }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const targets = useQuery(listTargets())
  const create = useCreateExport()
  const [chosen, setChosen] = useState<ReadonlyMap<TargetId, Chosen>>(new Map())
  const [compression, setCompression] = useState<Compression>('zip')
  const [withMetadata, setWithMetadata] = useState(false)
  const [fileName, setFileName] = useState('')
  if (targets.error && !targets.data) {
    return (
      <ErrorState
        compact
        title={t('datasets.targetsFailed')}
        error={targets.error}
        onRetry={() => void targets.refetch()}
      />
    )
  }
  if (!targets.data) {
    return (
      <Loading>
        <Skeleton className="h-60 w-full" />
      </Loading>
    )
  }
  const set = (id: TargetId, choice: Chosen | null) => {
    const next = new Map(chosen)
    if (choice === null) next.delete(id)
    else next.set(id, choice)
    setChosen(next)
  }
  const isNameWrong = fileName !== '' && !FILE_NAME.test(fileName)
  const onStart = () =>
    create.mutate(
      {
        dataset_id: version.datasetId,
        version: version.version,
        targets: targets.data.flatMap(({ id }) => {
          const choice = chosen.get(id)
          return choice === undefined ? [] : [choiceOf(id, choice)]
        }),
        compression,
        include_metadata: withMetadata,
        ...(fileName === '' ? {} : { file_name: fileName }),
      },
      {
        onSuccess: () => {
          announce(t('datasets.exportBegun'))
          void navigate({ to: '/conversations/exports' })
        },
      },
    )
  return (
    <section aria-label={t('datasets.view_export')} className="flex flex-col gap-6">
      <div>
        <h2 className="font-strong">{t('datasets.targets')}</h2>
        <p className="mb-2 max-w-[72ch] text-small text-soft">{t('datasets.targetsHint')}</p>
        <ul className="border-t border-hairline">
          {targets.data.map((target) => (
            <TargetCard
              key={target.id}
              version={version}
              target={target}
              chosen={chosen.get(target.id) ?? null}
              onChange={(choice) => set(target.id, choice)}
            />
          ))}
        </ul>
        <p className="mt-2">
          <Button
            look="quiet"
            disabled={chosen.size === targets.data.length}
            onClick={() => setChosen(new Map(targets.data.map(({ id }) => [id, chosen.get(id) ?? usual])))}
          >
            {t('datasets.allTargets')}
          </Button>
        </p>
      </div>
      <div className="grid max-w-[48rem] gap-4 desk:grid-cols-2">
        <SelectField
          label={t('datasets.compression')}
          value={compression}
          options={compressions.map((value) => ({ value, label: t(`datasets.compression_${value}`) }))}
          onChange={setCompression}
        />
        <TextField
          label={t('datasets.fileName')}
          placeholder={t('datasets.fileNameUsual')}
          maxLength={100}
          error={isNameWrong ? t('datasets.fileNameWrong') : null}
          value={fileName}
          onChange={(event) => setFileName(event.target.value)}
        />
        <div className="desk:col-span-2">
          <CheckField
            label={t('datasets.withMetadata')}
            hint={t('datasets.withMetadataHint')}
            checked={withMetadata}
            onChange={setWithMetadata}
          />
        </div>
      </div>
      {create.error && <FormError>{errorText(t, create.error)}</FormError>}
      <div className="flex flex-wrap items-center gap-4">
        <Button
          look="primary"
          icon={Download}
          disabled={chosen.size === 0 || isNameWrong || create.isPending}
          onClick={onStart}
        >
          {t('datasets.startExport')}
        </Button>
        <p className="text-small text-soft">
          {chosen.size === 0 ? t('datasets.chooseTarget') : t('datasets.targetCount', { count: chosen.size })}{' '}
          {t('datasets.keptForADay')}
        </p>
      </div>
    </section>
  )
}
