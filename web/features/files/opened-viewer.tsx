/** Shows the files that were opened from a message or the information panel. One stands on the page of a conversation. */
import { lazy, Suspense, useEffect, useState } from 'react'
import { later } from '../../lib/later.ts'
import { closeFiles, openFiles, useOpenedFiles, type OpenedFiles } from './opened-files.ts'

const fetchViewer = later(() => import('./file-viewer.tsx'))
const FileViewer = lazy(() => fetchViewer().then(({ FileViewer: component }) => ({ default: component })))

export const OpenedViewer = ({
  conversationId,
  onViewMessage,
}: {
  readonly conversationId: string
  /** Shows a message in its place. */
  readonly onViewMessage: (messageId: string) => void
}) => {
  const opened = useOpenedFiles()
  const [last, setLast] = useState<OpenedFiles | null>(opened)
  if (opened !== null && opened !== last) setLast(opened)
  // Leaving the conversation leaves its files.
  useEffect(() => closeFiles, [conversationId])
  if (!last) return null
  return (
    <Suspense>
      <FileViewer
        open={opened !== null}
        onClose={closeFiles}
        file={last.files[last.at] ?? null}
        place={last.at + 1}
        total={last.files.length}
        onMove={(step) => openFiles(last.files, last.at + step)}
        onViewMessage={(messageId) => {
          closeFiles()
          onViewMessage(messageId)
        }}
      />
    </Suspense>
  )
}
