/** Where prompt templates are kept: the port, in the slice's own words. All of them are the actor's own. */
import type { Actor } from '#kernel/actor.ts'
import type { PromptTemplate, TemplateDraft } from './prompt-template.ts'

export interface TemplateStore {
  /** In no order; undefined for somebody who was never given the starter set. */
  list(actor: Actor): Promise<PromptTemplate[] | undefined>

  /**
   * Nothing is made when the name is taken, when there are `MAX_TEMPLATES` already, or when the person has no arc of the
   * key that it is for.
   */
  create(
    actor: Actor,
    template: TemplateDraft & { readonly id: string; readonly now: Date },
  ): Promise<PromptTemplate | 'taken' | 'full' | 'no arc'>

  /** Keeps what `change` makes of it, whose id stays as it is; undefined when there is none. */
  change(
    actor: Actor,
    id: string,
    change: (template: PromptTemplate) => PromptTemplate,
  ): Promise<PromptTemplate | 'taken' | 'no arc' | undefined>

  /** False when there is none. */
  remove(actor: Actor, id: string): Promise<boolean>
}
