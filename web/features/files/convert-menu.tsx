/** "Convert…": the formats that a file can be downloaded in, and how far that has come. */
import { useQuery } from '@tanstack/react-query'
import { CircleAlert, FileOutput, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { asRequestError, type RequestError } from '../../lib/request-error.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { MenuButton } from '../../ui/menu-button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { formatName, shortFormatName } from '../convert/formats.ts'
import { convertFile } from './convert-file.ts'
import { listFileFormats } from './list-file-formats.ts'
import type { ShownFile } from './shown-file.ts'

export interface Conversion {
  /** What is being made, or could not be made. */
  readonly state: { readonly format: string; readonly error: RequestError | null } | null
  readonly start: (format: string) => void
  /** Stops it, or takes the error away. */
  readonly stop: () => void
}

/** One at a time; it ends with the file that is shown. */
export const useConversion = (file: ShownFile | null): Conversion => {
  const { t } = useTranslation()
  const [state, setState] = useState<Conversion['state']>(null)
  const running = useRef<AbortController>(null)
  const id = file?.id
  useEffect(
    () => () => {
      running.current?.abort()
      setState(null)
    },
    [id],
  )
  const stop = () => {
    running.current?.abort()
    setState(null)
  }
  const start = async (format: string) => {
    if (id === undefined) return
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    setState({ format, error: null })
    announce(t('files.converting', { format: formatName(format) }))
    try {
      await convertFile(id, format, controller.signal)
      setState(null)
      announce(t('files.converted', { format: formatName(format) }))
    } catch (thrown) {
      if (!controller.signal.aborted) setState({ format, error: asRequestError(thrown) })
    }
  }
  return { state, start: (format) => void start(format), stop }
}

export const ConvertMenu = ({ file, conversion }: { readonly file: ShownFile; readonly conversion: Conversion }) => {
  const { t } = useTranslation()
  const formats = useQuery(listFileFormats(file.id))
  if (formats.data === undefined || formats.data.length === 0) return null
  return (
    <MenuButton
      key={file.id}
      inDialog
      small={false}
      label={t('files.convert')}
      icon={FileOutput}
      entries={formats.data.map((format) => ({
        label: shortFormatName(format),
        ...(formatName(format) === shortFormatName(format) ? {} : { hint: formatName(format) }),
        onSelect: () => conversion.start(format),
      }))}
    />
  )
}

/** What is being converted, or why it was not. */
export const ConvertStrip = ({ conversion: { state, start, stop } }: { readonly conversion: Conversion }) => {
  const { t } = useTranslation()
  if (state === null) return null
  const format = formatName(state.format)
  const { error } = state
  return (
    <div
      className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-hairline py-1 ps-4 pe-2"
      data-testid="convert-strip"
    >
      {error ? (
        <p role="alert" className="flex min-w-0 flex-1 basis-48 gap-2">
          <CircleAlert size={18} strokeWidth={1.75} className="mt-0.5 shrink-0 text-danger" aria-hidden />
          <span>
            <span className="font-strong">{t('files.convertFailed', { format })}</span>{' '}
            <span className="text-soft">{error.status === 409 ? t('files.convertRefused') : errorText(t, error)}</span>
          </span>
        </p>
      ) : (
        <p className="flex min-w-0 flex-1 items-center gap-2 text-soft">
          <Spinner />
          {t('files.converting', { format })}
        </p>
      )}
      {error?.retryable && <Button onClick={() => start(state.format)}>{t('common.retry')}</Button>}
      <IconButton label={t(error ? 'common.dismiss' : 'files.convertStop')} icon={X} onClick={stop} />
    </div>
  )
}
