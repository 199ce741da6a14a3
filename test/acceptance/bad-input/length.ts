/** How long a generated campaign is: short in `npm test`, as long as one likes by `npm run fuzz -- --runs 20000`. */

/** Requests of the campaign. */
export const runs = Number(process.env['FUZZ_RUNS'] ?? 2_000)

/** The same requests every time, unless another seed is given. */
export const seed = Number(process.env['FUZZ_SEED'] ?? 1)

/** What a test of so many requests may take, in milliseconds. */
export const limit = 60_000 + runs * 50
