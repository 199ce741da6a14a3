/** The types of `ensure.mjs`, which is JavaScript because it runs before there is a Node that reads TypeScript. */
export const root: string
export class StartError extends Error {}
export function isInstalled(folder: string, wanted: { dev: boolean; optional?: boolean }): boolean
export function ensureInstalled(folder: string, options: { dev: boolean; what: string }): Promise<void>
export function platform(): { os: string; cpu: string; libc: string | undefined }
export function readJson(file: string): unknown
