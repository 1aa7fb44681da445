import { randomInt } from 'node:crypto';
import { create, type JsonObject } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter, ServiceImpl } from '@connectrpc/connect';
import {
  type ExecuteToolRequest,
  type ListScopedToolsRequest,
  type ListToolsRequest,
  ToolSchema,
  ToolService,
} from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/tools/tools_pb.js';
import type { Environment } from '../environment.js';
import type { Account } from '../model.js';
import { personAt, providerAccountOf } from '../providers/person.js';
import { type CatalogueTool, catalogue, findTool } from '../tools/catalogue.js';
import { definitionOf, missingInputs } from '../tools/tool.js';
import { findAccount } from './accountReference.js';
import { defaultPageSize, offsetOf, pageTokensAround } from './pageTokens.js';
import {
  accountNotActive,
  accountNotFound,
  connectionNotFound,
  invalidField,
  invalidFields,
  toolNotFound,
} from './rpcErrors.js';

/** `ToolService`, as far as the SDK reaches it for an agent. Making tools of one's own answers `Unimplemented`. */
export function toolService(environment: Environment) {
  const handlers: Partial<ServiceImpl<typeof ToolService>> = {
    listTools: (request) => listTools(environment, request),
    listScopedTools(request) {
      const { rows, ...place } = pageOf(request, scopedTools(environment, request));
      return { tools: rows, ...place };
    },
    listAvailableTools(request) {
      const offered = [...environment.connections.values()].filter(({ enabled }) => enabled);
      const providers = new Set(offered.map(({ provider }) => provider));
      const { rows, ...place } = pageOf(
        request,
        catalogue.filter(({ provider }) => providers.has(provider)),
      );
      return { tools: rows.map(toTool), ...place };
    },
    executeTool: (request) => executeTool(environment, request),
  };
  return (router: ConnectRouter) => router.service(ToolService, handlers);
}

const changedAt = Date.UTC(2026, 7, 1);

const toTool = (tool: CatalogueTool) =>
  create(ToolSchema, {
    id: tool.id,
    provider: tool.provider,
    definition: definitionOf(tool),
    tags: [tool.provider.toLowerCase()],
    isDefault: true,
    updatedAt: timestampFromMs(changedAt),
  });

function pageOf<Row>(
  { pageSize, pageToken }: { pageSize: number; pageToken: string },
  matching: readonly Row[],
) {
  const offset = offsetOf(pageToken);
  const limit = pageSize || defaultPageSize;
  return {
    rows: matching.slice(offset, offset + limit),
    totalSize: matching.length,
    ...pageTokensAround(offset, limit, matching.length),
  };
}

/** An account that the filter names has to exist; here it has no tools of its own that it would add. */
function listTools(environment: Environment, request: ListToolsRequest) {
  const { connector, connectedAccountId, identifier, provider, query, summary, toolName } =
    request.filter ?? {};
  if (connector || connectedAccountId) {
    findAccount(environment, { id: connectedAccountId, connector, identifier });
  }
  const words = query?.toLowerCase().split(/\s+/) ?? [];
  const matching = catalogue.filter((tool) => {
    const said = `${tool.name} ${tool.title} ${tool.description}`.toLowerCase();
    return (
      (!provider || tool.provider === provider) &&
      (!toolName?.length || toolName.includes(tool.name)) &&
      words.every((word) => said.includes(word))
    );
  });
  const { rows, ...place } = pageOf(request, matching);
  return summary
    ? { toolNames: rows.map(({ name }) => name), ...place }
    : { tools: rows.map(toTool), ...place };
}

/** The tools of the user's active accounts: one row for each account that could run the tool. */
function scopedTools({ accounts, connections }: Environment, request: ListScopedToolsRequest) {
  const { identifier, filter } = request;
  const { connectionNames = [], providers = [], toolNames = [] } = filter ?? {};
  const matches = (wanted: readonly string[], name: string) => wanted.length === 0 || wanted.includes(name);
  // The SDK's own tests want a refusal here.
  if (connectionNames.some((name) => !connections.has(name))) throw connectionNotFound();
  const { rows } = accounts.list({ identifier }, 0, Number.POSITIVE_INFINITY);
  return rows
    .filter(({ status, connectionName }) => status === 'ACTIVE' && matches(connectionNames, connectionName))
    .flatMap((account) => {
      const provider = connections.get(account.connectionName)?.provider ?? '';
      return catalogue
        .filter((tool) => tool.provider === provider)
        .filter((tool) => matches(providers, tool.provider) && matches(toolNames, tool.name))
        .map((tool) => ({ tool: toTool(tool), identifier, connectedAccountId: account.id }));
    });
}

function executeTool(environment: Environment, request: ExecuteToolRequest) {
  const tool = findTool(request.toolName);
  if (!tool) throw toolNotFound(request.toolName);
  const account = accountFor(environment, tool, request);
  if (account.status !== 'ACTIVE') throw accountNotActive(account.status);
  const input: JsonObject = request.params ?? {};
  const missing = missingInputs(tool, input);
  if (missing.length > 0) {
    throw invalidFields(missing.map((name) => ({ field: `params.${name}`, description: 'is required' })));
  }
  account.lastUsedAt = Date.now();
  const person = personAt(tool.provider, providerAccountOf(account));
  return {
    data: tool.answer({ person, input }),
    executionId: `${randomInt(1e8, 1e9)}${randomInt(1e8, 1e9)}`,
  };
}

/**
 * The account that a tool runs with. Without a connection name it is the user's first account at the tool's provider,
 * an active one if there is any.
 */
function accountFor(environment: Environment, tool: CatalogueTool, request: ExecuteToolRequest): Account {
  const { connectedAccountId, connector, identifier } = request;
  const { accounts, connections } = environment;
  if (connectedAccountId || connector) {
    if (connector && !connectedAccountId && !connections.has(connector)) throw connectionNotFound();
    const account = findAccount(environment, { id: connectedAccountId, connector, identifier });
    const provider = connections.get(account.connectionName)?.provider;
    if (provider !== tool.provider) throw invalidField('tool_name', `is no tool of ${provider}`);
    return account;
  }
  if (!identifier?.trim()) throw invalidField('identifier', 'or a connected account id is required');
  const { rows } = accounts.list({ identifier }, 0, Number.POSITIVE_INFINITY);
  const fitting = rows.filter(
    ({ connectionName }) => connections.get(connectionName)?.provider === tool.provider,
  );
  const account = fitting.find(({ status }) => status === 'ACTIVE') ?? fitting[0];
  if (!account) throw accountNotFound();
  return account;
}
