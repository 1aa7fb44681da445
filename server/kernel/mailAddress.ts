/**
 * Whether a text is one address that a mail can be sent to as it is, and nothing that a mail server would read as
 * more than that.
 */
export function isMailAddress(text: string): boolean {
  if (text.length > 254) return false;
  return /^[^\s@<>()[\],;:\\"\p{Cc}\p{Cf}]{1,64}@[\p{L}\p{N}][\p{L}\p{N}.-]*$/u.test(text);
}
