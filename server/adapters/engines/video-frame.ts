/** The first frame of a video, by ffmpeg in the sandbox. */
import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Sandbox } from './sandbox.ts'

/** Which reader of ffmpeg opens what: it must not guess, for playlists would make it open what they name. */
const demuxers: Readonly<Record<string, string>> = {
  'video/mp4': 'mov',
  'video/quicktime': 'mov',
  'video/3gpp': 'mov',
  'video/3gpp2': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/ogg': 'ogg',
  'video/vnd.avi': 'avi',
  'video/mpeg': 'mpeg',
  'video/mp2t': 'mpegts',
  'video/x-flv': 'flv',
  'video/x-ms-asf': 'asf',
}

/** Pixels are square afterwards, and no side is longer than 1600. */
const upright = "scale=iw*sar:ih,setsar=1,scale='min(1600,iw)':'min(1600,ih)':force_original_aspect_ratio=decrease"

const limits = { timeMs: 20_000, memoryBytes: 2 * 1024 ** 3, outputBytes: 32 * 1024 ** 2 }

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * @param sandbox where ffmpeg runs; without one there are no frames
 * @returns a function that writes the first frame of a video, upright, as PNG to `frame`; it says whether it could
 */
export const videoFrames =
  (sandbox: Sandbox) =>
  async (video: { readonly path: string; readonly contentType: string }, frame: string): Promise<boolean> => {
    const demuxer = demuxers[video.contentType]
    if (demuxer === undefined || !(await sandbox.isAvailable())) return false
    return sandbox.withJobFolder(async (folder) => {
      const input = path.join(folder, 'video')
      await copyFile(video.path, input)
      await sandbox.handOver(input)
      const outcome = await sandbox.run({
        program: 'ffmpeg',
        args: [
          ['-nostdin', '-v', 'error', '-threads', '1', '-protocol_whitelist', 'file,pipe'],
          ['-f', demuxer, '-i', 'file:/job/video', '-map', '0:v:0', '-frames:v', '1', '-vf', upright],
          ['-f', 'image2pipe', '-c:v', 'png', 'pipe:1'],
        ].flat(),
        folder,
        limits: { ...limits, folderBytes: FOLDER_BYTES },
      })
      if (outcome.ended !== 'exit' || !outcome.stdout.subarray(0, PNG.length).equals(PNG)) return false
      await writeFile(frame, outcome.stdout, { mode: 0o600 })
      return true
    })
  }

/** The largest video that is looked at; nothing is written there but its copy. */
const FOLDER_BYTES = 4 * 1024 ** 3
