/**
 * Reads an address (URL Standard). Not by `URL.canParse`: that of Node.js 20 refuses letters such as ä once it has been
 * compiled, after some thousand calls.
 * @returns null when it is none
 */
export function parsedUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
