import type { ScalekitGateway } from './gateway.js';
import { ScalekitError } from './scalekitError.js';

interface Page<Row> {
  readonly rows: readonly Row[];
  /** Blank at the end. */
  readonly nextPageToken: string;
}

const MAX_PAGES = 200;

/**
 * Reads a listing to its end. Rows shift between pages while others write, so a row that comes twice is kept
 * once (the later, which is the newer).
 * @param method for errors
 * @param read reads the page of a token; no token stands for the first page
 * @throws {ScalekitError} `unexpected` when the pages go in a circle or never end: half a listing would show
 * connected accounts as not connected
 */
export async function readAllPages<Row extends { readonly id: string }>(
  method: keyof ScalekitGateway,
  read: (pageToken: string | undefined) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows = new Map<string, Row>();
  const tokens = new Set<string>();
  for (let token: string | undefined; tokens.size < MAX_PAGES; ) {
    const page = await read(token);
    for (const row of page.rows) rows.set(row.id, row);
    token = page.nextPageToken;
    if (token === '') return [...rows.values()];
    if (tokens.has(token)) break;
    tokens.add(token);
  }
  throw new ScalekitError('unexpected', method, { detail: 'the pages do not come to an end' });
}
