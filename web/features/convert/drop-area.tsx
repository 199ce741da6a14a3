/** Takes files wherever they come from: dropped anywhere on the page, pasted, or chosen. */
import { Upload } from 'lucide-react'
import { useEffect, useRef, useState, type ReactNode, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { carriesFiles, droppedFiles } from '../../lib/dropped-files.ts'
import { cx } from '../../lib/class-names.ts'
import { Button } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'

type OnFiles = (files: readonly File[]) => void

/** Everything inside it takes drops, and pastes that carry files. */
export const DropPage = ({
  onFiles,
  children,
}: {
  readonly onFiles: OnFiles
  readonly children: (isOver: boolean) => ReactNode
}) => {
  const { t } = useTranslation()
  const [isOver, setIsOver] = useState(false)
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])]
      if (files.length === 0) return
      event.preventDefault()
      onFiles(files)
    }
    document.addEventListener('paste', onPaste)
    return () => document.removeEventListener('paste', onPaste)
  }, [onFiles])
  return (
    <div
      className="relative min-h-0 flex-1 overflow-y-auto"
      onDragOver={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'copy'
        setIsOver(true)
      }}
      onDragLeave={(event) => {
        // Passing from one element inside to another is no leaving.
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setIsOver(false)
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        setIsOver(false)
        const { files, folders } = droppedFiles(event)
        if (folders > 0) showToast({ text: t('convert.noFolders'), tone: 'danger' })
        if (files.length > 0) onFiles(files)
      }}
    >
      {children(isOver)}
    </div>
  )
}

export const DropBox = ({
  title,
  hint,
  isOver,
  isSmall,
  onFiles,
  button,
}: {
  readonly title: string
  readonly hint: string
  /** There are files already: they are what the page is about now. */
  readonly isSmall: boolean
  readonly isOver: boolean
  readonly onFiles: OnFiles
  readonly button: Ref<HTMLButtonElement>
}) => {
  const { t } = useTranslation()
  const field = useRef<HTMLInputElement>(null)
  return (
    <div
      className={cx(
        'flex items-center gap-x-4 gap-y-3 rounded border border-dashed px-4 transition-colors',
        isSmall ? 'flex-wrap py-4' : 'flex-col py-8 text-center',
        isOver ? 'border-accent bg-wash' : 'border-edge bg-sunk',
      )}
    >
      <Upload size={24} strokeWidth={1.5} className={isOver ? 'text-accent' : 'text-soft'} aria-hidden />
      <div className={cx(isSmall && 'min-w-0 flex-1 basis-40')}>
        <p className="font-strong">{title}</p>
        <p className="text-small text-soft">{hint}</p>
      </div>
      <Button ref={button} look={isSmall ? 'plain' : 'primary'} onClick={() => field.current?.click()}>
        {t('convert.choose')}
      </Button>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-hidden
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])])
          // The same file may be chosen again after it was removed.
          event.target.value = ''
        }}
      />
    </div>
  )
}
