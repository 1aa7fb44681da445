import { newReference } from '../../../server/kernel/reference.js';
import { describe, expect, it } from '../../support/jest.js';

describe('a reference id', () => {
  it('has six letters or digits that nobody reads for each other', () => {
    for (let count = 0; count < 500; count += 1) {
      expect(newReference()).toMatch(/^[2-9A-HJKMNP-Z]{3}-[2-9A-HJKMNP-Z]{3}$/);
    }
  });

  it('is another one each time', () => {
    const references = Array.from({ length: 500 }, newReference);
    expect(new Set(references).size).toBe(500);
  });
});
