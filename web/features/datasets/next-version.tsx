/** Which conversations a dataset is of, and what becomes of them; what the next version would hold is shown as they change. */
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Dataset } from '#contract/training/index.ts'
import { announce } from '../../lib/announce.ts'
import { Button } from '../../ui/button.tsx'
import { FormError } from '../../ui/states.tsx'
import { changeErrorText, useChangeDataset } from './change-dataset.ts'
import { useFreezeDataset } from './freeze-dataset.ts'
import { MembersSection } from './members-section.tsx'
import { PreviewPanel } from './preview-panel.tsx'
import { SelectionFields } from './selection-fields.tsx'
import type { Selection } from './selection.ts'
import { readSettings, type TypedSettings, typeSettings } from './settings.ts'
import { SettingsFields } from './settings-fields.tsx'

export const NextVersion = ({ dataset }: { readonly dataset: Dataset }) => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const change = useChangeDataset(dataset.id)
  const freeze = useFreezeDataset(dataset.id)
  // What is not changed here is what the dataset has, which may be changed elsewhere: in the list below, in another tab.
  const [changed, setChanged] = useState<Partial<Selection>>({})
  const selection = useMemo(() => ({ ...dataset.selection, ...changed }), [dataset.selection, changed])
  const [changedSettings, setTyped] = useState<TypedSettings | null>(null)
  const typed = useMemo(() => changedSettings ?? typeSettings(dataset.settings), [changedSettings, dataset.settings])
  const { settings, wrong } = useMemo(() => readSettings(typed), [typed])
  const draft = useMemo(() => (settings === null ? null : { selection, settings }), [selection, settings])
  const isChanged = draft === null || !isSame(draft, { selection: dataset.selection, settings: dataset.settings })
  const isBusy = change.isPending || freeze.isPending
  const discard = () => {
    setChanged({})
    setTyped(null)
  }
  const save = async () => {
    if (draft === null) return
    await change.mutateAsync({ ...draft, updated_at: dataset.updated_at })
    discard()
    announce(t('common.saved'))
  }
  const onFreeze = async () => {
    try {
      if (isChanged) await save()
      const { version } = await freeze.mutateAsync()
      void navigate({
        to: '/conversations/datasets/$datasetId/versions/$version',
        params: { datasetId: dataset.id, version: String(version) },
      })
    } catch {
      // Shown below, as the mutations have it.
    }
  }
  const failure = change.error ?? freeze.error
  return (
    <section aria-labelledby="next-title" className="flex flex-col gap-4">
      <h2 id="next-title" className="font-strong">
        {t('datasets.nextVersion', { version: dataset.latest_version + 1 })}
      </h2>
      <SelectionFields selection={selection} onChange={(wanted) => setChanged(changesOf(dataset.selection, wanted))} />
      <div className="mt-2 grid gap-x-10 gap-y-6 wide:grid-cols-[minmax(0,1fr)_20rem]">
        <SettingsFields typed={typed} wrong={wrong} onChange={setTyped} />
        <div className="flex flex-col gap-4 border-t border-hairline pt-4 wide:sticky wide:top-4 wide:self-start wide:border-0 wide:pt-0">
          <PreviewPanel datasetId={dataset.id} draft={draft} />
          {failure && <FormError>{changeErrorText(t, failure)}</FormError>}
          <div className="flex flex-wrap gap-2">
            <Button look="primary" disabled={isBusy || draft === null} onClick={() => void onFreeze()}>
              {t(isChanged ? 'datasets.saveAndFreeze' : 'datasets.freeze')}
            </Button>
            {isChanged && (
              <>
                <Button disabled={isBusy || draft === null} onClick={() => void save().catch(() => {})}>
                  {t('common.save')}
                </Button>
                <Button look="quiet" disabled={isBusy} onClick={discard}>
                  {t('datasets.discard')}
                </Button>
              </>
            )}
          </div>
          <p className="text-small text-soft">{t('datasets.freezeHint')}</p>
        </div>
      </div>
      <MembersSection dataset={dataset} isChanged={isChanged} />
    </section>
  )
}

/** What was chosen otherwise than it is. */
const changesOf = (present: Selection, wanted: Selection): Partial<Selection> => ({
  ...(isSame(present.filter, wanted.filter) ? {} : { filter: wanted.filter }),
  ...(isSame(present.include, wanted.include) ? {} : { include: wanted.include }),
  ...(isSame(present.exclude, wanted.exclude) ? {} : { exclude: wanted.exclude }),
})

/** Whatever the order in which things were named. */
const isSame = (one: unknown, other: unknown): boolean => inOrder(one) === inOrder(other)

const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
