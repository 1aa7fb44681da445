import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import express, { type RequestHandler } from 'express';
import { routes } from '../paths.js';

const yearMs = 365 * 86_400_000;
/** A folder has no address of its own. */
const files = { index: false, redirect: false } as const;

function addressesOf(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(folder, file).split(path.sep).join('/');
      const version = createHash('sha256').update(readFileSync(file)).digest('base64url').slice(0, 10);
      return [name, `${routes.assets}/${name}?v=${version}`];
    }),
  );
}

/** Style, script and images. @param folder `public/` */
export function createAssets(folder: string) {
  const addresses = addressesOf(folder);
  const versioned = express.static(folder, { ...files, maxAge: yearMs, immutable: true });
  const plain = express.static(folder, { ...files, maxAge: 0 });
  return {
    /** Answers with a file. */
    serve: ((request, response, next) => {
      // A header that is set already wins over the one of express.static.
      response.removeHeader('Cache-Control');
      (request.query.v === undefined ? plain : versioned)(request, response, next);
    }) satisfies RequestHandler,
    /**
     * The address of a file, which changes with its content, so that browsers may keep it for a year.
     * @throws Error when there is no such file
     */
    urlOf(file: string): string {
      const address = addresses.get(file);
      if (address === undefined) throw new Error(`there is no ${file} in public/`);
      return address;
    },
  };
}

export type Assets = ReturnType<typeof createAssets>;
