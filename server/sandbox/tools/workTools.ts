import { list, number, object, type ProviderTools, required, text, textIn, upTo } from './tool.js';

export const slackTools: ProviderTools = {
  provider: 'SLACK',
  tools: [
    {
      name: 'slack_list_channels',
      title: 'List channels',
      description: 'List the channels that the user can see.',
      effect: 'reads',
      input: { limit: number('How many channels to list at most') },
      answer: ({ input }) => ({
        ok: true,
        channels: upTo(input, 'limit', [
          { id: 'C0SANDBOX01', name: 'general', num_members: 42 },
          { id: 'C0SANDBOX02', name: 'launch', num_members: 7 },
        ]),
      }),
    },
    {
      name: 'slack_fetch_conversation_history',
      title: 'Read a channel',
      description: 'Read the latest messages of a channel.',
      effect: 'reads',
      input: {
        channel: required(text('The id of the channel')),
        limit: number('How many messages to read at most'),
      },
      answer: ({ input }) => ({
        ok: true,
        messages: upTo(input, 'limit', [
          {
            type: 'message',
            user: 'U0SANDBOX01',
            text: 'The numbers are good to go.',
            ts: '1795000000.000200',
          },
          { type: 'message', user: 'U0SANDBOX02', text: 'Then let us launch.', ts: '1795000000.000100' },
        ]),
      }),
    },
    {
      name: 'slack_send_message',
      title: 'Send a message',
      description: 'Send a message to a channel or a person, in the name of the user.',
      effect: 'changes',
      input: {
        channel: required(text('The id of the channel or person')),
        text: required(text('The message')),
      },
      answer: ({ person, input }) => ({
        ok: true,
        channel: textIn(input, 'channel'),
        ts: '1795000000.000300',
        message: { type: 'message', user: person.handle, text: textIn(input, 'text') },
      }),
    },
  ],
};

export const githubTools: ProviderTools = {
  provider: 'GITHUB',
  tools: [
    {
      name: 'github_user_repos_list',
      title: 'List repositories',
      description: 'List the repositories that the user can see.',
      effect: 'reads',
      input: { per_page: number('How many repositories to list at most') },
      answer: ({ person, input }) => ({
        array: upTo(input, 'per_page', [
          { full_name: `${person.handle}/engine`, private: false, stargazers_count: 1843 },
          { full_name: `${person.handle}/notes`, private: true, stargazers_count: 0 },
        ]),
      }),
    },
    {
      name: 'github_issues_list',
      title: 'List issues',
      description: 'List the open issues of a repository.',
      effect: 'reads',
      input: {
        owner: required(text('Who the repository belongs to')),
        repo: required(text('The name of the repository')),
        per_page: number('How many issues to list at most'),
      },
      answer: ({ input }) => ({
        array: upTo(input, 'per_page', [
          { number: 12, title: 'The store overflows', state: 'open' },
          { number: 7, title: 'Explain the cards', state: 'open' },
        ]),
      }),
    },
    {
      name: 'github_issue_create',
      title: 'Create an issue',
      description: 'Create an issue in a repository.',
      effect: 'changes',
      input: {
        owner: required(text('Who the repository belongs to')),
        repo: required(text('The name of the repository')),
        title: required(text('What it is called')),
        body: text('What it says'),
      },
      answer: ({ input }) => ({
        number: 13,
        title: textIn(input, 'title'),
        state: 'open',
        html_url: `https://github.com/${textIn(input, 'owner')}/${textIn(input, 'repo')}/issues/13`,
      }),
    },
    {
      name: 'github_repo_star',
      title: 'Star a repository',
      description: 'Give a repository a star of the user. Nothing changes when it has one.',
      effect: 'changes',
      input: {
        owner: required(text('Who the repository belongs to')),
        repo: required(text('The name of the repository')),
      },
      answer: ({ input }) => ({ starred: `${textIn(input, 'owner')}/${textIn(input, 'repo')}` }),
    },
  ],
};

const page = (id: string, title: string) => ({
  object: 'page',
  id,
  properties: { title: { type: 'title', title: [{ plain_text: title }] } },
});

export const notionTools: ProviderTools = {
  provider: 'NOTION',
  tools: [
    {
      name: 'notion_page_search',
      title: 'Search pages',
      description: 'Search the pages that were shared with the app, by their titles.',
      effect: 'reads',
      input: { query: text('What the title contains'), page_size: number('How many pages to list at most') },
      answer: ({ input }) => ({
        object: 'list',
        results: upTo(input, 'page_size', [
          page('5a0d1c1e-0000-4000-a000-000000000001', 'Roadmap'),
          page('5a0d1c1e-0000-4000-a000-000000000002', 'How we work'),
        ]),
        has_more: false,
      }),
    },
    {
      name: 'notion_page_create',
      title: 'Create a page',
      description: 'Create a page below another one.',
      effect: 'changes',
      input: {
        parent_page_id: required(text('The id of the page above')),
        properties: required(object('The properties of the page, its title among them')),
      },
      answer: () => page('5a0d1c1e-0000-4000-a000-000000000003', 'New page'),
    },
  ],
};

export const linearTools: ProviderTools = {
  provider: 'LINEAR',
  tools: [
    {
      name: 'linear_issues_list',
      title: 'List issues',
      description: 'List the issues of the workspace.',
      effect: 'reads',
      input: { first: number('How many issues to list at most') },
      answer: ({ person, input }) => ({
        issues: {
          nodes: upTo(input, 'first', [
            { identifier: 'ENG-42', title: 'Answer the question', assignee: { email: person.account } },
            { identifier: 'ENG-7', title: 'Say thanks for the fish', assignee: null },
          ]),
        },
      }),
    },
    {
      name: 'linear_issue_create',
      title: 'Create an issue',
      description: 'Create an issue for a team.',
      effect: 'changes',
      input: { teamId: required(text('The id of the team')), title: required(text('What it is called')) },
      answer: ({ input }) => ({
        issue: { identifier: 'ENG-43', title: textIn(input, 'title') },
        success: true,
      }),
    },
  ],
};

export const jiraTools: ProviderTools = {
  provider: 'JIRA',
  tools: [
    {
      name: 'jira_issues_search',
      title: 'Search issues',
      description: 'Search issues with a query in JQL.',
      effect: 'reads',
      input: { jql: text('The query'), max_results: number('How many issues to find at most') },
      answer: ({ person, input }) => ({
        issues: upTo(input, 'max_results', [
          { key: 'APOLLO-11', fields: { summary: 'Land', assignee: { emailAddress: person.account } } },
          { key: 'APOLLO-13', fields: { summary: 'Come home', assignee: null } },
        ]),
      }),
    },
    {
      name: 'jira_issue_create',
      title: 'Create an issue',
      description: 'Create an issue in a project.',
      effect: 'changes',
      input: {
        project_key: required(text('The key of the project')),
        summary: required(text('What it is called')),
        issue_type: text('Task, Bug or Story'),
      },
      answer: ({ input }) => ({ key: `${textIn(input, 'project_key')}-14` }),
    },
    {
      name: 'jira_issue_delete',
      title: 'Delete an issue',
      description: 'Delete an issue for good.',
      effect: 'destroys',
      input: { issue_key: required(text('The key of the issue')) },
      answer: ({ input }) => ({ deleted: textIn(input, 'issue_key') }),
    },
  ],
};

export const asanaTools: ProviderTools = {
  provider: 'ASANA',
  tools: [
    {
      name: 'asana_tasks_list',
      title: 'List tasks',
      description: 'List the tasks that are assigned to the user.',
      effect: 'reads',
      input: { limit: number('How many tasks to list at most') },
      answer: ({ person, input }) => ({
        data: upTo(input, 'limit', [
          { gid: '1200000000000011', name: 'Check the orbit', assignee: { email: person.account } },
          { gid: '1200000000000012', name: 'Book the pad', assignee: { email: person.account } },
        ]),
      }),
    },
    {
      name: 'asana_task_create',
      title: 'Create a task',
      description: 'Create a task in a project.',
      effect: 'changes',
      input: { name: required(text('What it is called')), projects: list('The ids of its projects') },
      answer: ({ input }) => ({ data: { gid: '1200000000000013', name: textIn(input, 'name') } }),
    },
  ],
};
