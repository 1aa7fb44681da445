import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { routes } from '../paths.js';

/** Encodings in the order in which they are preferred. */
const encodings = {
  br: (body: Buffer) =>
    promisify(brotliCompress)(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: (body: Buffer) => promisify(gzip)(body, { level: constants.Z_BEST_COMPRESSION }),
} as const;

type Encoding = keyof typeof encodings;

/** Versions are ten characters of base64url, before the ending of a file's name. */
const versionInName = /\.[\w-]{10}(?=\.\w+$)/;

const aYear = 'public, max-age=31536000, immutable';

/**
 * A file in memory. Its compressed forms are made when the first client asks for them, in the threads of libuv: at the
 * best quality all of them together would take a start longer than everything else.
 */
class Asset {
  readonly version: string;
  readonly #encoded = new Map<Encoding, Promise<Buffer>>();

  constructor(
    readonly name: string,
    readonly body: Buffer,
  ) {
    this.version = createHash('sha256').update(body).digest('base64url').slice(0, 10);
  }

  get address(): string {
    return `/${this.name.replace(/(?=\.\w+$)/, `.${this.version}`)}`;
  }

  /** Its content in an encoding; plain for null. */
  as(encoding: Encoding | null): Promise<Buffer> | Buffer {
    if (encoding === null) return this.body;
    const known = this.#encoded.get(encoding);
    if (known !== undefined) return known;
    const made = encodings[encoding](this.body);
    this.#encoded.set(encoding, made);
    return made;
  }
}

function readAssets(folder: string): Map<string, Asset> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(folder, file).split(path.sep).join('/');
      return [name, new Asset(name, readFileSync(file))];
    }),
  );
}

/** What of a body a request asks for (RFC 9110, 14.2): one range, or all of it. */
function rangeOf(request: Request, size: number, etag: string): 'all' | 'none' | readonly [number, number] {
  const ifRange = request.get('If-Range');
  if (request.method !== 'GET' || (ifRange !== undefined && ifRange !== etag)) return 'all';
  const ranges = request.range(size);
  if (ranges === -1) return 'none';
  if (!Array.isArray(ranges) || ranges.type !== 'bytes' || ranges.length !== 1) return 'all';
  const [range] = ranges;
  return range === undefined ? 'all' : [range.start, range.end];
}

async function send(request: Request, response: Response, asset: Asset, cacheControl: string): Promise<void> {
  const accepted = (Object.keys(encodings) as Encoding[]).find(
    (one) => request.acceptsEncodings(one) === one,
  );
  const body = await asset.as(accepted ?? null);
  const etag = `"${asset.version}-${accepted ?? 'identity'}"`;
  response.vary('Accept-Encoding').type(path.extname(asset.name));
  response.set({ 'Cache-Control': cacheControl, ETag: etag, 'Accept-Ranges': 'bytes' });
  if (accepted !== undefined) response.setHeader('Content-Encoding', accepted);
  const range = rangeOf(request, body.length, etag);
  if (range === 'all') return void response.send(body);
  if (range === 'none') {
    response.removeHeader('Content-Encoding');
    return void response.status(416).set('Content-Range', `bytes */${body.length}`).end();
  }
  const [start, end] = range;
  response.status(206).set('Content-Range', `bytes ${start}-${end}/${body.length}`);
  response.send(body.subarray(start, end + 1));
}

/**
 * Style, script and images, by names that change with their content. While instances are replaced one after the other,
 * a page of one version asks an instance of another: it gets the file of that name as it is there, and keeps it for
 * no longer than that.
 * @param folder `public/`
 */
export function createAssets(folder: string) {
  const assets = readAssets(folder);
  const current = new Map([...assets.values()].map((asset) => [asset.address, asset]));
  const named = (address: string) => assets.get(address.slice(1).replace(versionInName, ''));
  return {
    /** Answers with a file. */
    serve: (async (request, response, next) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return next();
      const asset = current.get(request.path);
      if (asset !== undefined) return send(request, response, asset, aYear);
      const other = assets.get(request.path.slice(1)) ?? named(request.path);
      return other === undefined ? next() : send(request, response, other, 'no-cache');
    }) satisfies RequestHandler,
    /**
     * The address of a file, which changes with its content, so that browsers may keep it for a year.
     * @throws Error when there is no such file
     */
    urlOf(name: string): string {
      const asset = assets.get(name);
      if (asset === undefined) throw new Error(`there is no ${name} in public/`);
      return routes.assets + asset.address;
    },
  };
}

export type Assets = ReturnType<typeof createAssets>;
