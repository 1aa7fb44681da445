import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/** What a provider remembers, apart from it, so that it outlives a change of the provider's keys. */
export function createOpenidMemory(): AdapterFactory {
  const kept = new Map<string, AdapterPayload>();

  return (model): Adapter => ({
    async upsert(id, payload) {
      kept.set(`${model}:${id}`, payload);
    },
    find: async (id) => kept.get(`${model}:${id}`),
    findByUid: async (uid) =>
      [...kept].find(([key, payload]) => key.startsWith(`${model}:`) && payload.uid === uid)?.[1],
    findByUserCode: async () => undefined,
    async consume(id) {
      const payload = kept.get(`${model}:${id}`);
      if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      kept.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, payload] of kept) {
        if (key.startsWith(`${model}:`) && payload.grantId === grantId) kept.delete(key);
      }
    },
  });
}
