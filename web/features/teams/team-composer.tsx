/** Where a message to a team is written: keeps the draft, completes mentions, tags, attaches, sends. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowUp, Tag } from 'lucide-react'
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { TeamPerson } from '#contract/messages/team.ts'
import { announce } from '../../lib/announce.ts'
import { cx } from '../../lib/class-names.ts'
import { onShortcut } from '../../lib/shortcuts.ts'
import { IconButton } from '../../ui/button.tsx'
import { MenuButton } from '../../ui/menu-button.tsx'
import { useMe } from '../account/read-me.ts'
import { readDraft, saveDraft } from '../chat/drafts.ts'
import { AttachButton, AttachmentTray, pasteFiles, type AttachFiles } from '../files/attach-files.tsx'
import { allModels, searchModels } from '../models/choose-model.ts'
import { useModel } from '../models/use-model.ts'
import { Initials, ModelMark } from './initials-mark.tsx'
import { listMembers } from './list-members.ts'
import { listWorkTypes } from './list-work-types.ts'
import { completeMention, findMentions, mentionAt, mentionedIds, type MentionStart } from './mentions.ts'
import type { Outgoing } from './outbox.ts'
import { sayTyping } from './say-typing.ts'
import { WorkTypeMark } from './work-type-mark.tsx'

/** Messages are this long at most, in characters (contract, `MAX_CONTENT`). */
const LONGEST = 50_000
/** One word to the others is enough for this long, in milliseconds. */
const TYPING_EVERY = 3000
/** Most people and most models on offer at once. */
const OFFERS = { people: 6, models: 4 }

interface TeamComposerProps {
  readonly conversationId: string
  readonly threadId: string | null
  readonly label: string
  readonly attach: AttachFiles
  readonly onSend: (body: Outgoing['body'], fileNames: readonly string[]) => void
  /** Arrow up in an empty field: the last own message is to be changed. */
  readonly onEditLast?: () => void
}

const useDraft = (key: string) => {
  const me = useMe()
  const [text, setText] = useState(() => readDraft(me.id, key))
  return {
    text,
    write: (next: string) => {
      setText(next)
      saveDraft(me.id, key, next)
    },
  }
}

export const TeamComposer = ({ conversationId, threadId, label, attach, onSend, onEditLast }: TeamComposerProps) => {
  const { t } = useTranslation()
  const { text, write } = useDraft(`team.${conversationId}${threadId === null ? '' : `.${threadId}`}`)
  const field = useRef<HTMLTextAreaElement>(null)
  const [workTypeId, setWorkTypeId] = useState<string | null>(null)
  const mention = useMention(conversationId, text)
  const known = useKnown(conversationId)
  const saidTyping = useRef(0)
  const over = text.length - LONGEST
  const isEmpty = text.trim() === '' && attach.files.length === 0

  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, innerHeight * 0.4)}px`
  }, [text])

  useEffect(() => {
    if (!matchMedia('(pointer: coarse)').matches) field.current?.focus({ preventScroll: true })
  }, [conversationId, threadId])
  useEffect(() => onShortcut('focus-composer', () => field.current?.focus()), [])

  const change = (next: string, caret: number) => {
    write(next)
    mention.look(next, caret)
    if (next.trim() === '' || Date.now() - saidTyping.current < TYPING_EVERY) return
    saidTyping.current = Date.now()
    // Nobody needs to know that others could not be told.
    sayTyping(conversationId).catch(() => {})
  }

  const send = () => {
    if (isEmpty || over > 0) return
    if (attach.isUploading) return announce(t('files.waitForUploads'))
    const { personIds, model } = known.meant(text)
    const files = attach.take()
    onSend(
      {
        content: text.trimEnd(),
        fileIds: files.map(({ id }) => id),
        mentions: personIds,
        ...(threadId === null ? {} : { threadId }),
        ...(workTypeId === null ? {} : { workTypeId }),
        ...(model === null ? {} : { model }),
      },
      files.map(({ name }) => name),
    )
    saidTyping.current = 0
    write('')
    mention.close()
    setWorkTypeId(null)
  }

  const choose = (offer: Offer) => {
    const element = field.current
    if (!element || !mention.at) return
    known.remember(offer)
    const done = completeMention(text, element.selectionStart, mention.at, offer.name)
    write(done.text)
    mention.close()
    element.focus()
    requestAnimationFrame(() => element.setSelectionRange(done.caret, done.caret))
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter ends the word, not the message. Safari reports it late, as key code 229.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (mention.onKeyDown(event, choose)) return
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      send()
    }
    if (event.key === 'ArrowUp' && text === '' && onEditLast) {
      event.preventDefault()
      onEditLast()
    }
  }

  return (
    <div className="shrink-0 bg-paper px-4 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <form
        className="relative mx-auto max-w-[72ch] rounded border border-edge bg-paper transition-colors focus-within:border-accent"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <MentionMenu mention={mention} onChoose={choose} />
        <AttachmentTray attach={attach} />
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label={label}
          placeholder={label}
          aria-invalid={over > 0 || undefined}
          aria-autocomplete="list"
          aria-controls={mention.offers.length > 0 ? mention.listId : undefined}
          aria-activedescendant={mention.offers.length > 0 ? `${mention.listId}-${mention.active}` : undefined}
          className="block w-full resize-none bg-transparent px-4 pt-3 pb-1 text-body leading-[1.6] outline-none"
          onChange={(event) => change(event.target.value, event.target.selectionStart)}
          onSelect={(event) => mention.look(event.currentTarget.value, event.currentTarget.selectionStart)}
          onBlur={mention.close}
          onKeyDown={onKeyDown}
          onPaste={pasteFiles(attach.add)}
        />
        <div className="flex items-center justify-between gap-2 p-2 pt-0">
          <span className="flex min-w-0 items-center gap-1">
            <AttachButton attach={attach} />
            <WorkTypePicker conversationId={conversationId} chosen={workTypeId} onChoose={setWorkTypeId} />
          </span>
          <span className="flex shrink-0 items-center gap-2">
            {over > 0 && (
              <span role="alert" className="text-small text-danger">
                {t('chat.tooLong', { over })}
              </span>
            )}
            <IconButton
              label={t('chat.send')}
              keys="Enter"
              icon={ArrowUp}
              tone="accent"
              type="submit"
              disabled={isEmpty || over > 0 || attach.isUploading}
            />
          </span>
        </div>
      </form>
    </div>
  )
}

interface Offer {
  readonly kind: 'person' | 'model'
  readonly id: string
  readonly name: string
}

/** What `@names` in a text mean: the members that the page knows of, and the models. */
const useKnown = (conversationId: string) => {
  const queries = useQueryClient()
  const me = useMe()
  const { groups } = useModel()
  const chosen = useRef(new Map<string, Offer>())
  return {
    remember: (offer: Offer) => chosen.current.set(offer.id, offer),
    meant: (text: string) => {
      const read = queries
        .getQueriesData<{ pages: { data: TeamPerson[] }[] }>({ queryKey: ['team', 'members', conversationId] })
        .flatMap(([, pages]) => pages?.pages.flatMap(({ data }) => data) ?? [])
      const offers = [...chosen.current.values()]
      const people = [...read, ...offers.filter(({ kind }) => kind === 'person')].filter(({ id }) => id !== me.id)
      const models = groups ? allModels(groups) : []
      return {
        personIds: mentionedIds(text, people),
        model:
          findMentions(text, [...people, ...models]).find(({ named }) => models.some(({ id }) => id === named.id))
            ?.named.id ?? null,
      }
    },
  }
}

const useMention = (conversationId: string, text: string) => {
  const { t } = useTranslation()
  const listId = useId()
  const me = useMe()
  const { groups } = useModel()
  const [at, setAt] = useState<MentionStart | null>(null)
  const [active, setActive] = useState(0)
  const query = at?.query.trim() ?? ''
  const members = useInfiniteQuery({ ...listMembers(conversationId, query), enabled: at !== null })
  const offers = useMemo((): readonly Offer[] => {
    if (at === null) return []
    const wanted = query.toLocaleLowerCase()
    const people = (members.data?.pages[0]?.data ?? [])
      .filter(({ id, name }) => id !== me.id && name.toLocaleLowerCase().includes(wanted))
      .slice(0, OFFERS.people)
      .map(({ id, name }) => ({ kind: 'person' as const, id, name }))
    const models = groups
      ? allModels(searchModels(groups, query))
          .slice(0, OFFERS.models)
          .map(({ id, name }) => ({ kind: 'model' as const, id, name }))
      : []
    return [...people, ...models]
  }, [at, query, members.data, groups, me.id])
  const current = Math.min(active, Math.max(0, offers.length - 1))
  const count = offers.length
  useEffect(() => {
    if (count > 0) announce(t('teams.mentionOffers', { count }))
  }, [count, t])

  const close = () => setAt(null)
  return {
    at,
    listId,
    offers,
    active: current,
    setActive,
    close,
    look: (value: string, caret: number) => {
      const next = mentionAt(value, caret)
      setAt((present) => (present?.start === next?.start && present?.query === next?.query ? present : next))
      if (value !== text) setActive(0)
    },
    /** @returns whether the key was the menu's. */
    onKeyDown: (event: KeyboardEvent, choose: (offer: Offer) => void): boolean => {
      const offer = offers[current]
      if (!offer) return false
      const act = {
        ArrowDown: () => setActive((current + 1) % offers.length),
        ArrowUp: () => setActive((current + offers.length - 1) % offers.length),
        Enter: () => choose(offer),
        Tab: () => choose(offer),
        Escape: close,
      }[event.key]
      if (!act || event.shiftKey) return false
      event.preventDefault()
      event.stopPropagation()
      act()
      return true
    },
  }
}

const MentionMenu = ({
  mention,
  onChoose,
}: {
  readonly mention: ReturnType<typeof useMention>
  readonly onChoose: (offer: Offer) => void
}) => {
  const { t } = useTranslation()
  if (mention.offers.length === 0) return null
  return (
    <div
      id={mention.listId}
      role="listbox"
      aria-label={t('teams.mention')}
      className="absolute inset-x-0 bottom-full z-20 mb-1 max-h-72 max-w-sm overflow-y-auto rounded border border-hairline bg-raised p-1 shadow-float"
    >
      {mention.offers.map((offer, index) => (
        <div
          key={offer.id}
          id={`${mention.listId}-${index}`}
          role="option"
          aria-selected={index === mention.active}
          className={cx(
            'flex min-h-10 cursor-pointer items-center gap-3 rounded px-2',
            index === mention.active && 'bg-hover',
          )}
          onPointerMove={() => mention.setActive(index)}
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(offer)}
        >
          {offer.kind === 'person' ? <Initials name={offer.name} /> : <ModelMark />}
          <span className="min-w-0 flex-1 truncate">{offer.name}</span>
          {offer.kind === 'model' && <span className="text-small text-soft">{t('teams.model')}</span>}
        </div>
      ))}
    </div>
  )
}

const WorkTypePicker = ({
  conversationId,
  chosen,
  onChoose,
}: {
  readonly conversationId: string
  readonly chosen: string | null
  readonly onChoose: (id: string | null) => void
}) => {
  const { t } = useTranslation()
  const types = useQuery(listWorkTypes(conversationId)).data?.data ?? []
  const type = types.find(({ id }) => id === chosen)
  if (types.length === 0) return null
  return (
    <>
      <MenuButton
        label={t('teams.tag')}
        icon={Tag}
        entries={[
          ...types.map(({ id, name }) => ({ label: name, onSelect: () => onChoose(id) })),
          { label: t('teams.noWorkType'), onSelect: () => onChoose(null) },
        ]}
      />
      {type && (
        <span className="min-w-0 truncate text-small text-soft">
          <WorkTypeMark workType={type} />
        </span>
      )}
    </>
  )
}
