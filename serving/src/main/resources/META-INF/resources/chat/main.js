// Puts the parts of the page together.
import { Conversations } from './conversations.js';
import { Models } from './models.js';
import { Sidebar } from './sidebar.js';
import { SourcePanel } from './source.js';
import { Talk } from './talk.js';
import { Composer } from './composer.js';
import { KeyDialog } from './key.js';
import { Watch } from './watch.js';
import { Api } from './api.js';

const byId = (id) => document.getElementById(id);

const api = new Api(new KeyDialog());
const conversations = new Conversations();
const watch = new Watch(api, byId('notice'), byId('spoken'));
const models = new Models(api, byId('model'), byId('documents-switch'), byId('documents'));
const sources = new SourcePanel(api);
const talk = new Talk({ api, conversations, models, sources, watch, spoken: byId('spoken') });
const composer = new Composer(talk);
const sidebar = new Sidebar(conversations, talk, composer);

function theme() {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const next = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
  root.dataset.theme = next;
  try {
    localStorage.setItem('millrace.theme', next);
  } catch {
    // it lasts as long as the page then
  }
}

byId('theme').addEventListener('click', theme);
document.addEventListener('keydown', (event) => {
  const writing = event.target.closest?.('input, textarea, select, dialog');
  if (event.key === '/' && !writing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    composer.focus();
  } else if (event.altKey && event.code === 'KeyN') {
    event.preventDefault();
    sidebar.begin();
  } else if (event.key === 'Escape' && !document.querySelector('dialog[open]')) {
    talk.stop();
    sidebar.close();
  }
});

watch.onReady(() => models.load());
watch.start();
await models.load();
sidebar.openNewest();
composer.focus();
