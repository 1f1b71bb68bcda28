// Reads the chunks of a streamed completion into one message.

/** An empty answer of a model. */
export function emptyAnswer(id, model) {
  return { id, role: 'assistant', content: '', model, citations: [], steps: [], reasoning: '' };
}

/** Adds what a chunk says. */
export function addChunk(answer, chunk) {
  if (chunk.millrace?.version !== undefined) {
    answer.version = chunk.millrace.version;
  }
  if (chunk.debug?.retrieval) {
    answer.steps.push(...chunk.debug.retrieval);
  }
  const choice = chunk.choices?.[0];
  if (!choice) {
    return;
  }
  const delta = choice.delta ?? {};
  answer.content += delta.content ?? '';
  answer.reasoning += delta.reasoning_content ?? '';
  (delta.citations ?? []).forEach((citation, i) => {
    const place = delta.annotations?.[i]?.url_citation;
    if (place) {
      answer.citations.push({ ...citation, from: place.start_index, to: place.end_index });
    }
  });
  if (choice.finish_reason === 'length') {
    answer.note = 'The answer reached its greatest length.';
  }
}

/** The conversation as the API takes it: nothing of answers that failed. */
export function asMessages(messages) {
  return messages
    .filter((message) => message.content && !message.error)
    .map(({ role, content }) => ({ role, content }));
}
