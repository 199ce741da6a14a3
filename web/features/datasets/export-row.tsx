/** One export of the history. */
import { Link } from '@tanstack/react-router'
import { Download, RotateCw, Trash2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { TrainingExport } from '#contract/training/index.ts'
import { announce } from '../../lib/announce.ts'
import { codeText, errorText } from '../../lib/i18n/error-text.ts'
import { exactTime, relativeTime } from '../../lib/relative-time.ts'
import { useNow } from '../../lib/use-now.ts'
import { Button } from '../../ui/button.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { CopyButton } from '../../ui/copy-button.tsx'
import { ProgressBar } from '../../ui/progress-bar.tsx'
import { FormError } from '../../ui/states.tsx'
import { timeLeft } from '../convert/time-left.ts'
import { fileSize } from '../files/describe-file.ts'
import { whole } from '../generate/figures.ts'
import { useCancelExport } from './cancel-export.ts'
import { useCreateExport } from './create-export.ts'
import { useDeleteExport } from './delete-export.ts'
import { useDownloadExport } from './download-export.ts'
import { StatusMark } from './status-mark.tsx'
import { ruleText } from './rule-text.ts'
import { isUnderWay } from './under-way.ts'
import { useTargetNames } from './use-target-names.ts'

export const ExportRow = ({ found }: { readonly found: TrainingExport }) => {
  const { t, i18n } = useTranslation()
  const now = useNow()
  const remove = useDeleteExport()
  const nameOf = useTargetNames()
  const { scope } = found
  const name =
    scope.dataset_id === null || scope.version === null
      ? t('datasets.chosenOnes')
      : `${scope.name} · ${t('datasets.versionNumber', { version: scope.version })}`
  const targets =
    found.stored === null ? found.targets.map(({ id }) => nameOf(id)).join(', ') : t(`datasets.stored_${found.stored}`)
  return (
    <li className="flex flex-col gap-2 border-b border-hairline py-3" data-export={found.export_id}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        {scope.dataset_id !== null && scope.version !== null ? (
          <Link
            to="/conversations/datasets/$datasetId/versions/$version"
            params={{ datasetId: scope.dataset_id, version: String(scope.version) }}
            className="min-w-0 rounded font-strong wrap-anywhere hover:underline"
          >
            {name}
          </Link>
        ) : (
          <span className="font-strong">{name}</span>
        )}
        <StatusMark status={found.status} />
      </div>
      <div className="flex items-center justify-between gap-x-4">
        <p className="min-w-0 text-small text-soft tabular-nums">
          {targets} ·{' '}
          {t('datasets.conversationCount', {
            count: scope.conversations,
            total: whole(scope.conversations, i18n.language),
          })}{' '}
          ·{' '}
          <time dateTime={found.created_at} title={exactTime(found.created_at, i18n.language)}>
            {relativeTime(found.created_at, now, i18n.language)}
          </time>
        </p>
        <ConfirmIconButton
          label={t('datasets.deleteExport')}
          question={t('datasets.deleteExportQuestion')}
          icon={Trash2}
          onConfirm={() => remove.mutate(found.export_id)}
        />
      </div>
      {remove.error && <FormError>{errorText(t, remove.error)}</FormError>}
      {isUnderWay(found) && <Making found={found} />}
      {found.status === 'completed' && <Made found={found} now={now} />}
      {!isUnderWay(found) && found.status !== 'completed' && <Over found={found} />}
    </li>
  )
}

const Making = ({ found }: { readonly found: TrainingExport }) => {
  const { t, i18n } = useTranslation()
  const cancel = useCancelExport()
  const { processed, total } = found.progress
  return (
    <div className="flex flex-col gap-2">
      <ProgressBar label={t('datasets.exporting')} value={processed} max={total} />
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="text-small text-soft tabular-nums">
          {t('datasets.doneOf', { done: whole(processed, i18n.language), total: whole(total, i18n.language) })}
        </p>
        <Button disabled={cancel.isPending} onClick={() => cancel.mutate(found.export_id)}>
          {t('common.cancel')}
        </Button>
      </div>
      {cancel.error && <FormError>{errorText(t, cancel.error)}</FormError>}
    </div>
  )
}

const Made = ({ found, now }: { readonly found: TrainingExport; readonly now: number }) => {
  const { t, i18n } = useTranslation()
  const download = useDownloadExport()
  const nameOf = useTargetNames()
  const left = found.expires_at === null ? null : timeLeft(Date.parse(found.expires_at) - now, i18n.language)
  return (
    <div className="flex flex-col gap-2">
      <ul className="flex flex-col gap-1">
        {found.downloads.map(({ name, bytes, sha256 }) => (
          <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <Button
              icon={Download}
              className="max-w-full [&>svg]:shrink-0"
              disabled={download.isPending}
              onClick={() => download.mutate({ id: found.export_id, file: name })}
            >
              <span className="text-start wrap-anywhere">{name}</span>
              <span className="font-normal whitespace-nowrap text-soft">{fileSize(bytes, i18n.language)}</span>
            </Button>
            <span className="inline-flex min-w-0 items-center gap-1 text-small text-soft">
              SHA-256 <code className="truncate font-mono">{sha256.slice(0, 12)}…</code>
              <CopyButton text={sha256} label={t('datasets.copySum', { name })} />
            </span>
          </li>
        ))}
      </ul>
      {download.error && <FormError>{errorText(t, download.error)}</FormError>}
      {found.dropped.length > 0 && (
        <ul className="text-small text-soft tabular-nums">
          {found.dropped.map(({ target, rule, conversations }) => (
            <li key={`${target} ${rule}`}>
              {nameOf(target)}:{' '}
              {t('datasets.leftOutForRule', {
                count: conversations,
                total: whole(conversations, i18n.language),
                rule: ruleText(t, rule, rule),
              })}
            </li>
          ))}
        </ul>
      )}
      {found.erased > 0 && (
        <p className="text-small text-soft tabular-nums">
          {t('datasets.erasedCount', { count: found.erased, total: whole(found.erased, i18n.language) })}
        </p>
      )}
      {found.expires_at !== null && (
        <p className="text-small text-soft">
          <time dateTime={found.expires_at} title={exactTime(found.expires_at, i18n.language)}>
            {left === null ? t('datasets.expiresSoon') : t('datasets.expiresIn', { time: left })}
          </time>
        </p>
      )}
    </div>
  )
}

/** Failed, stopped, or its day is over: what can be made again is offered. */
const Over = ({ found }: { readonly found: TrainingExport }) => {
  const { t } = useTranslation()
  const create = useCreateExport()
  const { dataset_id: datasetId, version } = found.scope
  const canRepeat = datasetId !== null && version !== null && found.targets.length > 0
  return (
    <div className="flex flex-col items-start gap-2">
      <p className="max-w-[72ch] text-small text-soft">
        {found.error
          ? codeText(t, found.error.code, found.error.message)
          : t(found.status === 'expired' ? 'datasets.hasExpired' : 'datasets.exportCancelled')}
      </p>
      {create.error && <FormError>{errorText(t, create.error)}</FormError>}
      {canRepeat ? (
        <Button
          icon={RotateCw}
          disabled={create.isPending}
          onClick={() =>
            create.mutate(
              {
                dataset_id: datasetId,
                version,
                targets: found.targets,
                compression: found.compression,
                include_metadata: found.include_metadata,
              },
              { onSuccess: () => announce(t('datasets.exportBegun')) },
            )
          }
        >
          {t('datasets.exportAgain')}
        </Button>
      ) : (
        <Link to="/conversations" className="rounded text-small text-accent underline">
          {t('datasets.chooseAgain')}
        </Link>
      )}
    </div>
  )
}
