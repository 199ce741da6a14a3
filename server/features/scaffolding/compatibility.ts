/** How well a persona, an arc and a topic go together, by what each says of the others (contracts, 0.5); pure. */
import type { Cell } from './scaffold.ts'

export interface Compatibility {
  readonly isCompatible: boolean
  /** What does not fit, as sentences. */
  readonly warnings: readonly string[]
  /** What would, as sentences. */
  readonly suggestions: readonly string[]
  /** 0.3 to 1. */
  readonly confidence: number
}

/** In hundredths, which add up exactly. */
const FULL = 100
const LEAST = 30

export const checkCompatibility = ({ persona, arc, topic }: Cell): Compatibility => {
  const misfits = [
    misfit(20, 'arc', arc.name, 'persona', persona, arc.details.suitablePersonas),
    misfit(20, 'arc', arc.name, 'topic', topic, arc.details.suitableTopics),
    misfit(15, 'topic', topic.name, 'persona', persona, topic.details.suitablePersonas),
    misfit(15, 'topic', topic.name, 'arc', arc, topic.details.suitableEmotionalArcs),
  ].filter((each) => each !== undefined)
  const confidence = FULL - misfits.reduce((sum, { cost }) => sum + cost, 0)
  return {
    isCompatible: confidence > LEAST,
    warnings: misfits.map(({ warning }) => warning),
    suggestions: misfits.map(({ suggestion }) => suggestion),
    confidence: confidence / FULL,
  }
}

/** Where nothing is said, everything fits. */
const misfit = (
  cost: number,
  judge: string,
  judgeName: string,
  judged: string,
  { key, name }: { readonly key: string; readonly name: string },
  suitable: readonly string[],
) =>
  suitable.length === 0 || suitable.includes(key)
    ? undefined
    : {
        cost,
        warning: `The ${judge} “${judgeName}” is not meant for the ${judged} “${name}”.`,
        suggestion: `A ${judged} that the ${judge} “${judgeName}” is meant for: ${suitable.join(', ')}.`,
      }
