/** Keys and what is made with them: credentials, sealed secrets, tickets. It knows no table and no request. */
export { credentialSigner } from './credential-signer.ts'
export { type Keyring, keyring, newSecretKey } from './keyring.ts'
export { linkSigner } from './link-signer.ts'
export { secretBox } from './secret-box.ts'
export { type TicketBox, ticketBox } from './ticket-box.ts'
