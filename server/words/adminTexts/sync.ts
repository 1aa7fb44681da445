/** Reading all accounts into the directory. */
export const adminSync = {
  begun: 'All accounts are now read from Scalekit.',
  goesOn: 'All accounts are being read already.',
} as const;
