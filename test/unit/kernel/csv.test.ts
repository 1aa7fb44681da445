import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createBrotliDecompress } from 'node:zlib';
import express from 'express';
import { compressAnswers } from '../../../server/http/compression.js';
import { type CsvRow, csvLine, sendCsv } from '../../../server/kernel/csv.js';
import { afterEach, describe, expect, it } from '../../support/jest.js';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Pages = () => AsyncIterable<CsvRow[]>;

/** What became of the answers so far. */
type Ending = boolean | Error;

/** Serves a table, and gives its address and how each answer ended. */
async function serve(pages: Pages): Promise<{ port: number; ended: Promise<Ending> }> {
  const app = express();
  app.use(compressAnswers());
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  app.get('/', async (_request, response) => {
    try {
      end(await sendCsv(response, 'people', ['a', 'b'], pages()));
    } catch (error) {
      end(error as Error);
      if (!response.headersSent) response.status(500).end('no');
    }
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, ended };
}

function ask(port: number, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false, headers }, resolve).on('error', reject);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += part;
  return text;
}

describe('a line of CSV', () => {
  it.each([
    ['=cmd()', `"'=cmd()"`],
    ["=cmd|' /C calc'!A0", `"'=cmd|' /C calc'!A0"`],
    ['+1', `"'+1"`],
    ['-1+2', `"'-1+2"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['\t=1', `"'\t=1"`],
    ['\rx', `"'\rx"`],
    ['\nx', `"'\nx"`],
    ['  =1', `"'  =1"`],
    ['\u00a0=1', `"'\u00a0=1"`],
    ['\u200b=1', `"'\u200b=1"`],
    ['\u202e=1', `"'\u202e=1"`],
    ['\ufe0f=1', `"'\ufe0f=1"`],
    ['\u{e0100}=1', `"'\u{e0100}=1"`],
    ['\u034f\u3164\u2800=1', `"'\u034f\u3164\u2800=1"`],
    ['\ufeff=1', `"'\ufeff=1"`],
    ['＝1', `"'＝1"`],
    ['\u3000＋1', `"'\u3000＋1"`],
    ['－1', `"'－1"`],
    ['＠x', `"'＠x"`],
    ['﹣1', `"'﹣1"`],
    ['−1', `"'−1"`],
  ])('keeps a spreadsheet from taking %j for a formula', (text, cell) => {
    expect(csvLine([text])).toBe(`${cell}\r\n`);
  });

  it('quotes text always, so that ; and tab split nothing, and doubles its quotes', () => {
    expect(csvLine(['a;=1+1', 'say "hi"', 'two\r\nlines', 'a,b', '😀', 'עברית', 'a=b'])).toBe(
      '"a;=1+1","say ""hi""","two\r\nlines","a,b","😀","עברית","a=b"\r\n',
    );
  });

  it('leaves numbers as they are, and nothing empty', () => {
    expect(csvLine([12, -3, null, ''])).toBe('12,-3,,\r\n');
  });
});

describe('a table sent as CSV', () => {
  it('comes as a file, with a mark that says that it is UTF-8, and all its pages in order', async () => {
    const { port, ended } = await serve(async function* () {
      yield [['1', 'x']];
      yield [];
      yield [['2', 'y']];
    });
    const response = await ask(port);
    expect(response.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(response.headers['content-disposition']).toBe('attachment; filename="people.csv"');
    expect(await textOf(response)).toBe('\ufeff"a","b"\r\n"1","x"\r\n"2","y"\r\n');
    expect(await ended).toBe(true);
  });

  it('is its header alone when there are no pages', async () => {
    const { port } = await serve(async function* () {
      yield* [];
    });
    expect(await textOf(await ask(port))).toBe('\ufeff"a","b"\r\n');
  });

  it('is sent page by page where it is compressed too', async () => {
    let release: () => void = () => undefined;
    const taken = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { port, ended } = await serve(async function* () {
      yield [['1', 'x']];
      await taken;
      yield [['2', 'y']];
    });
    const response = await ask(port, { 'accept-encoding': 'br' });
    expect(response.headers['content-encoding']).toBe('br');
    const text = response.pipe(createBrotliDecompress()).setEncoding('utf8');
    const [first] = await once(text, 'data');
    expect(first).toBe('\ufeff"a","b"\r\n"1","x"\r\n');
    release();
    const [second] = await once(text, 'data');
    expect(second).toBe('"2","y"\r\n');
    expect(await ended).toBe(true);
  });

  it.each(['identity', 'br', 'gzip'])(
    'asks for no more pages while the client takes none, and for none when it is gone (%s)',
    async (accepted) => {
      let asked = 0;
      let closed = false;
      const { port, ended } = await serve(async function* () {
        try {
          for (;;) {
            asked += 1;
            yield [[randomBytes(750_000).toString('base64'), '']];
          }
        } finally {
          closed = true;
        }
      });
      const response = await ask(port, { 'accept-encoding': accepted });
      expect(response.headers['content-encoding'] ?? 'identity').toBe(accepted);
      // What the sockets hold is taken; then it stands still.
      let before = -1;
      while (before !== asked) {
        before = asked;
        await pause(200);
      }
      expect(asked).toBeLessThan(50);
      response.destroy();
      expect(await ended).toBe(false);
      expect(closed).toBe(true);
    },
  );

  it.each(['identity', 'br', 'gzip'])(
    'never looks complete when a page fails midway (%s)',
    async (accepted) => {
      const { port, ended } = await serve(async function* () {
        yield [['1', 'x']];
        throw new Error('the database is gone');
      });
      const broken = ask(port, { 'accept-encoding': accepted }).then(textOf);
      await expect(broken).rejects.toMatchObject({ code: 'ECONNRESET' });
      expect(await ended).toMatchObject({ message: 'the database is gone' });
    },
  );

  it('answers nothing of its own when the first page fails', async () => {
    const { port } = await serve(() => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no')) }),
    }));
    const response = await ask(port);
    expect(response.statusCode).toBe(500);
    expect(response.headers['content-disposition']).toBeUndefined();
    expect(await textOf(response)).toBe('no');
  });
});
