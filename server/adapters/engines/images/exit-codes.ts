/** How the process that converts pictures says why it did not. */
export const exitCodes = { refused: 2, tooLarge: 3 }
