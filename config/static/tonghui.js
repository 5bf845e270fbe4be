// Tonghui's own script. Every page works without it; with it, forms and long
// work are more comfortable. A module of the page's own origin: the content
// security policy allows no other.

import { initAll } from "./build/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

/** Put the reader where something needs them: the list of errors, or a refusal. */
function focusFirstProblem() {
  const problem = document.querySelector(".govuk-error-summary, [data-focus]");
  if (problem) {
    problem.setAttribute("tabindex", "-1");
    problem.focus();
  }
}

/** Send a form once, however often an impatient finger presses. */
function preventDoubleSending(form) {
  let sentAt = 0;
  form.addEventListener("submit", (event) => {
    const now = Date.now();
    if (now - sentAt < 1500) {
      event.preventDefault();
    }
    sentAt = now;
  });
}

/** Send a filter form as soon as a choice in it changes: data-send-on-change. */
function sendOnChange(form) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, [type=radio], [type=checkbox]")) {
      form.requestSubmit();
    }
  });
}

/**
 * Follow a job's row. The server answers
 * {"done": 1200, "total": 5000, "text": "…", "finished": false};
 * the words are the server's, in the language of the page. A reader of the
 * screen hears every tenth, not every answer.
 */
class JobProgress {
  constructor(root) {
    this.bar = root.querySelector("progress");
    this.text = root.querySelector("[data-progress-text]");
    this.spoken = root.querySelector("[role=status]");
    this.url = root.dataset.pollUrl;
    this.wait = Number(root.dataset.pollSeconds || 3) * 1000;
    this.tenth = this.currentTenth();
    this.failures = 0;
    this.later();
  }

  currentTenth() {
    return Math.floor((10 * this.bar.value) / (this.bar.max || 1));
  }

  later() {
    window.setTimeout(() => this.ask(), this.wait * Math.min(2 ** this.failures, 10));
  }

  async ask() {
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" } });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      this.failures = 0;
      this.show(await answer.json());
    } catch {
      this.failures += 1;
      this.later();
    }
  }

  show(job) {
    this.bar.max = job.total || 1;
    this.bar.value = job.done;
    this.text.textContent = job.text;
    const tenth = this.currentTenth();
    if (tenth !== this.tenth || job.finished) {
      this.tenth = tenth;
      this.spoken.textContent = job.text;
    }
    if (!job.finished) {
      this.later();
    } else {
      window.location.reload();
    }
  }
}

focusFirstProblem();
document.querySelectorAll("form[method=post]").forEach(preventDoubleSending);
document.querySelectorAll("form[data-send-on-change]").forEach(sendOnChange);
document.querySelectorAll("[data-poll-url]").forEach((root) => new JobProgress(root));
