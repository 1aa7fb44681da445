import { setTimeout as pause } from 'node:timers/promises';
import { deliver, eventBody } from '../unit/webhooks/deliveries.js';

/** Webhooks as they come all day: news of somebody's token, so that they are known to arrive. */
async function sendNews(appUrl: string, isOver: () => boolean): Promise<void> {
  for (let count = 0; !isOver(); count++) {
    const data = {
      id: `ca_news${count}`,
      identifier: `somebody-${count}@example.com`,
      connection_name: 'gmail',
    };
    await deliver(appUrl, eventBody('token_refresh_succeeded', { ...data, status: 'ACTIVE' }));
    await pause(500);
  }
}

/** Runs `work` while webhooks are known to arrive. The app has to have `webhookEnv` in its environment. */
export async function whileWebhooksArrive<T>(appUrl: string, work: () => Promise<T>): Promise<T> {
  let over = false;
  const news = sendNews(appUrl, () => over);
  // Until the app has noticed that they arrive.
  await pause(2000);
  try {
    return await work();
  } finally {
    over = true;
    await news;
  }
}
