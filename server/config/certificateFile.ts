import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from './config.js';

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const isCertificate = (text: string): boolean => {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
};

/**
 * Reads the certificates in a file (PEM).
 * @param name the variable that names the file
 * @throws ConfigError when there is none that can be read
 */
export function readCertificates(name: string, file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${name} names ${file}, which can’t be read (${code})`]);
  }
  const found = text.match(pem) ?? [];
  if (found.length > 0 && found.every(isCertificate)) return found;
  throw new ConfigError([
    `${name} names ${file}, which holds ${found.length === 0 ? 'no certificate' : 'a damaged certificate'}: it must be ` +
      'PEM, with a line "-----BEGIN CERTIFICATE-----" before each',
  ]);
}
