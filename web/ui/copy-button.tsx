/** Copies text and says so for a moment. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../lib/announce.ts'
import { copyText } from '../lib/copy-text.ts'
import { IconButton } from './button.tsx'
import { showToast } from './toast.tsx'

export const CopyButton = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <IconButton
      small
      label={copied ? t('common.copied') : label}
      icon={copied ? Check : Copy}
      onClick={async () => {
        if (await copyText(text)) {
          setCopied(true)
          announce(t('common.copied'))
        } else showToast({ text: t('common.copyFailed'), tone: 'danger' })
      }}
    />
  )
}
