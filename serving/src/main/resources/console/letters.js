// Dead letters: why, what is in them, and sending them again with proof.

import {el, fill, figures, Table} from '/console/dom.js';
import {get, post} from '/console/api.js';
import {bytes, day} from '/console/format.js';

const at = sent => `${sent.topic}-${sent.partition}@${sent.offset}`;

/** Asks, sends, and follows until every letter has its end. Writes into place. */
async function redrive(ids, place, {ask, failed}, sentNow = () => {}) {
  const force = el('input', {type: 'checkbox', id: 'force'});
  const sure = await ask(`Send ${ids.length === 1 ? 'this letter' : ids.length + ' letters'} again?`, [
    el('p', {}, 'Each goes to the topic it came from, once: what was sent before is not sent again. That you did this is recorded.'),
    el('label', {for: 'force'}, force, ' also where a newer record of its key is there, which the old one then replaces')], 'Send again');
  if (!sure) return;
  fill(place, el('p', {class: 'notice', role: 'status'}, 'sending …'));
  let outcomes;
  try {
    ({outcomes} = await post('/console/api/letters/redrive', {letters: ids, confirm: true, evenIfNewer: force.checked}));
  } catch (problem) {
    fill(place);
    failed(problem, place);
    return;
  }
  const rows = outcomes.map(outcome => ({...outcome, passage: null}));
  const table = new Table('Sent again', [
    {title: 'Letter', value: row => row.id, cell: row => row.id},
    {title: 'Sending', value: row => row.kind, cell: row => row.sentence},
    {title: 'What became of it', value: row => row.passage?.sentence ?? '', cell: row => row.kind === 'sent' || row.kind === 'already'
      ? el('span', {class: row.passage?.settled ? row.passage.good ? 'good' : 'bad' : 'faint'}, row.passage?.sentence ?? 'looking …') : '–'},
  ], {sort: 0, descending: false});
  fill(place, table.element, el('p'));
  table.update(rows);
  sentNow();
  const sent = () => rows.filter(row => (row.kind === 'sent' || row.kind === 'already') && !row.passage?.settled);
  const end = Date.now() + 120000;
  while (sent().length > 0 && place.isConnected && Date.now() < end) {
    try {
      const passages = await get('/console/api/letters/passages', {id: sent().map(row => row.id).join(',')});
      for (const row of rows) row.passage = passages[row.id] ?? row.passage;
      table.update(rows);
    } catch (problem) {
      if (problem.status === 401) failed(problem);
    }
    await new Promise(resolve => setTimeout(resolve, 500));
  }
}

export function lettersPage(main, query, tools) {
  const chosen = new Set();
  const result = el('div');
  const hour = el('p', {class: 'faint'});
  const older = el('button', {type: 'button', onclick: () => load(true)}, 'Older ones');
  const send = el('button', {type: 'button', class: 'primary', onclick: async () => { const ids = [...chosen]; await redrive(ids, result, tools, () => { chosen.clear(); count(); setTimeout(() => load(false), 500); }); }}, 'Send chosen ones again …');
  const actions = new Table('What operators did last', [
    {title: 'What', value: row => row.kind, cell: row => row.kind.toLowerCase()},
    {title: 'Of', value: row => row.subject, cell: row => row.subject},
    {title: 'To', value: row => row.to ?? '', cell: row => row.to ?? '–'},
    {title: 'By', value: row => row.actor, cell: row => `${row.actor}, ${row.via}`},
    {title: 'At', number: true, value: row => row.at, cell: row => day(row.at)},
  ], {sort: 4, empty: 'nothing yet'});
  let letters = [];
  let next = [];
  const table = new Table('Dead letters, newest first', [
    {title: 'Choose', plain: true, cell: row => el('input', {type: 'checkbox', 'aria-label': `choose letter ${row.id}`, 'data-focus': `choose ${row.id}`, disabled: !tools.operator,
      checked: chosen.has(row.id), onchange: event => { if (event.target.checked) chosen.add(row.id); else chosen.delete(row.id); count(); }})},
    {title: 'Letter', value: row => row.writtenAt, cell: row => el('a', {href: '#/letter?' + new URLSearchParams({id: row.id}), 'data-focus': row.id}, row.id)},
    {title: 'Stage', value: row => row.stage, cell: row => row.stage},
    {title: 'Reason', value: row => row.reason, cell: row => el('span', {class: 'bad'}, row.reason)},
    {title: 'Key', value: row => row.key, cell: row => row.key},
    {title: 'From', value: row => row.origin, cell: row => `${row.origin}-${row.originPartition}@${row.originOffset}`},
    {title: 'Size', number: true, value: row => row.bytes, cell: row => bytes(row.bytes)},
    {title: 'Written', number: true, value: row => row.writtenAt, cell: row => day(row.writtenAt)},
    {title: 'Sent again', value: row => row.redriven?.at ?? 0, cell: row => row.redriven ? el('span', {class: 'good'}, `to ${at(row.redriven)} by ${row.redriven.by}`) : 'no'},
  ], {empty: 'no dead letters'});
  const filters = ['stage', 'reason'].map(name => el('label', {for: `only-${name}`}, `Only ${name}`, el('input', {id: `only-${name}`, type: 'text', name, value: query[name] ?? '', autocomplete: 'off'})));
  const open = el('select', {id: 'open', name: 'open'}, el('option', {value: ''}, 'all'), el('option', {value: '1'}, 'not sent again yet'));
  open.value = query.open ?? '';
  main.append(el('h1', {}, 'Dead letters'), hour,
    el('form', {class: 'row', onsubmit: event => { event.preventDefault(); location.hash = '#/letters?' + new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value)); }},
      filters, el('label', {for: 'open'}, 'Which', open), el('button', {}, 'Show')),
    el('p', {class: 'row'}, send, !tools.operator && el('span', {class: 'faint'}, 'Sending needs the role of an operator.')),
    result, table.element, el('p', {}, older), el('h2', {}, 'Audit'), actions.element);
  count();

  function count() {
    send.disabled = chosen.size === 0;
    send.textContent = chosen.size === 0 ? 'Send chosen ones again …' : `Send ${chosen.size} again …`;
  }

  async function load(more) {
    try {
      const page = await get('/console/api/letters', {stage: query.stage, reason: query.reason, open: query.open, limit: 50, before: more ? next.join(',') : ''});
      letters = more ? [...letters, ...page.letters] : page.letters;
      next = page.next;
      older.hidden = next.length === 0;
      const reasons = Object.entries(page.lastHour);
      hour.textContent = reasons.length ? `In the last hour: ${reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')}.` : 'None in the last hour.';
      table.update(letters);
      count();
      actions.update(await get('/console/api/actions'));
    } catch (problem) {
      tools.failed(problem, result);
    }
  }

  load(false);
  let known = null;
  return {
    live({stream}) {
      const errors = [...stream.documents, ...stream.learning].reduce((sum, stage) => sum + stage.errors, 0);
      if (known !== null && errors !== known && letters.length <= 50) load(false);
      known = errors;
    },
  };
}

export function letterPage(main, query, tools) {
  main.append(el('h1', {}, `Dead letter ${query.id ?? ''}`));
  (async () => {
    const letter = await get('/console/api/letters/one', {id: query.id});
    const result = el('div');
    fill(main, el('h1', {}, `Dead letter ${letter.id}`), result,
      el('p', {}, el('button', {type: 'button', class: 'primary', disabled: !tools.operator, onclick: () => redrive([letter.id], result, tools)}, 'Send again …'),
        !tools.operator && el('span', {class: 'faint'}, ' needs the role of an operator')),
      el('div', {class: 'card'}, figures([
        ['stage', letter.stage], ['reason', letter.reason, 'bad'], ['error', letter.error],
        ['from', `${letter.origin}-${letter.originPartition}@${letter.originOffset}`], ['key', letter.key],
        ['written', day(letter.writtenAt)], ['size', bytes(letter.bytes)],
        letter.redriven && ['sent again', `${day(letter.redriven.at)} to ${at(letter.redriven)} by ${letter.redriven.by}`],
        letter.passage && ['what became of it', letter.passage.sentence, letter.passage.settled ? letter.passage.good ? 'good' : 'bad' : ''],
      ])),
      el('p', {}, el('a', {href: '#/documents?' + new URLSearchParams({id: letter.key})}, 'Follow the document of this key')),
      el('h2', {}, 'Headers'), el('div', {class: 'card'}, figures(letter.headers.map(header => [header.name, header.value]))),
      letter.hex !== undefined && [el('h2', {}, letter.cut ? 'Bytes, the first of them' : 'Bytes'), el('pre', {tabindex: '0', 'aria-label': 'bytes'}, letter.hex),
        el('h2', {}, 'As text'), el('pre', {class: 'wrap', tabindex: '0', 'aria-label': 'text'}, letter.text)]);
  })().catch(problem => tools.failed(problem));
  return {};
}
