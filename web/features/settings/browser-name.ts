/** What a person would call a browser, from how it introduces itself: pure, and no more exact than that. */

const first = (pairs: readonly (readonly [RegExp, string])[], text: string): string | null =>
  pairs.find(([pattern]) => pattern.test(text))?.[1] ?? null

export const browserName = (
  userAgent: string,
): { readonly browser: string | null; readonly system: string | null } => ({
  // Most claim to be others as well: the more particular ones come first.
  browser: first(
    [
      [/Edg(?:e|A|iOS)?\//, 'Edge'],
      [/OPR\/|Opera/, 'Opera'],
      [/SamsungBrowser\//, 'Samsung Internet'],
      [/Firefox\/|FxiOS\//, 'Firefox'],
      [/Chrome\/|CriOS\//, 'Chrome'],
      [/Version\/.*Safari\//, 'Safari'],
      [/^curl\//, 'curl'],
    ],
    userAgent,
  ),
  system: first(
    [
      [/iPhone|iPad/, 'iOS'],
      [/Android/, 'Android'],
      [/Windows/, 'Windows'],
      [/Mac OS X|Macintosh/, 'macOS'],
      [/CrOS/, 'ChromeOS'],
      [/Linux/, 'Linux'],
    ],
    userAgent,
  ),
})
