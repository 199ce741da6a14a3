/**
 * Where the focus goes when something that floats has faded out: back to what opened it, unless the person has gone on to
 * something else meanwhile, such as typing.
 * @param popup what fades out
 * @param opener what opened it
 * @returns for `finalFocus` of Base UI: an element, or `false` to leave the focus where it is
 */
export const returnFocus = (popup: HTMLElement | null, opener: HTMLElement | null): HTMLElement | false | null =>
  document.activeElement === document.body || popup?.contains(document.activeElement) === true ? opener : false
