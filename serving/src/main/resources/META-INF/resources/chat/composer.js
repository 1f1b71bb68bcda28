// Where questions are written.

const TALLEST = 240;

export class Composer {
  #talk;
  #form = document.getElementById('compose');
  #field = document.getElementById('question');
  #send = document.getElementById('send');
  #stop = document.getElementById('stop');

  constructor(talk) {
    this.#talk = talk;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('input', () => this.#grow());
    this.#field.addEventListener('keydown', (event) => {
      // while an input method composes, Enter chooses a word
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#submit();
      }
    });
    this.#stop.addEventListener('click', () => talk.stop());
    talk.onChange(() => this.#update());
    this.#update();
  }

  focus() {
    this.#field.focus();
  }

  #submit() {
    const text = this.#field.value.trim();
    if (!text || this.#talk.busy) {
      return;
    }
    this.#field.value = '';
    this.#grow();
    this.#talk.ask(text);
  }

  #update() {
    const had = document.activeElement === this.#stop || document.activeElement === this.#send;
    this.#send.hidden = this.#talk.busy;
    this.#stop.hidden = !this.#talk.busy;
    this.#send.disabled = !this.#field.value.trim();
    if (had) {
      this.focus();
    }
  }

  #grow() {
    this.#field.style.height = 'auto';
    this.#field.style.height = `${Math.min(TALLEST, this.#field.scrollHeight)}px`;
    this.#send.disabled = !this.#field.value.trim();
  }
}
