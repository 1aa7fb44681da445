import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import type { Response } from 'express';
import { unseenClass } from './unseen.js';

/** A row of a table; null is an empty cell. */
export type CsvRow = readonly (string | number | null)[];

/** The byte order mark makes spreadsheets read the file as UTF-8. */
const byteOrderMark = '\ufeff';

/** The export ends when the client reads nothing for this long. */
const stalledMs = 60_000;

const unseenAtStart = new RegExp(String.raw`^[\p{C}\p{Z}\s${unseenClass}]+`, 'u');

/** Whether a spreadsheet may read a text as a formula. It may skip invisible characters and fold wide forms. */
function looksLikeFormula(text: string): boolean {
  // Nearly all cells begin like this.
  if (/^[a-z0-9]/i.test(text)) return false;
  if (/^[\t\r\n]/.test(text)) return true;
  const [first = ''] = text.replace(unseenAtStart, '');
  return /^[=+\-@\u2212]/.test(first.normalize('NFKC'));
}

/**
 * A cell: quoted always, so that a spreadsheet that splits at another character than the comma splits none of it
 * (RFC 4180), and with an apostrophe before what a spreadsheet may take for a formula.
 */
function cellOf(value: string | number | null): string {
  if (value === null || value === '') return '';
  if (typeof value === 'number') return String(value);
  return `"${looksLikeFormula(value) ? "'" : ''}${value.replaceAll('"', '""')}"`;
}

export const csvLine = (row: CsvRow): string => `${row.map(cellOf).join(',')}\r\n`;

async function* textOf(header: CsvRow, pages: AsyncIterable<readonly CsvRow[]>): AsyncGenerator<string> {
  let start = byteOrderMark + csvLine(header);
  for await (const page of pages) {
    yield start + page.map(csvLine).join('');
    start = '';
    // The embedded database answers synchronously, so other requests get their turn here.
    await turn();
  }
  if (start !== '') yield start;
}

const goneCodes = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_UNABLE_TO_PIPE'];

const isGone = (error: unknown): boolean =>
  goneCodes.includes((error as NodeJS.ErrnoException | null)?.code ?? '');

/** @returns whether the client took all of it */
async function send(response: Response, text: AsyncIterable<string>): Promise<boolean> {
  try {
    await pipeline(Readable.from(text, { objectMode: true, highWaterMark: 1 }), response);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/**
 * Answers with a table as a CSV file. Pages are asked for one after the other, each when the client has taken those
 * before, and none any more when it is gone. When a page fails midway the connection is reset, so that no part
 * passes for the whole; when the first one fails, nothing has been answered yet.
 * @param response one that `compressAnswers` was asked for
 * @param fileName plain ASCII, without the ending
 * @returns whether the client took all of it
 * @throws what `pages` throws
 */
export async function sendCsv(
  response: Response,
  fileName: string,
  header: CsvRow,
  pages: AsyncIterable<readonly CsvRow[]>,
): Promise<boolean> {
  const text = textOf(header, pages);
  const first = await text.next();
  const { socket } = response;
  async function* whole(): AsyncGenerator<string> {
    try {
      let next = first;
      while (!next.done) {
        yield next.value;
        // What is compressed would wait for more to come.
        response.flush();
        next = await text.next();
      }
    } catch (error) {
      // A normal end would look complete to an HTTP/1.0 client, as some proxies are.
      socket?.resetAndDestroy();
      throw error;
    } finally {
      await text.return(undefined);
    }
  }
  response.set({
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${fileName}.csv"`,
  });
  response.setTimeout(stalledMs, () => socket?.resetAndDestroy());
  return send(response, whole());
}
