// Which page is shown, and the one stream of events that keeps it up to date.

import {el, fill} from '/console/dom.js';
import {events, get, setKey} from '/console/api.js';
import {ago} from '/console/format.js';
import {streamPage} from '/console/stream.js';
import {groupsPage} from '/console/groups.js';
import {documentsPage} from '/console/documents.js';
import {learningPage} from '/console/learning.js';
import {samplesPage, samplePage} from '/console/samples.js';
import {lettersPage, letterPage} from '/console/letters.js';

const PAGES = {
  stream: {page: streamPage, tab: 'stream'},
  groups: {page: groupsPage, tab: 'groups', groups: true},
  documents: {page: documentsPage, tab: 'documents'},
  learning: {page: learningPage, tab: 'learning'},
  samples: {page: samplesPage, tab: 'samples'},
  sample: {page: samplePage, tab: 'samples'},
  letters: {page: lettersPage, tab: 'letters'},
  letter: {page: letterPage, tab: 'letters'},
};

const main = document.getElementById('main');
const connection = document.getElementById('connection');
let shown = null;
let ending = null;
let newest = null;
let me = {operator: false, keyed: false};

function where() {
  const [name, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return {name: PAGES[name] ? name : 'stream', query: Object.fromEntries(new URLSearchParams(query))};
}

function show(focus) {
  const {name, query} = where();
  shown?.close?.();
  for (const link of document.querySelectorAll('#pages a')) {
    if (link.getAttribute('href') === '#/' + PAGES[name].tab) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  fill(main);
  shown = PAGES[name].page(main, query, {operator: me.operator, ask, failed});
  document.title = `${main.querySelector('h1')?.textContent ?? 'Console'} · Millrace`;
  if (newest) shown.live?.(newest);
  if (focus) {
    main.focus({preventScroll: true});
    scrollTo(0, 0);
  }
  follow(Boolean(PAGES[name].groups));
}

/** Asks before something is changed; resolves to true or false. */
function ask(title, body, yes) {
  const dialog = document.getElementById('confirm');
  document.getElementById('confirm-title').textContent = title;
  document.getElementById('confirm-yes').textContent = yes;
  fill(document.getElementById('confirm-body'), body);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), {once: true}));
}

/** Says what went wrong, where the page would be. */
function failed(problem, place = main) {
  if (problem.name === 'AbortError') return;
  if (problem.status === 401) {
    askForKey(problem.message);
    return;
  }
  place.append(el('p', {class: 'notice bad', role: 'alert'}, problem.message));
}

function askForKey(why) {
  const dialog = document.getElementById('key');
  if (dialog.open) return;
  document.getElementById('key-why').textContent = why;
  dialog.showModal();
  dialog.addEventListener('close', () => {
    setKey(document.getElementById('key-text').value.trim());
    document.getElementById('key-text').value = '';
    begin();
  }, {once: true});
}

/** Alarms stay where they are while their figures change; only new ones are read out. */
const standing = new Map();

function alarms(list) {
  const place = document.getElementById('alarms');
  const keys = new Set(list.map(alarm => `${alarm.name} ${alarm.subject}`));
  for (const [key, shown] of standing) {
    if (!keys.has(key)) {
      shown.element.remove();
      standing.delete(key);
    }
  }
  for (const alarm of list) {
    const key = `${alarm.name} ${alarm.subject}`;
    if (!standing.has(key)) {
      const sentence = el('span');
      const element = el('div', {class: 'alarm'},
        el('p', {}, el('strong', {}, alarm.name.replaceAll('-', ' ')), sentence), el('p', {class: 'faint'}, alarm.advice));
      standing.set(key, {element, sentence});
      place.append(element);
      document.getElementById('news').textContent = `${alarm.name.replaceAll('-', ' ')}: ${alarm.sentence}`;
    }
    standing.get(key).sentence.textContent = ` for ${ago(alarm.since).replace(' ago', '')}: ${alarm.sentence}.`;
  }
}

function state(text, kind) {
  if (connection.textContent !== text) connection.textContent = text;
  connection.className = kind;
}

async function follow(groups) {
  ending?.abort();
  const mine = ending = new AbortController();
  let pause = 500;
  while (!mine.signal.aborted) {
    try {
      await events('/console/api/live', groups ? {groups: 1} : {}, mine.signal, event => {
        pause = 500;
        newest = event;
        state(event.health === 'ready' ? 'live' : event.health, event.health === 'ready' ? 'live' : 'away');
        alarms(event.alarms);
        shown?.live?.(event);
      });
    } catch (problem) {
      if (mine.signal.aborted) return;
      if (problem.status === 401 || problem.status === 403) {
        state(problem.message, 'away');
        if (problem.status === 401) askForKey(problem.message);
        return;
      }
    }
    if (mine.signal.aborted) return;
    state('not connected, trying again', 'away');
    await new Promise(resolve => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, 10000);
  }
}

async function begin() {
  try {
    me = await get('/console/api/me');
  } catch (problem) {
    if (problem.status === 401) {
      askForKey(problem.message);
      return;
    }
    state(problem.message, 'away');
    if (problem.status === 403) {
      fill(main, el('h1', {}, 'No entry'), el('p', {}, problem.message));
      return;
    }
    setTimeout(begin, 2000);
    return;
  }
  show(false);
}

addEventListener('hashchange', () => show(true));
begin();
