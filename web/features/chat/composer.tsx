/** Where a message is written: keeps the draft, chooses the model, sends, stops. */
import { ArrowUp, Square } from 'lucide-react'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { announce } from '../../lib/announce.ts'
import { cx } from '../../lib/class-names.ts'
import { onShortcut } from '../../lib/shortcuts.ts'
import { IconButton } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useMe } from '../account/read-me.ts'
import { ModelPicker, type ModelPickerHandle } from '../models/model-picker.tsx'
import { useModel } from '../models/use-model.ts'
import { readDraft, recoverUnsent, saveDraft } from './drafts.ts'

/** Messages are this long at most, in characters (contract, `MAX_CONTENT`). */
const LONGEST = 50_000

interface ComposerProps {
  /** Whose draft this is. */
  readonly conversation: string
  readonly replying: boolean
  readonly stopping: boolean
  /** A message is on its way, or a reply: nothing can be sent now. */
  readonly isBusy: boolean
  readonly onSend: (content: string, model: string) => void
  readonly onStop: () => void
  /** Text to go on with, put there from outside; a new number puts it in. */
  readonly insert?: { readonly text: string; readonly number: number }
  readonly note?: ReactNode
}

const useDraft = (conversation: string) => {
  const me = useMe()
  const [text, setText] = useState(() => {
    recoverUnsentOnce(me.id, conversation)
    return readDraft(me.id, conversation)
  })
  return {
    text,
    write: (next: string) => {
      setText(next)
      saveDraft(me.id, conversation, next)
    },
  }
}

/** Once for each load of the page: within it, what is unsent is still on its way or shown as failed. */
const recovered = new Set<string>()
const recoverUnsentOnce = (personId: string, conversation: string) => {
  const key = `${personId} ${conversation}`
  if (recovered.has(key)) return
  recovered.add(key)
  recoverUnsent(personId, conversation)
}

export const Composer = ({ conversation, replying, stopping, isBusy, onSend, onStop, insert, note }: ComposerProps) => {
  const { t } = useTranslation()
  const { groups, model, target, choose } = useModel()
  const { text, write } = useDraft(conversation)
  const field = useRef<HTMLTextAreaElement>(null)
  const picker = useRef<ModelPickerHandle>(null)
  const over = text.length - LONGEST

  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`
  }, [text])

  useEffect(() => {
    if (!matchMedia('(pointer: coarse)').matches) field.current?.focus({ preventScroll: true })
  }, [conversation])

  useEffect(() => {
    if (!insert) return
    write(text === '' ? insert.text : `${insert.text}\n\n${text}`)
    field.current?.focus()
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [insert?.number])

  useEffect(() => onShortcut('focus-composer', () => field.current?.focus()), [])
  useEffect(() => onShortcut('choose-model', () => picker.current?.open()), [])
  useEffect(() => (replying ? onShortcut('stop', onStop) : undefined), [replying, onStop])

  const send = () => {
    if (text.trim() === '' || over > 0) return
    if (isBusy) {
      // The button that stops it stands where the one that sends was: that is seen.
      if (replying) announce(t('chat.waitForReply'))
      else showToast({ text: t('chat.notYet') })
      return
    }
    if (target === null) {
      if (groups) picker.current?.open()
      else showToast({ text: t('chat.modelsNotLoaded') })
      return
    }
    onSend(text, target)
    choose(target)
    write('')
  }

  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter ends the word, not the message. Safari reports it late, as key code 229.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      send()
    }
  }

  return (
    <div className="shrink-0 bg-paper px-4 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <form
        className="mx-auto max-w-[72ch] rounded border border-edge bg-paper transition-colors focus-within:border-accent"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={t('chat.message')}
          placeholder={t('chat.placeholder')}
          aria-invalid={over > 0 || undefined}
          className="block w-full resize-none bg-transparent px-4 pt-3 pb-1 text-body leading-[1.6] outline-none"
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <div className="flex items-center justify-between gap-2 p-2 pt-0">
          {groups ? <ModelPicker groups={groups} value={model} onChoose={choose} handle={picker} /> : <span />}
          <span className="flex shrink-0 items-center gap-2">
            {over > 0 && (
              <span role="alert" className="text-small text-danger">
                {t('chat.tooLong', { over })}
              </span>
            )}
            {replying ? (
              <IconButton
                label={stopping ? t('chat.stopping') : t('chat.stop')}
                keys="Esc"
                icon={Square}
                tone="accent"
                disabled={stopping}
                className={cx('[&>svg]:size-3.5 [&>svg]:fill-current')}
                onClick={onStop}
              />
            ) : (
              <IconButton
                label={t('chat.send')}
                keys="Enter"
                icon={ArrowUp}
                tone="accent"
                type="submit"
                disabled={text.trim() === '' || over > 0 || isBusy}
              />
            )}
          </span>
        </div>
      </form>
      {note && <p className="mx-auto max-w-[72ch] px-1 pt-2 text-small text-soft">{note}</p>}
    </div>
  )
}
