/**
 * Whether a text is exactly one mail address, which a mail server can't read as more than one.
 */
export function isMailAddress(text: string): boolean {
  if (text.length > 254) return false;
  return /^[^\s@<>()[\],;:\\"\p{Cc}\p{Cf}]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]*$/u.test(text);
}
