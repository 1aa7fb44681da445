import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import express from 'express';
import supertest from 'supertest';
import { createAssets } from '../../../server/http/assets.js';
import { newDataFolder } from '../../support/dataFolder.js';
import { describe, expect, it } from '../../support/jest.js';

async function assetsOf(scripts: Readonly<Record<string, string>>) {
  const folder = await newDataFolder();
  await mkdir(path.join(folder, 'js'));
  for (const [name, source] of Object.entries(scripts)) {
    await writeFile(path.join(folder, 'js', `${name}.js`), source);
  }
  return createAssets(folder);
}

describe('scripts that are served as one', () => {
  it('share no names, and a fault of one is told and stops none of the others', async () => {
    const assets = await assetsOf({
      one: 'const name = "one"; function say() { said.push(name); } say(); // done',
      two: 'const name = "two"; throw new Error(name);',
      three: 'function say() { said.push("three"); }\nsay();',
    });
    const address = assets.scriptOf(['js/one.js', 'js/two.js', 'js/three.js']);
    const { text } = await supertest(express().use('/assets', assets.serve)).get(address);
    const said: string[] = [];
    const faults: Error[] = [];
    runInNewContext(`'use strict';${text}`, { said, reportError: (fault: Error) => faults.push(fault) });
    expect(said).toEqual(['one', 'three']);
    expect(faults.map(({ message }) => message)).toEqual(['two']);
  });

  it.each(['import "./two.js";', 'export const name = 1;'])(
    'are refused where one has `%s`',
    async (line) => {
      const assets = await assetsOf({ one: `const first = 1;\n${line}\n`, two: '' });
      expect(() => assets.scriptOf(['js/one.js', 'js/two.js'])).toThrow('js/one.js imports or exports');
    },
  );

  it('are refused where one is not there', async () => {
    const assets = await assetsOf({ one: '' });
    expect(() => assets.scriptOf(['js/one.js', 'js/two.js'])).toThrow('there is no js/two.js');
  });
});
