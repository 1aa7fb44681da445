import { number, object, type ProviderTools, required, text, textIn, upTo } from './tool.js';

export const salesforceTools: ProviderTools = {
  provider: 'SALESFORCE',
  tools: [
    {
      name: 'salesforce_query_soql',
      title: 'Query records',
      description: 'Read records with a query in SOQL.',
      effect: 'reads',
      input: { query: required(text('The query')) },
      answer: () => ({
        totalSize: 2,
        done: true,
        records: [
          { Id: '0015g00000SANDBOX1', Name: 'Analytical Engines Ltd' },
          { Id: '0015g00000SANDBOX2', Name: 'Compilers & Sons' },
        ],
      }),
    },
    {
      name: 'salesforce_contact_create',
      title: 'Create a contact',
      description: 'Create a contact.',
      effect: 'changes',
      input: { last_name: required(text('The family name')), email: text('The address') },
      answer: () => ({ id: '0035g00000SANDBOX1', success: true, errors: [] }),
    },
    {
      name: 'salesforce_contact_delete',
      title: 'Delete a contact',
      description: 'Delete a contact.',
      effect: 'destroys',
      input: { contact_id: required(text('The id of the contact')) },
      answer: ({ input }) => ({ id: textIn(input, 'contact_id'), success: true, errors: [] }),
    },
  ],
};

export const hubspotTools: ProviderTools = {
  provider: 'HUBSPOT',
  tools: [
    {
      name: 'hubspot_contacts_search',
      title: 'Search contacts',
      description: 'Search contacts by a text.',
      effect: 'reads',
      input: { query: text('What to look for'), limit: number('How many contacts to find at most') },
      answer: ({ input }) => ({
        results: upTo(input, 'limit', [
          { id: '101', properties: { firstname: 'Charles', email: 'charles@engines.example' } },
          { id: '102', properties: { firstname: 'Mary', email: 'mary@stars.example' } },
        ]),
      }),
    },
    {
      name: 'hubspot_contact_create',
      title: 'Create a contact',
      description: 'Create a contact.',
      effect: 'changes',
      input: { email: required(text('The address')), properties: object('What else is known') },
      answer: ({ input }) => ({ id: '103', properties: { email: textIn(input, 'email') } }),
    },
  ],
};

export const freshdeskTools: ProviderTools = {
  provider: 'FRESHDESK',
  tools: [
    {
      name: 'freshdesk_tickets_list',
      title: 'List tickets',
      description: 'List the tickets, the newest first.',
      input: { per_page: number('How many tickets to list at most') },
      answer: ({ input }) => ({
        array: upTo(input, 'per_page', [
          { id: 1, subject: 'It does not print', status: 2, priority: 1 },
          { id: 2, subject: 'Now it prints too much', status: 2, priority: 2 },
        ]),
      }),
    },
    {
      name: 'freshdesk_ticket_create',
      title: 'Create a ticket',
      description: 'Create a ticket.',
      input: {
        subject: required(text('What it is about')),
        email: required(text('The address of who asks')),
      },
      answer: ({ input }) => ({ id: 3, subject: textIn(input, 'subject'), status: 2 }),
    },
  ],
};
