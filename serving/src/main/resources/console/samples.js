// What the policy said, token by token, and what it got for it.

import {el, fill, figures, Table} from '/console/dom.js';
import {get} from '/console/api.js';
import {duration, number, time} from '/console/format.js';

const EDGES = [-0.05, -0.35, -1, -2.3, -4.6];
const WORDS = ['95 %', '70 %', '37 %', '10 %', '1 %', 'less'];

/** 0: the policy was sure; 5: it was not. */
const level = logProb => { const i = EDGES.findIndex(edge => logProb >= edge); return i < 0 ? 5 : i; };

export function samplesPage(main, query, {failed}) {
  const run = el('input', {type: 'text', id: 'of-run', value: query.run ?? '', autocomplete: 'off'});
  const purpose = el('select', {id: 'purpose'}, el('option', {value: ''}, 'all'), el('option', {value: 'TRAIN'}, 'training'), el('option', {value: 'EVAL'}, 'evaluation'));
  purpose.value = query.purpose ?? '';
  const table = new Table('Groups scored last', [
    {title: 'Task', value: row => row.taskId, cell: row => el('a', {href: '#/sample?' + new URLSearchParams({partition: row.partition, offset: row.offset}), 'data-focus': row.taskId}, row.taskId)},
    {title: 'Prompt', value: row => row.promptId, cell: row => row.promptId},
    {title: 'Purpose', value: row => row.purpose, cell: row => row.purpose.toLowerCase()},
    {title: 'Reward', number: true, value: row => row.reward ?? -Infinity, cell: row => row.failure ? el('span', {class: 'bad'}, row.failure) : number(row.reward)},
    {title: 'Samples', number: true, value: row => row.samples, cell: row => row.samples},
    {title: 'Tokens', number: true, value: row => row.tokens, cell: row => row.tokens},
    {title: 'Versions', number: true, value: row => row.newest, cell: row => row.newest < 0 ? '–' : row.oldest === row.newest ? row.newest : `${row.oldest} to ${row.newest}`},
    {title: 'Worker', value: row => row.worker, cell: row => row.worker},
    {title: 'Scored', number: true, value: row => row.scoredAt, cell: row => time(row.scoredAt)},
  ], {sort: 8, empty: 'nothing was sampled lately'});
  main.append(el('h1', {}, 'Samples'),
    el('form', {class: 'row', onsubmit: event => { event.preventDefault(); location.hash = '#/samples?' + new URLSearchParams({run: run.value.trim(), purpose: purpose.value}); }},
      el('label', {for: 'of-run'}, 'Run', run), el('label', {for: 'purpose'}, 'Purpose', purpose), el('button', {}, 'Show')),
    table.element);
  let reading = false;
  async function refresh() {
    if (reading) return;
    reading = true;
    try {
      table.update(await get('/console/api/samples', {run: query.run, purpose: query.purpose}));
    } catch (problem) {
      if (problem.status === 401) failed(problem);
    } finally {
      reading = false;
    }
  }
  refresh();
  const timer = setInterval(refresh, 2000);
  return {close: () => clearInterval(timer)};
}

/** Tokens that can be walked through with the arrow keys; what is chosen is said below. */
function tokens(sample) {
  const said = el('p', {class: 'faint', role: 'status'});
  const version = i => sample.segments.find(segment => i >= segment.start && i < segment.end)?.version;
  const spans = sample.tokens.map((text, i) => el('span', {
    class: `lp${level(sample.logProbs[i] ?? 0)}${i > 0 && version(i) !== version(i - 1) ? ' turn' : ''}`,
    'data-i': i,
  }, text));
  let chosen = -1;
  const choose = i => {
    if (i < 0 || i >= spans.length) return;
    spans[chosen]?.classList.remove('chosen');
    chosen = i;
    spans[i].classList.add('chosen');
    const logProb = sample.logProbs[i];
    said.textContent = `token ${i + 1} of ${spans.length}, “${sample.tokens[i]}”: log-probability ${number(logProb)}, probability ${(100 * Math.exp(logProb)).toFixed(1)} %, written by version ${version(i) ?? 'unknown'}`;
  };
  const place = el('div', {
    class: 'tokens', tabindex: '0', role: 'group', 'aria-label': 'Completion; the arrow keys go from token to token',
    onclick: event => choose(Number(event.target.closest('[data-i]')?.dataset.i ?? -1)),
    onkeydown: event => {
      const to = {ArrowRight: chosen + 1, ArrowLeft: chosen - 1, Home: 0, End: spans.length - 1}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose(to);
    },
  }, spans);
  return [place, said];
}

const legend = () => el('p', {class: 'legend'}, 'probability at least', WORDS.map((word, i) => el('i', {class: `lp${i}`}, word)), 'a bar: another version went on');

export function samplePage(main, query, {failed}) {
  main.append(el('h1', {}, 'Samples of a task'));
  (async () => {
    const group = await get('/console/api/sample', {partition: query.partition, offset: query.offset});
    fill(main, el('h1', {}, 'Samples of a task'),
      el('div', {class: 'card'}, figures([
        ['task', group.taskId], ['run', `${group.run}, issued by step ${group.step}`], ['purpose', group.purpose.toLowerCase()],
        ['prompt', group.promptId], ['policy', group.policy], ['temperature', number(group.temperature)],
        ['sampled by', group.worker + (group.delivery > 1 ? `, delivery ${group.delivery}` : '')], ['scored by', group.rewardWorker],
        (group.failure || group.scoreFailure) && ['failure', group.failure ?? group.scoreFailure, 'bad'],
      ]), el('p', {}, el('a', {href: '#/documents?' + new URLSearchParams({task: group.taskId})}, 'Follow this task'))),
      el('h2', {}, 'Prompt'),
      group.prompt.map(message => el('div', {class: 'card'}, el('div', {class: 'role'}, message.role), el('pre', {class: 'wrap', tabindex: '0'}, message.content))),
      group.answer !== null && el('p', {}, 'Reference: ', el('code', {}, group.answer)),
      el('h2', {}, 'Completions'), legend(),
      [...group.samples].map((sample, i) => el('article', {class: 'card', 'aria-label': `completion ${i + 1}`},
        el('h3', {}, `Completion ${i + 1}`, sample.reward !== undefined && ` · reward ${number(sample.reward)}`),
        tokens(sample),
        sample.tokens[0]?.startsWith('⟨') && el('pre', {class: 'wrap', tabindex: '0', 'aria-label': 'the whole text'}, sample.text),
        figures([...Object.entries(sample.components ?? {}).map(([name, value]) => [name, number(value)]),
          ['ended', sample.finish.toLowerCase()], ['tokens', String(sample.tokens.length)], ['took', duration(sample.seconds)],
          ['versions', sample.segments.map(segment => `${segment.version} (tokens ${segment.start + 1} to ${segment.end})`).join(', ')]]))));
  })().catch(failed);
  return {};
}
