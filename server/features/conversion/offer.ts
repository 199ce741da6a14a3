/** What this server converts into what: by its engines, as far as they are installed. */
import type { Engine, FormatId } from './engine.ts'
import { findFormat } from './formats.ts'

/** How long it is believed what is installed, in milliseconds. */
const BELIEVED_MS = 60_000

/** Formats of one engine that become each other: each input becomes each output, except itself. */
export interface FormatGroup {
  readonly id: string
  readonly engine: Engine
  readonly from: readonly FormatId[]
  readonly to: readonly FormatId[]
}

export interface Offer {
  /** Everything that files of this format can be converted into, without the format itself. */
  targetsOf(from: FormatId): readonly FormatId[]
  /** The first installed engine for a pair; undefined where there is none. */
  engineFor(from: FormatId, to: FormatId): Engine | undefined
  readonly groups: readonly FormatGroup[]
  /** Also those that are not installed. */
  readonly engines: readonly { readonly engine: Engine; readonly isInstalled: boolean }[]
}

/** What is installed now; engines that come or go are noticed within a minute. */
export type FindOffer = () => Promise<Offer>

/** @param engines the better one first, where two do the same */
export const makeFindOffer = (engines: readonly Engine[], now: () => number): FindOffer => {
  let latest: { readonly at: number; readonly offer: Promise<Offer> } | undefined
  return () => {
    if (latest === undefined || now() - latest.at >= BELIEVED_MS) latest = { at: now(), offer: lookUp(engines) }
    return latest.offer
  }
}

const lookUp = async (engines: readonly Engine[]): Promise<Offer> => {
  const found = await Promise.all(
    engines.map(async (engine) => ({ engine, isInstalled: await engine.isInstalled().catch(() => false) })),
  )
  const pairs = new Map<FormatId, Map<FormatId, Engine>>()
  const installed = found.filter(({ isInstalled }) => isInstalled).map(({ engine }) => engine)
  for (const engine of installed) {
    for (const { from, to } of engine.conversions) {
      for (const source of from) {
        const targets = pairs.get(source) ?? new Map<FormatId, Engine>()
        pairs.set(source, targets)
        for (const target of to) if (target !== source && !targets.has(target)) targets.set(target, engine)
      }
    }
  }
  return {
    targetsOf: (from) => [...(pairs.get(from)?.keys() ?? [])],
    engineFor: (from, to) => pairs.get(from)?.get(findFormat(to)?.id ?? to),
    groups: installed.flatMap(groupsOf),
    engines: found,
  }
}

/** Rows of an engine's table that have the same outputs, but for an input that does not become itself, are one group. */
const groupsOf = (engine: Engine): FormatGroup[] => {
  const outputs = new Set(engine.conversions.flatMap(({ to }) => to))
  const groups = new Map<string, { from: Set<FormatId>; to: Set<FormatId> }>()
  for (const { from, to } of engine.conversions) {
    const [only] = from
    const isOwnOutput = from.length === 1 && outputs.has(only!)
    const key = [...new Set(isOwnOutput ? [...to, only!] : to)].toSorted().join(' ')
    const group = groups.get(key) ?? { from: new Set(), to: new Set() }
    groups.set(key, group)
    for (const each of from) group.from.add(each)
    for (const each of to) group.to.add(each)
  }
  const all = [...groups.values()]
  return all.map(({ from, to }, index) => ({
    id: all.length === 1 ? engine.id : `${engine.id}-${index + 1}`,
    engine,
    from: [...from],
    to: [...to],
  }))
}
