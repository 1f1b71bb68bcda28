// One document or task from end to end, and the documents that came through last.

import {el, fill, figures, Table} from '/console/dom.js';
import {get, post} from '/console/api.js';
import {day, duration, time} from '/console/format.js';

export function timeline(trace) {
  return [
    trace.events.length === 0 && el('p', {}, 'No trace of it.'),
    !trace.complete && el('p', {class: 'warn'}, 'The topics are too long to be looked through: something older may be missing.'),
    el('ol', {class: 'trace'}, trace.events.map(event => el('li', {},
      el('strong', {}, event.stage), ' ', event.sentence,
      event.since !== null && el('span', {class: 'faint'}, ` after ${duration(event.since)}`),
      el('div', {class: 'when'}, `${day(event.at)} · ${event.topic}-${event.partition}@${event.offset}`),
      figures(Object.entries(event.detail).map(([name, value]) => [name, value])))))];
}

function state(found) {
  return el('div', {class: 'card'}, el('h3', {}, 'State'),
    figures(Object.entries(found).filter(([, value]) => value !== null && typeof value !== 'object').map(([name, value]) => [name.replaceAll('_', ' '), String(value)])));
}

/** What it was cut into, on demand: there may be much of it. */
function chunks(id, failed) {
  const place = el('div');
  const table = new Table('Chunks of the newest revision that has any', [
    {title: 'Characters', number: true, value: row => row.start, cell: row => `${row.start} to ${row.end}`},
    {title: 'Tokens', number: true, value: row => row.tokens, cell: row => row.tokens},
    {title: 'Under', value: row => row.headings, cell: row => row.headings || '–'},
    {title: 'Text', cell: row => el('div', {class: 'text'}, row.text)},
  ], {sort: 0, descending: false, empty: 'it has no chunks'});
  const button = el('button', {type: 'button', onclick: async () => {
    try {
      const found = await get('/console/api/chunks', {document: id});
      fill(place, found.total > found.chunks.length && el('p', {class: 'faint'}, `The first ${found.chunks.length} of ${found.total}.`), table.element);
      table.update(found.chunks);
      button.remove();
    } catch (problem) {
      failed(problem, place);
    }
  }}, 'Show its chunks');
  return [button, place];
}

export function documentsPage(main, query, {operator, ask, failed}) {
  const kind = query.task ? 'task' : 'document';
  const input = el('input', {type: 'text', id: 'subject', value: query.task ?? query.id ?? '', autocomplete: 'off'});
  const select = el('select', {id: 'kind'}, el('option', {value: 'document'}, 'document'), el('option', {value: 'task'}, 'task'));
  select.value = kind;
  const found = el('div');
  const recent = new Table('Reported last', [
    {title: 'Document', value: row => row.id, cell: row => el('a', {href: '#/documents?' + new URLSearchParams({id: row.id})}, row.id)},
    {title: 'Revision', number: true, value: row => row.revision, cell: row => row.revision},
    {title: 'Outcome', value: row => row.outcome, cell: row => row.outcome.toLowerCase() + (row.reason ? `: ${row.reason}` : '')},
    {title: 'Chunks', number: true, value: row => row.chunks, cell: row => row.chunks},
    {title: 'Sent to searchable', number: true, value: row => row.freshness ?? -1, cell: row => duration(row.freshness)},
    {title: 'At', number: true, value: row => row.indexedAt, cell: row => time(row.indexedAt)},
  ], {sort: 5, empty: 'no document has come through yet'});
  main.append(el('h1', {}, 'Documents'),
    el('form', {class: 'row', onsubmit: event => { event.preventDefault(); go(); }},
      el('label', {for: 'kind'}, 'What', select), el('label', {for: 'subject'}, 'Id', input),
      el('button', {class: 'primary'}, 'Follow')),
    found, el('h2', {}, 'The newest'), recent.element);

  function go() {
    const id = input.value.trim();
    if (id) location.hash = '#/documents?' + new URLSearchParams(select.value === 'task' ? {task: id} : {id});
  }

  async function remove(id) {
    if (!await ask('Delete this document?', el('p', {}, el('strong', {}, id), ' will be deleted from the index. That you did this is recorded.'), 'Delete')) return;
    try {
      const done = await post('/console/api/documents/delete', {id, confirm: true});
      found.prepend(el('p', {class: 'notice', role: 'status'}, `Its deletion is on its way, as revision ${done.revision}.`));
    } catch (problem) {
      failed(problem, found);
    }
  }

  async function follow() {
    const subject = query.task ?? query.id;
    if (!subject) return;
    fill(found, el('p', {class: 'faint', role: 'status'}, 'looking …'));
    try {
      const [trace, status] = await Promise.all([
        get('/console/api/trace', query.task ? {task: subject} : {document: subject}),
        query.task ? null : get('/v1/documents/' + subject.split('/').map(encodeURIComponent).join('/')).catch(problem => problem)]);
      fill(found, el('h2', {}, subject),
        status && !(status instanceof Error) && state(status),
        status instanceof Error && el('p', {class: 'faint'}, status.message),
        !query.task && el('p', {}, el('button', {type: 'button', class: 'danger', disabled: !operator, onclick: () => remove(subject)}, 'Delete …'),
          !operator && el('span', {class: 'faint'}, ' needs the role of an operator')),
        el('h2', {}, 'Its way'), timeline(trace),
        !query.task && [el('h2', {}, 'Chunks'), chunks(subject, failed)]);
    } catch (problem) {
      fill(found);
      failed(problem, found);
    }
  }

  let reading = false;
  async function newest() {
    if (reading) return;
    reading = true;
    try {
      recent.update(await get('/console/api/documents'));
    } catch (problem) {
      if (problem.status === 401) failed(problem);
    } finally {
      reading = false;
    }
  }

  follow();
  newest();
  const timer = setInterval(newest, 2000);
  return {close: () => clearInterval(timer)};
}
