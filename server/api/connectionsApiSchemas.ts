import { z } from 'zod';
import { english as t } from '../words/dictionary.js';
import { connectionName } from './apiSchemas.js';

const connection = z
  .object({
    name: connectionName,
    title: z.string().meta({ examples: ['Gmail'] }),
    description: z
      .string()
      .nullable()
      .meta({
        description: t('api.connections.about.description'),
        examples: ['Read and send mail for you'],
      }),
    kind: z
      .enum(['sign_in', 'key', 'none'])
      .meta({ description: t('api.connections.about.kind'), examples: ['sign_in'] }),
    category: z
      .string()
      .nullable()
      .meta({ description: t('api.connections.about.category'), examples: ['Google'] }),
    logo: z
      .string()
      .nullable()
      .meta({
        description: t('api.connections.about.logo'),
        examples: ['data:image/svg+xml;base64,PHN2Zy8+'],
      }),
  })
  .meta({ id: 'Connection' });

export const connectionsAnswer = z
  .object({
    connections: z.array(connection).meta({ description: t('api.connections.about.connections') }),
  })
  .meta({ id: 'Connections' });

export type ConnectionsAnswer = z.output<typeof connectionsAnswer>;
