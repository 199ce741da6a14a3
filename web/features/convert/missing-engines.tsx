/** What this server could convert if more were installed on it, said to whoever may be able to change that. */
import { useQuery } from '@tanstack/react-query'
import { Trans, useTranslation } from 'react-i18next'
import { listEngines } from './list-engines.ts'

export const MissingEngines = () => {
  const { t } = useTranslation()
  const missing = useQuery(listEngines()).data?.filter(({ isInstalled }) => !isInstalled) ?? []
  if (missing.length === 0) return null
  return (
    <section aria-labelledby="missing-title" className="border-t border-hairline pt-6 text-small">
      <h2 id="missing-title" className="text-body font-strong">
        {t('convert.missing')}
      </h2>
      <ul className="mt-1 text-soft">
        {missing.map(({ id, name, packages }) => (
          <li key={id} className="py-0.5">
            {t('convert.missingEngine', { name, packages: packages.join(', ') })}
          </li>
        ))}
      </ul>
      <p className="mt-1 text-soft">
        <Trans
          i18nKey="convert.missingHint"
          values={{ command: 'npm run engines' }}
          components={[<code key="command" className="rounded bg-sunk px-1 font-mono" />]}
        />
      </p>
    </section>
  )
}
