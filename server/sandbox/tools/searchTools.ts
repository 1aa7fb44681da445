import { number, type ProviderTools, required, text, textIn, upTo } from './tool.js';

export const exaTools: ProviderTools = {
  provider: 'EXA',
  tools: [
    {
      name: 'exa_search',
      title: 'Search the web',
      description: 'Search the web by meaning.',
      effect: 'reads',
      input: {
        query: required(text('What to look for')),
        num_results: number('How many pages to find at most'),
      },
      answer: ({ input }) => ({
        results: upTo(input, 'num_results', [
          { title: 'Notes on the analytical engine', url: 'https://engines.example/notes' },
          { title: 'A first compiler', url: 'https://compilers.example/first' },
        ]),
      }),
    },
  ],
};

export const tavilyTools: ProviderTools = {
  provider: 'TAVILY',
  tools: [
    {
      name: 'tavily_search',
      title: 'Search the web',
      description: 'Search the web for an answer and the pages that it comes from.',
      effect: 'reads',
      input: { query: required(text('The question')), max_results: number('How many pages to find at most') },
      answer: ({ input }) => ({
        query: textIn(input, 'query'),
        results: upTo(input, 'max_results', [
          { title: 'Orbits by hand', url: 'https://orbits.example/by-hand', score: 0.93 },
        ]),
      }),
    },
  ],
};
