/** Theme and language: kept by this browser. */
import { useTranslation } from 'react-i18next'
import { chooseLanguage, languages, useLanguageChoice, type Language } from '../../lib/i18n/index.ts'
import { chooseTheme, useTheme } from '../../lib/theme.ts'
import { Choice } from '../../ui/choice.tsx'

export const AppearanceSection = () => {
  const { t } = useTranslation()
  const language = useLanguageChoice()
  return (
    <div className="flex flex-col items-start gap-6">
      <Choice
        label={t('settings.theme')}
        value={useTheme()}
        onChange={chooseTheme}
        options={[
          { value: 'system', label: t('settings.themeSystem') },
          { value: 'light', label: t('settings.themeLight') },
          { value: 'dark', label: t('settings.themeDark') },
        ]}
      />
      <Choice<Language | 'browser'>
        label={t('settings.language')}
        value={language ?? 'browser'}
        onChange={(chosen) => void chooseLanguage(chosen === 'browser' ? null : chosen)}
        options={[
          { value: 'browser', label: t('settings.languageSystem') },
          ...Object.entries(languages).map(([value, label]) => ({ value: value as Language, label })),
        ]}
      />
    </div>
  )
}
