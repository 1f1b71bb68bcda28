// Reads the chunks of a streamed completion into one message.

/** An empty answer of a model. */
export function emptyAnswer(id, model) {
  return { id, role: 'assistant', content: '', model, citations: [], steps: [], reasoning: '' };
}

/** A message as it was kept, with nothing in it that is of another shape. */
export function restored(kept) {
  if (kept.role === 'user') {
    return { id: String(kept.id), role: 'user', content: kept.content };
  }
  const answer = emptyAnswer(String(kept.id), String(kept.model));
  answer.content = kept.content;
  answer.reasoning = typeof kept.reasoning === 'string' ? kept.reasoning : '';
  answer.citations = list(kept.citations).filter(isCitation);
  answer.steps = list(kept.steps).filter((s) => s && Number.isFinite(s.millis));
  for (const name of ['error', 'note', 'rating']) {
    if (typeof kept[name] === 'string') {
      answer[name] = kept[name];
    }
  }
  if (Number.isFinite(kept.version)) {
    answer.version = kept.version;
  }
  return answer;
}

function list(value) {
  return Array.isArray(value) ? value : [];
}

function isCitation(one) {
  const numbers = ['number', 'from', 'to', 'start', 'end', 'revision'];
  const texts = ['title', 'document_id', 'quote'];
  return (
    numbers.every((name) => Number.isFinite(one?.[name])) &&
    texts.every((name) => typeof one[name] === 'string')
  );
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
