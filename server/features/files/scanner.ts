/** Looks for viruses in an upload: the port. */

/**
 * Passes what is clean, and where no scanner is configured and none is required, everything.
 *
 * @param path where the complete file lies on this machine
 * @throws AppError `file.infected`, or `file.scan_unavailable` when the scanner can't say that it is clean
 */
export type ScanFile = (path: string) => Promise<void>
