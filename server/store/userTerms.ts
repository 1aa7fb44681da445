/** What an index takes on both databases, whatever the script. */
const longest = 200;
const mostWords = 8;

/**
 * A text as users are searched by: in lower case, compatibility forms made alike (NFKC), blanks joined. What begins
 * with the term of a search is found by it.
 */
export const termOf = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replaceAll('\0', '').trim().split(/\s+/).join(' ').slice(0, longest);

/** A name, and what is left of it from each later word on. */
function* endsOf(name: string): Generator<string> {
  const words = termOf(name).split(' ');
  for (let first = 0; first < Math.min(words.length, mostWords); first += 1)
    yield words.slice(first).join(' ');
}

/** All terms that a user is found by, each once. */
export function termsOf(identifier: string, displayName: string | null, email: string | null): string[] {
  const terms = [termOf(identifier), ...endsOf(displayName ?? ''), termOf(email ?? '')];
  return [...new Set(terms)].filter((term) => term !== '');
}
