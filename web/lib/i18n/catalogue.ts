/** The shape of a catalogue: the keys of the English one; forms for "one" only where the language has them. */
import type { en } from './en.ts'

type OneForm = `${string}_one`

export type CatalogueOf<T> = {
  readonly [K in keyof T as K extends OneForm ? never : K]: T[K] extends string ? string : CatalogueOf<T[K]>
} & { readonly [K in keyof T as K extends OneForm ? K : never]?: string }

export type Catalogue = CatalogueOf<typeof en>
