/** What a person sees before there is a model to talk to: the three ways to get one. */
import { ExternalLink, KeyRound, MonitorDown, Play, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelGroup } from '#contract/app/index.ts'
import { useUpdateMe } from '../account/update-me.ts'
import { useFocusOnArrival } from '../../lib/use-focus-on-arrival.ts'
import { Button } from '../../ui/button.tsx'
import { KeyForm } from './key-form.tsx'

export const ConnectModel = ({
  groups,
  onChoose,
}: {
  readonly groups: readonly ModelGroup[]
  readonly onChoose: (model: string) => void
}) => {
  const { t } = useTranslation()
  const update = useUpdateMe()
  const title = useFocusOnArrival<HTMLHeadingElement>('connect')
  const take = (model: string) => {
    onChoose(model)
    // Other browsers of the person start with it too; if this fails, this one still remembers.
    update.mutate({ defaultModel: model })
  }
  const keyProblem = groups.find((group) => group.source === 'openrouter')?.problem
  const local = groups.filter((group) => group.source === 'local' && group.models.length > 0)
  const demo = groups.find((group) => group.source === 'demo')?.models[0]
  return (
    <div className="mx-auto w-full max-w-[36rem] px-4 py-8 desk:py-[8vh]">
      <h1 ref={title} tabIndex={-1} className="text-title font-strong">
        {t('models.connectTitle')}
      </h1>
      <p className="mt-2 mb-6 text-soft">{t('models.connect')}</p>
      <ul className="border-t border-hairline">
        {local.map((group) => (
          <Way
            key={group.name}
            icon={MonitorDown}
            title={group.name}
            body={t('models.localBody', { count: group.models.length })}
            action={
              <Button look="primary" onClick={() => group.models[0] && take(group.models[0].id)}>
                {t('models.localUse')}
              </Button>
            }
          />
        ))}
        <Way icon={KeyRound} title={t('models.keyTitle')} body={t('models.keyBody')}>
          {keyProblem && <p className="mb-3 text-danger">{keyProblem}</p>}
          <KeyForm />
          <a
            href="https://openrouter.ai/keys"
            target="_blank"
            rel="noopener noreferrer"
            className="mt-3 inline-flex items-center gap-1.5 text-small text-accent underline underline-offset-4"
          >
            {t('models.keyGet')} <ExternalLink size={14} strokeWidth={1.75} aria-hidden />
          </a>
        </Way>
        {demo && (
          <Way
            icon={Play}
            title={t('models.demoTitle')}
            body={t('models.demoBody')}
            action={<Button onClick={() => take(demo.id)}>{t('models.demoUse')}</Button>}
          />
        )}
      </ul>
    </div>
  )
}

const Way = ({
  icon: Icon,
  title,
  body,
  action,
  children,
}: {
  readonly icon: LucideIcon
  readonly title: string
  readonly body: string
  readonly action?: ReactNode
  readonly children?: ReactNode
}) => (
  <li className="flex gap-4 border-b border-hairline py-5">
    <Icon size={20} strokeWidth={1.75} className="mt-0.5 shrink-0 text-soft" aria-hidden />
    <div className="min-w-0 flex-1">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="font-strong">{title}</h2>
          <p className="text-soft">{body}</p>
        </div>
        {action}
      </div>
      {children && <div className="mt-3">{children}</div>}
    </div>
  </li>
)
