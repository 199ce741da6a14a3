/** The work types of a conversation: make, rename, colour, delete. */
import { useQuery } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { WorkType } from '#contract/messages/team.ts'
import { cx } from '../../lib/class-names.ts'
import { errorText } from '../../lib/i18n/error-text.ts'
import { Button, IconButton } from '../../ui/button.tsx'
import { ConfirmIconButton } from '../../ui/confirm-button.tsx'
import { FormError } from '../../ui/states.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { showToast } from '../../ui/toast.tsx'
import { useCreateWorkType } from './create-work-type.ts'
import { useDeleteWorkType } from './delete-work-type.ts'
import { listWorkTypes } from './list-work-types.ts'
import { PanelSection, SectionState } from './panel-section.tsx'
import { useUpdateWorkType } from './update-work-type.ts'
import { colors, dotColors } from './work-type-colors.ts'
import { WorkTypeMark } from './work-type-mark.tsx'

/** Names of work types are this long at most (contract, `workTypeBody`). */
const LONGEST = 60

export const WorkTypesSection = ({ conversationId }: { readonly conversationId: string }) => {
  const { t } = useTranslation()
  const types = useQuery(listWorkTypes(conversationId))
  const remove = useDeleteWorkType(conversationId)
  const [editing, setEditing] = useState<string | null>(null)
  return (
    <PanelSection title={t('teams.workTypes')} count={types.data?.data.length}>
      <SectionState query={types} isEmpty={types.data?.data.length === 0} empty={t('teams.workTypesEmpty')}>
        <ul>
          {types.data?.data.map((type) =>
            editing === type.id ? (
              <li key={type.id} className="py-2">
                <EditWorkType conversationId={conversationId} type={type} onDone={() => setEditing(null)} />
              </li>
            ) : (
              <li key={type.id} className="flex min-h-10 items-center gap-1">
                <span className="min-w-0 flex-1">
                  <WorkTypeMark workType={type} />
                </span>
                <IconButton
                  small
                  label={t('teams.editNamed', { name: type.name })}
                  icon={Pencil}
                  onClick={() => setEditing(type.id)}
                />
                <ConfirmIconButton
                  label={t('teams.deleteNamed', { name: type.name })}
                  question={t('teams.deleteWorkTypeConfirm', { name: type.name })}
                  icon={Trash2}
                  onConfirm={() =>
                    remove.mutate(type.id, {
                      onError: (error) => showToast({ text: errorText(t, error), tone: 'danger' }),
                    })
                  }
                />
              </li>
            ),
          )}
        </ul>
      </SectionState>
      <div className="mt-2">
        <NewWorkType conversationId={conversationId} />
      </div>
    </PanelSection>
  )
}

const Colors = ({
  value,
  onChange,
}: {
  readonly value: WorkType['color']
  readonly onChange: (color: WorkType['color']) => void
}) => {
  const { t } = useTranslation()
  return (
    <fieldset className="flex flex-wrap gap-1">
      <legend className="sr-only">{t('teams.color')}</legend>
      {colors.map((color) => (
        <label
          key={color}
          className={cx(
            'flex size-8 cursor-pointer items-center justify-center rounded has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:size-10',
            color === value && 'bg-hover',
          )}
        >
          <input
            type="radio"
            name="color"
            className="sr-only"
            aria-label={t(`teams.color_${color}`)}
            checked={color === value}
            onChange={() => onChange(color)}
          />
          <span
            className={cx('size-4 rounded-full', color === value && 'outline-2 outline-offset-2 outline-ink')}
            style={{ background: dotColors[color] }}
          />
        </label>
      ))}
    </fieldset>
  )
}

const WorkTypeForm = ({
  name: before,
  color: colorBefore,
  error,
  isPending,
  onSave,
  onCancel,
}: {
  readonly name: string
  readonly color: WorkType['color']
  readonly error: unknown
  readonly isPending: boolean
  readonly onSave: (type: Pick<WorkType, 'name' | 'color'>) => void
  readonly onCancel: () => void
}) => {
  const { t } = useTranslation()
  const [name, setName] = useState(before)
  const [color, setColor] = useState(colorBefore)
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') onSave({ name: name.trim(), color })
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onCancel()
      }}
    >
      <TextField
        label={t('teams.workTypeName')}
        value={name}
        maxLength={LONGEST}
        autoFocus
        onChange={(event) => setName(event.target.value)}
      />
      <Colors value={color} onChange={setColor} />
      {error !== null && <FormError>{errorText(t, error)}</FormError>}
      <span className="flex gap-2">
        <Button type="submit" look="primary" disabled={isPending || name.trim() === ''}>
          {t('common.save')}
        </Button>
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
      </span>
    </form>
  )
}

const EditWorkType = ({
  conversationId,
  type,
  onDone,
}: {
  readonly conversationId: string
  readonly type: WorkType
  readonly onDone: () => void
}) => {
  const update = useUpdateWorkType(conversationId)
  return (
    <WorkTypeForm
      name={type.name}
      color={type.color}
      error={update.error}
      isPending={update.isPending}
      onSave={(changed) => update.mutate({ id: type.id, ...changed }, { onSuccess: onDone })}
      onCancel={onDone}
    />
  )
}

export const NewWorkType = ({
  conversationId,
  onMade,
}: {
  readonly conversationId: string
  readonly onMade?: (type: WorkType) => void
}) => {
  const { t } = useTranslation()
  const create = useCreateWorkType(conversationId)
  const [open, setOpen] = useState(false)
  if (!open) {
    return (
      <Button look="quiet" icon={Plus} className="-ms-3" onClick={() => setOpen(true)}>
        {t('teams.newWorkType')}
      </Button>
    )
  }
  const close = () => {
    create.reset()
    setOpen(false)
  }
  return (
    <WorkTypeForm
      name=""
      color="teal"
      error={create.error}
      isPending={create.isPending}
      onSave={(type) =>
        create.mutate(type, {
          onSuccess: (made) => {
            close()
            onMade?.(made)
          },
        })
      }
      onCancel={close}
    />
  )
}
