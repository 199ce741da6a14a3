/** How a run goes about its work: what it may cost, and the settings that are rarely changed. */
import { useTranslation } from 'react-i18next'
import type { BodyOf } from '#contract/endpoint.ts'
import type { createGeneration } from '#contract/training/index.ts'
import { Choice } from '../../ui/choice.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { typedNumber } from './figures.ts'

/** As typed; empty is as usual. */
export interface RunSettings {
  readonly cap: string
  readonly temperature: string
  readonly maxTokens: string
  readonly concurrency: string
  readonly promptPrice: string
  readonly completionPrice: string
  readonly onError: 'stop' | 'continue'
  readonly asksAgain: boolean
}

export const startSettings: RunSettings = {
  cap: '',
  temperature: '',
  maxTokens: '4096',
  concurrency: '3',
  promptPrice: '',
  completionPrice: '',
  onError: 'continue',
  asksAgain: true,
}

type NumberName = 'cap' | 'temperature' | 'maxTokens' | 'concurrency' | 'promptPrice' | 'completionPrice'

/** Limits of the contract. */
const limits: Readonly<Record<NumberName, readonly [number, number]>> = {
  cap: [0, 1_000_000],
  temperature: [0, 1],
  maxTokens: [100, 8192],
  concurrency: [1, 10],
  promptPrice: [0, 10_000],
  completionPrice: [0, 10_000],
}
const wholes: readonly NumberName[] = ['maxTokens', 'concurrency']
const needed: readonly NumberName[] = wholes

const valueOf = (settings: RunSettings, name: NumberName): number | null | undefined => {
  const value = typedNumber(settings[name], ...limits[name])
  if (value === null) return needed.includes(name) ? undefined : null
  return value !== undefined && wholes.includes(name) && !Number.isInteger(value) ? undefined : value
}

type Sent = Pick<
  BodyOf<typeof createGeneration>,
  'cost_cap' | 'temperature' | 'prices' | 'on_error' | 'ask_again' | 'max_tokens' | 'concurrency'
>

/** What is sent; null while something is typed that cannot be. */
export const settingsOf = (settings: RunSettings): Sent | null => {
  const value = (name: NumberName) => valueOf(settings, name)
  const [prompt, completion] = [value('promptPrice'), value('completionPrice')]
  const isWrong = (Object.keys(limits) as NumberName[]).some((name) => value(name) === undefined)
  if (isWrong || (prompt === null) !== (completion === null)) return null
  return {
    max_tokens: value('maxTokens')!,
    concurrency: value('concurrency')!,
    cost_cap: value('cap') ?? undefined,
    temperature: value('temperature') ?? undefined,
    prices: prompt != null && completion != null ? { prompt, completion } : undefined,
    on_error: settings.onError,
    ask_again: settings.asksAgain,
  }
}

export const MoreSettings = ({
  settings,
  onChange,
  knowsPrices,
}: {
  readonly settings: RunSettings
  readonly onChange: (settings: RunSettings) => void
  readonly knowsPrices: boolean
}) => {
  const { t } = useTranslation()
  const set = (change: Partial<RunSettings>) => onChange({ ...settings, ...change })
  const isHalfPriced = (settings.promptPrice === '') !== (settings.completionPrice === '')
  const field = (name: NumberName, hint?: string) => {
    const [least, most] = limits[name]
    const isMissing = isHalfPriced && (name === 'promptPrice' || name === 'completionPrice') && settings[name] === ''
    return (
      <TextField
        label={t(`generate.set_${name}`)}
        hint={hint}
        error={
          isMissing
            ? t('generate.bothPrices')
            : valueOf(settings, name) === undefined
              ? t('generate.numberWrong', { least, most })
              : null
        }
        inputMode="decimal"
        value={settings[name]}
        onChange={(event) => set({ [name]: event.target.value })}
      />
    )
  }
  return (
    <div className="flex max-w-[46rem] flex-col gap-4">
      <div className="grid gap-4 desk:grid-cols-2">
        {field('cap', t(knowsPrices || settings.promptPrice !== '' ? 'generate.capHint' : 'generate.capNeedsPrices'))}
      </div>
      {!knowsPrices && <div className="grid gap-4 desk:grid-cols-2">{prices(field)}</div>}
      <details>
        <summary className="w-fit cursor-pointer rounded py-1 text-accent underline-offset-4 hover:underline">
          {t('generate.moreSettings')}
        </summary>
        <div className="mt-2 grid gap-4 desk:grid-cols-2">
          {field('concurrency', t('generate.concurrencyHint'))}
          {field('maxTokens', t('generate.maxTokensHint'))}
          {field('temperature', t('generate.temperatureHint'))}
          {knowsPrices && prices(field)}
          <div className="desk:col-span-2">
            <Choice
              label={t('generate.onError')}
              value={settings.onError}
              options={[
                { value: 'continue', label: t('generate.onErrorContinue') },
                { value: 'stop', label: t('generate.onErrorStop') },
              ]}
              onChange={(onError) => set({ onError })}
            />
          </div>
          <label className="flex cursor-pointer items-start gap-3 desk:col-span-2">
            <input
              type="checkbox"
              className="mt-1 size-4 shrink-0 accent-(--accent)"
              checked={settings.asksAgain}
              onChange={(event) => set({ asksAgain: event.target.checked })}
            />
            <span>
              {t('generate.askAgain')}
              <span className="block text-small text-soft">{t('generate.askAgainHint')}</span>
            </span>
          </label>
        </div>
      </details>
    </div>
  )
}

const prices = (field: (name: NumberName) => React.ReactNode) => (
  <>
    {field('promptPrice')}
    {field('completionPrice')}
  </>
)
