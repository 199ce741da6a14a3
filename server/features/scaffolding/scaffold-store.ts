/** Where personas, arcs and topics are kept: the port, in the slice's own words. All of them are the actor's own. */
import type { Actor } from '#kernel/actor.ts'
import type { PromptTemplate } from './prompt-template.ts'
import type { AnyScaffold, Scaffold, ScaffoldDraft, ScaffoldKind } from './scaffold.ts'
import type { StarterSet } from './starter-set.ts'

/** What a list is narrowed to; absent: not at all. The last two are of topics. */
export interface ScaffoldFilter {
  readonly isActive?: boolean | undefined
  readonly complexityLevel?: string | undefined
  readonly category?: string | undefined
}

/** What conversations can be made of. */
export interface Parts {
  readonly scaffolds: readonly AnyScaffold[]
  readonly templates: readonly PromptTemplate[]
  /** Whether the person was given the starter set. */
  readonly hasStarter: boolean
}

export interface ScaffoldStore {
  /** In no order; undefined for somebody who was never given the starter set. */
  list<Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    filter: ScaffoldFilter,
  ): Promise<Scaffold<Kind>[] | undefined>

  /** The scaffolds of these ids that are there, with `withActive` also all that are active, and all templates. */
  findParts(actor: Actor, ids: readonly string[], withActive: boolean): Promise<Parts>

  /** Nothing is made when the key is taken, or there are `MAX_SCAFFOLDS` of the kind already. */
  create<Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    scaffold: ScaffoldDraft<Kind> & { readonly id: string; readonly now: Date },
  ): Promise<Scaffold<Kind> | 'taken' | 'full'>

  /** Keeps what `change` makes of it, whose id and key stay as they are; undefined when there is none of that kind. */
  change<Kind extends ScaffoldKind>(
    actor: Actor,
    kind: Kind,
    id: string,
    change: (scaffold: Scaffold<Kind>) => Scaffold<Kind>,
  ): Promise<Scaffold<Kind> | undefined>

  /** False when there is none of that kind. */
  remove(actor: Actor, kind: ScaffoldKind, id: string): Promise<boolean>

  /** Gives the starter set to somebody who never had it, and nothing to others, however often and at once it is asked. */
  giveStarter(actor: Actor, set: StarterSet, newId: () => string, now: Date): Promise<void>

  /** Puts back what the starter set holds, as it was and active; whatever else there is stays as it is. */
  restoreStarter(actor: Actor, set: StarterSet, newId: () => string, now: Date): Promise<void>
}
