/** The page's language: follows the browser until the person chooses one; only the catalogue in use is loaded. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { readSaved, save } from '../saved.ts'
import { createStore, useStore } from '../store.ts'
import { en } from './en.ts'
import type { trainingArea } from './training-area.en.ts'

/** `chat.send` for the key `send` in the section `chat`: one level is all there is. */
type Flat<T> = {
  [K in { [S in keyof T & string]: `${S}.${keyof T[S] & string}` }[keyof T & string]]: string
}

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation'
    keySeparator: false
    nsSeparator: false
    resources: { translation: Flat<typeof en & typeof trainingArea> }
  }
}

export const languages = { en: 'English', vi: 'Tiếng Việt' } as const
export type Language = keyof typeof languages

const isLanguage = (value: unknown): value is Language => typeof value === 'string' && Object.hasOwn(languages, value)

/** The first of the wanted languages (`vi-VN`, `en`…) that there is a catalogue for; English otherwise. */
export const pickLanguage = (wanted: readonly string[]): Language =>
  wanted.map((tag) => tag.toLowerCase().split('-')[0]).find(isLanguage) ?? 'en'

const readChoice = (): Language | null => {
  const saved = readSaved('language')
  return isLanguage(saved) ? saved : null
}

const choice = createStore<Language | null>(readChoice())

/** What the person chose; null: as the browser. */
export const useLanguageChoice = (): Language | null => useStore(choice)

/** One flat table: codes of the error catalogue have dots of their own, so no separator could be told from them. */
const flatten = (catalogue: Readonly<Record<string, object>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(catalogue).flatMap(([section, words]) =>
      Object.entries(words).map(([key, word]) => [`${section}.${key}`, word as string]),
    ),
  )

const load = async (language: Language): Promise<Record<string, string>> =>
  flatten(language === 'vi' ? (await import('./vi.ts')).vi : en)

/** Whether a page of the Training area has been asked for, and the languages that have its words. */
let wantsTraining = false
const withTraining = new Set<Language>()

const addTraining = async (language: Language): Promise<void> => {
  if (withTraining.has(language)) return
  const { trainingArea: words } = await (language === 'vi'
    ? import('./training-area.vi.ts')
    : import('./training-area.en.ts'))
  i18next.addResourceBundle(language, 'translation', flatten(words))
  withTraining.add(language)
}

/** To be awaited before a page of the Training area is shown: its words come with it, in whatever language is chosen. */
export const loadTrainingWords = async (): Promise<void> => {
  wantsTraining = true
  await addTraining(isLanguage(i18next.language) ? i18next.language : 'en')
}

const speak = async (language: Language): Promise<void> => {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await load(language))
  }
  if (wantsTraining) await addTraining(language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

/** Prepares the words before the first paint. A catalogue that does not arrive leaves English. */
export const startLanguage = async (): Promise<void> => {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: flatten(en) } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  })
  await speak(readChoice() ?? pickLanguage(navigator.languages)).catch(() => {})
}

/** Changes the language now and for later; null follows the browser. */
export const chooseLanguage = async (language: Language | null): Promise<void> => {
  save('language', language)
  choice.set(language)
  await speak(language ?? pickLanguage(navigator.languages))
}
