/** What kind of file this is, as an icon: always beside a name, never alone. */
import {
  File,
  FileArchive,
  FileImage,
  FileMusic,
  FilePlay,
  FileSpreadsheet,
  FileText,
  Presentation,
  type LucideIcon,
} from 'lucide-react'
import type { FileCategory } from '#contract/messages/files.ts'

const icons: Record<FileCategory, LucideIcon> = {
  image: FileImage,
  video: FilePlay,
  audio: FileMusic,
  pdf: FileText,
  word: FileText,
  excel: FileSpreadsheet,
  powerpoint: Presentation,
  text: FileText,
  archive: FileArchive,
  other: File,
}

export const FileIcon = ({ category, size = 20 }: { readonly category: FileCategory; readonly size?: number }) => {
  const Icon = icons[category]
  return <Icon size={size} strokeWidth={1.5} className="shrink-0 text-soft" aria-hidden />
}

/** The icon, with the type by name beneath it where there is one: what office files and archives are shown as. */
export const FileBadge = ({ category, extension }: { readonly category: FileCategory; readonly extension: string }) => (
  <span className="flex size-10 shrink-0 flex-col items-center justify-center rounded bg-sunk">
    <FileIcon category={category} size={extension === '' ? 20 : 16} />
    {extension !== '' && (
      <span className="max-w-9 truncate text-[0.625rem] leading-3 font-strong text-soft uppercase" aria-hidden>
        {extension.slice(0, 4)}
      </span>
    )}
  </span>
)
