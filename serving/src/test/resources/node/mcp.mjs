// Uses the server through the protocol's own TypeScript SDK; prints what it saw as one line of JSON.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const client = new Client({ name: 'millrace-test', version: '1' });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
const { tools } = await client.listTools();
const search = await client.callTool({
  name: 'search',
  arguments: { query: 'in-sync replicas', limit: 1 },
});
const ask = await client.callTool({
  name: 'ask',
  arguments: { question: 'What does acks=all mean?' },
});
const push = await client.callTool({
  name: 'push_document',
  arguments: { id: 'from-node', text: 'Pushed by the SDK.' },
});
const lag = await client.callTool({ name: 'lag', arguments: {} });
const wrong = await client.callTool({ name: 'ask', arguments: { question: 'x', model: 'none' } });
console.log(
  JSON.stringify({
    server: client.getServerVersion(),
    tools: tools.map((tool) => tool.name).sort(),
    search: search.structuredContent,
    ask: ask.structuredContent,
    push: push.structuredContent,
    lag: lag.structuredContent,
    wrong: { isError: wrong.isError, text: wrong.content[0].text },
  }),
);
await client.close();
