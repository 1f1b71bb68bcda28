// What OpenAI's client for JavaScript makes of the server; the test runs it with node.
// Arguments: base address, JSON schema of an answer that takes long, its tokens.
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const [baseURL, endless, endlessTokens] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
const messages = [{ role: 'user', content: 'Good morning' }];

const models = await client.models.list();
assert.ok(models.data.some((m) => m.id === 'local'));

// whole, with usage and scores
const wishes = { model: 'local', messages, seed: 5, max_completion_tokens: 30 };
const whole = await client.chat.completions.create({ ...wishes, logprobs: true, top_logprobs: 2 });
assert.ok(whole.usage.completion_tokens >= 1 && whole.usage.completion_tokens <= 30);
assert.ok(whole.choices[0].logprobs.content.every((t) => t.top_logprobs.length === 2));

// streamed by the helper, which puts the answer together and checks it
const runner = client.chat.completions.stream({ ...wishes, stream_options: { include_usage: true } });
const streamed = await runner.finalChatCompletion();
assert.equal(streamed.choices[0].message.content, whole.choices[0].message.content);
assert.equal(streamed.choices[0].finish_reason, whole.choices[0].finish_reason);
assert.equal(streamed.usage.completion_tokens, whole.usage.completion_tokens);

// a schema, enforced
const schema = {
  type: 'object',
  properties: { size: { enum: ['small', 'large'] }, people: { type: 'integer', minimum: 1 } },
  required: ['size', 'people'],
  additionalProperties: false,
};
const city = await client.chat.completions.create({
  model: 'local',
  messages,
  max_completion_tokens: 200,
  response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema } },
});
assert.ok(JSON.parse(city.choices[0].message.content).people >= 1);
await assert.rejects(
  client.chat.completions.create({
    model: 'local',
    messages,
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { not: {} } } },
  }),
  (e) => e instanceof OpenAI.BadRequestError && e.message.includes("'not'"),
);

// an error in mid-stream
let text = '';
await assert.rejects(
  async () => {
    const broken = await client.chat.completions.create({ model: 'remote', messages, stream: true });
    for await (const chunk of broken) text += chunk.choices[0]?.delta?.content ?? '';
  },
  (e) => e instanceof OpenAI.APIError && e.message.includes('out of memory'),
);
assert.equal(text, 'It waits');

// tools, passed through to the remote model and back
const tool = { type: 'function', function: { name: 'add', parameters: { type: 'object' } } };
const called = await client.chat.completions
  .stream({ model: 'remote', messages, tools: [tool], tool_choice: 'required' })
  .finalChatCompletion();
assert.equal(called.choices[0].finish_reason, 'tool_calls');
assert.equal(called.choices[0].message.tool_calls[0].function.name, 'add');
assert.equal(called.choices[0].message.tool_calls[0].function.arguments, '{"a":1}');

// one at work fills the slot; when it leaves, the slot is free
const long = await client.chat.completions.create({
  model: 'local',
  messages,
  stream: true,
  max_completion_tokens: Number(endlessTokens),
  response_format: { type: 'json_schema', json_schema: { name: 'l', schema: JSON.parse(endless) } },
});
let seen = 0;
for await (const chunk of long) {
  if (++seen === 5) {
    await assert.rejects(
      client.chat.completions.create(wishes),
      (e) => e instanceof OpenAI.RateLimitError && e.headers.get('retry-after') === '1',
    );
    break; // aborts the request
  }
}
assert.equal(seen, 5);
console.log('all is well');
