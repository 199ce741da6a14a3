/** What a drag brings. */
import type { DragEvent } from 'react'

export const carriesFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files')

/** The files of a drop, without the folders: those have no bytes to send. */
export const droppedFiles = ({
  dataTransfer,
}: DragEvent): { readonly files: readonly File[]; readonly folders: number } => {
  const items = [...dataTransfer.items].filter(({ kind }) => kind === 'file')
  const files = items.flatMap((item) => (item.webkitGetAsEntry()?.isDirectory ? [] : (item.getAsFile() ?? [])))
  return { files, folders: items.length - files.length }
}
