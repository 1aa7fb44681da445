import { providerKeyOf } from './providers.js';

/**
 * Where users find or make a key, by the provider's key: the providers' own pages, of those whose keys Scalekit takes. A provider whose
 * page differs by customer or by region is left out: only the operator knows it (`key_url` in `CONNECTIONS_FILE`).
 */
const keyPages: Readonly<Record<string, string>> = {
  airtable: 'https://airtable.com/create/tokens',
  anthropic: 'https://console.anthropic.com/settings/keys',
  apify: 'https://console.apify.com/settings/integrations',
  brave: 'https://api-dashboard.search.brave.com/app/keys',
  brevo: 'https://app.brevo.com/settings/keys/api',
  carboneio: 'https://account.carbone.io',
  cognee: 'https://platform.cognee.ai',
  context7: 'https://context7.com/dashboard',
  deepgram: 'https://console.deepgram.com',
  deepl: 'https://www.deepl.com/your-account/keys',
  discord: 'https://discord.com/developers/applications',
  elevenlabs: 'https://elevenlabs.io/app/settings/api-keys',
  exa: 'https://dashboard.exa.ai/api-keys',
  firecrawl: 'https://www.firecrawl.dev/app/api-keys',
  github: 'https://github.com/settings/tokens',
  harvestapi: 'https://harvest-api.com/admin/api-keys',
  huggingface: 'https://huggingface.co/settings/tokens',
  mailgun: 'https://app.mailgun.com/settings/api_security',
  mailtrap: 'https://mailtrap.io/api-tokens',
  mistral: 'https://console.mistral.ai/api-keys',
  openai: 'https://platform.openai.com/api-keys',
  openrouter: 'https://openrouter.ai/settings/keys',
  parallelaitask: 'https://platform.parallel.ai',
  postmark: 'https://account.postmarkapp.com/servers',
  resend: 'https://resend.com/api-keys',
  sendgrid: 'https://app.sendgrid.com/settings/api_keys',
  stripe: 'https://dashboard.stripe.com/apikeys',
  supadata: 'https://dash.supadata.ai',
  tavily: 'https://app.tavily.com',
  twilio: 'https://console.twilio.com',
  twitter: 'https://developer.x.com/en/portal/dashboard',
  vapi: 'https://dashboard.vapi.ai/org/api-keys',
};

/** The page on which a provider's users find or make a key, or null where none is known for all of them. */
export function keyPageOf(provider: string): string | null {
  const key = providerKeyOf(provider);
  return Object.hasOwn(keyPages, key) ? (keyPages[key] ?? null) : null;
}
