import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import type { MadeFile } from '../brand/brandAssets.js';
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

/** What the pages of other apps load, under names that stay. */
const filesForOthers = ['connect.js', 'connect.d.ts'];

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

/** Comments that have lines of their own: they are for who reads the source. */
const comments = /^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/.*)[ \t]*\n/gm;

/** A file as it is served. */
function contentOf(file: string): Buffer {
  const content = readFileSync(file);
  return /\.(?:css|js)$/.test(file) ? Buffer.from(content.toString().replace(comments, '')) : content;
}

function readAssets(folder: string, made: readonly MadeFile[]): Map<string, Asset> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const read = files.map((entry): MadeFile => {
    const file = path.join(entry.parentPath, entry.name);
    return { name: path.relative(folder, file).split(path.sep).join('/'), body: contentOf(file) };
  });
  return new Map([...read, ...made].map(({ name, body }) => [name, new Asset(name, body)]));
}

/** Says that a name is several, joined. The names of scripts have none. */
const joint = '+';

/**
 * The script of a page: several files as one, each in a block of its own, so that they share no names, and a fault of one stops
 * none of the others, as between modules.
 * @throws Error when one needs to be a module of its own
 */
function joined(scripts: readonly Asset[]): Asset {
  const parts = scripts.map(({ name, body }) => {
    const source = body.toString();
    if (/^(?:import|export)\b/m.test(source))
      throw new Error(`${name} imports or exports: pages join their scripts`);
    return `// ${name}\ntry {\n${source}\n} catch (fault) {\n  reportError(fault);\n}\n`;
  });
  const names = scripts.map(({ name }) => path.basename(name, '.js'));
  return new Asset(`js/${names.join(joint)}.js`, Buffer.from(parts.join('')));
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
  response
    .vary('Accept-Encoding')
    .type(asset.name.endsWith('.d.ts') ? 'text/plain' : path.extname(asset.name));
  if (filesForOthers.includes(asset.name))
    response.set({ 'Cross-Origin-Resource-Policy': 'cross-origin', 'Access-Control-Allow-Origin': '*' });
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
export function createAssets(folder: string, made: readonly MadeFile[] = []) {
  const assets = readAssets(folder, made);
  const current = new Map([...assets.values()].map((asset) => [asset.address, asset]));
  const addresses = new Map<string, string>();

  function assetOf(name: string): Asset {
    const asset = assets.get(name);
    if (asset === undefined) throw new Error(`there is no ${name} in public/`);
    return asset;
  }

  /** The script that a page of another version asks for, of the files that are here; null where none is. */
  function otherScript(name: string): Buffer | null {
    const [, names = ''] = /^js\/([\w+]+)\.js$/.exec(name) ?? [];
    const found = [...new Set(names.split(joint))].flatMap((script) => assets.get(`js/${script}.js`) ?? []);
    return found.length === 0 ? null : joined(found).body;
  }

  return {
    /** Answers with a file. */
    serve: (async (request, response, next) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return next();
      const asset = current.get(request.path);
      if (asset !== undefined) return send(request, response, asset, aYear);
      const name = request.path.slice(1).replace(versionInName, '');
      const file = assets.get(request.path.slice(1)) ?? assets.get(name);
      if (file !== undefined) return send(request, response, file, 'no-cache');
      const script = otherScript(name);
      if (script === null) return next();
      // It is not kept, as anybody can ask for any of them joined.
      response.type('.js').set('Cache-Control', 'no-cache').send(script);
    }) satisfies RequestHandler,
    /**
     * The address of a file, which changes with its content, so that browsers may keep it for a year.
     * @throws Error when there is no such file
     */
    urlOf: (name: string): string => routes.assets + assetOf(name).address,
    /**
     * The address of the scripts of a page, which are served as one.
     * @param names in the order in which they run; not empty
     * @throws Error when there is no such file
     */
    scriptOf(names: readonly string[]): string {
      const key = names.join();
      const known = addresses.get(key);
      if (known !== undefined) return known;
      const asset = joined(names.map(assetOf));
      current.set(asset.address, asset);
      const address = routes.assets + asset.address;
      addresses.set(key, address);
      return address;
    },
  };
}

export type Assets = ReturnType<typeof createAssets>;
