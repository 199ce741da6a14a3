/** The front door of the slice: what a file is, and how files are uploaded, read, found again and removed. */
export { type BlobContent, type BlobKey, type BlobStore, type ByteRange, checkBlobKey } from './blob-store.ts'
export { type FileCategory, hasPages, hasPicture, type StoredFile } from './file.ts'
export { type FileKind, type FileListStore, type FilePlace, type FileSort, type SharedFile } from './file-list-store.ts'
export { pgFileListStore } from './file-list-store.pg.ts'
export { pgFileStore } from './file-store.pg.ts'
export { extensionOf, fileTypeOf, UNKNOWN_TYPE } from './file-types.ts'
export type { InspectedFile, InspectFile } from './inspect-file.ts'
export type { Quarantine, QuarantinedFile } from './quarantine.ts'
export { type GetFile, makeGetFile } from './read-file.ts'
export { makeListFiles, makeListFileSenders } from './list-files.ts'
export { makeRemoveUpload, type RemoveUpload } from './remove-upload.ts'
export { makeResumableUploads, type ResumableUploads, type UploadProgress } from './resumable-uploads.ts'
export type { ScanFile } from './scanner.ts'
export {
  type FollowLink,
  LINK_PATH,
  linkedName,
  linkedType,
  type LinkSigner,
  type LinkTarget,
  makeFollowLink,
  makeSignLink,
  type SignedLink,
  type SignLink,
} from './signed-links.ts'
export { makeSweepBlobs, makeSweepFiles } from './sweep-blobs.job.ts'
export { type Admission, makeUploads, type UploadLimits, type Uploads, wrongName } from './upload-file.ts'
export { type Charset, type Looks, typeByContent } from './type-by-content.ts'
export type { MakePicture, Original, Picture, ShowAsPdf, WantedPicture } from './make-picture.ts'
export { makeReadPicture, type PictureName, type ReadPicture, type StoredPicture } from './read-picture.ts'
export { pgUploadStore } from './upload-store.pg.ts'
