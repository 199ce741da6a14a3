/** What is worked out from many texts, away from the thread that answers requests: the port. */

/** Two texts that say nearly the same, by the order in which they were added; the earlier first. */
export interface Likeness {
  readonly earlier: number
  readonly later: number
  /** Jaccard similarity of their groups of five words, 0 to 1. */
  readonly similarity: number
}

/** Looks for texts that say nearly the same. It keeps little of them, whatever their length. */
export interface LikenessSearch {
  /** @param contents each a TrainingContent as JSON text; what the system prompt says is not compared */
  add(contents: readonly string[]): Promise<void>
  /**
   * Enough pairs to connect all that are alike, and none that are less so than the threshold. Of texts whose similarity is
   * the threshold exactly a few are missed: one in twenty at 0.8, one in a hundred and fifty at 0.85, one in ten thousand at 0.9.
   */
  findLikenesses(): Promise<readonly Likeness[]>
  /** To be called in the end, however that comes. */
  close(): void
}

export interface TextStudy {
  /** How many tokens of o200k_base each text has; runs of one character that no text has are estimated. */
  countTokens(texts: readonly string[]): Promise<number[]>
  /** @param threshold 0.8 to 1 */
  openSearch(threshold: number): LikenessSearch
}
