// One call's conversation: what RTVI tells becomes lines on the page. Text only ever goes in as text.

const MOST_LINES = 1000;
const KEYS = /^[0-9*#A-D]+$/;
const FUNCTION_STATES = {
  running: "is running",
  asking: "waits for your answer",
  done: "has answered",
  cancelled: "was cancelled",
};

export function element(tag, classes = "", text = null) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== null) made.textContent = text;
  return made;
}

export class Talk {
  // list: the <ol>; aloud(text): for screen readers; since(date): how long into the call that was.
  constructor(list, { aloud, since }) {
    this.list = list;
    this.aloud = aloud;
    this.since = since;
    this.clear();
  }

  clear() {
    this.list.replaceChildren();
    this.segments = new Map();
    this.functions = new Map();
    this.interim = null;
    this.speaking = null;
    this.lastFinal = null;
    this.forCaller = null;
  }

  // The conversation so far, from a snapshot.
  fill(lines) {
    this.clear();
    for (const line of lines) {
      const at = new Date(line.timestamp);
      if (line.by) {
        this.saidForCaller(line, at);
      } else if (line.keys) {
        this.pressed(line.text, at);
      } else if (line.role === "user") {
        this.add("caller", "Caller", at).append(line.text);
        this.lastFinal = line.text;
      } else {
        const spoken = line.heard ?? line.text;
        const segment = this.segment(line.segment_id, at);
        this.paint(segment, spoken, line.text.slice(spoken.length));
        if (line.heard === undefined) segment.item.classList.add("silent");
        if (line.interrupted) this.cut(segment);
      }
    }
  }

  heard({ text, final, timestamp }) {
    // Words that were never understood stay where they were until there are new ones, further down.
    const item = this.interim?.closest("li");
    if (item && item !== this.list.lastElementChild) this.list.append(item);
    if (!final) {
      if (this.interim === null) this.interim = this.add("caller interim", "Caller", new Date());
      this.interim.replaceChildren(text);
      return;
    }
    const said = this.interim;
    this.interim = null;
    // A snapshot taken in this moment holds the words already.
    if (said === null && this.lastFinal === text && this.list.lastElementChild?.classList.contains("caller")) return;
    this.lastFinal = text;
    if (said === null) {
      this.add("caller", "Caller", new Date(timestamp || Date.now())).append(text);
    } else {
      said.replaceChildren(text);
      said.closest("li").classList.remove("interim");
    }
    this.aloud(`Caller: ${text}`);
  }

  // What a supervisor said or keyed in the caller's place; the dialogue is given it right after.
  saidForCaller({ by, text, keys }, at = new Date()) {
    this.forCaller = text;
    this.add(keys ? "caller keys" : "caller", `${by}, for the caller`, at).append(text);
    this.aloud(`${by}, for the caller: ${text}`);
  }

  // Keys are known by nothing else than their look when the dialogue is given them.
  given(text) {
    if (KEYS.test(text) && text !== this.forCaller) this.pressed(text);
    this.forCaller = null;
  }

  pressed(keys, at = new Date()) {
    this.add("caller keys", "Caller pressed", at).append(keys);
    this.aloud(`Caller pressed ${keys}`);
  }

  said(output) {
    const known = this.segments.has(output.segment_id);
    const segment = this.segment(output.segment_id, new Date());
    const progress = output.spoken_progress;
    if (progress) {
      this.paint(segment, progress.accumulated_text, progress.remaining_text);
    } else {
      this.paint(segment, output.text, "");
    }
    segment.item.classList.toggle("silent", output.will_be_spoken === false);
    const goes = output.spoken_status === "new" || output.spoken_status === "in-progress";
    this.speaks(goes && !segment.item.classList.contains("cut") ? segment : null);
    if (!known) this.aloud(`Bot: ${output.text}`);
  }

  interrupted() {
    if (this.speaking !== null) this.cut(this.speaking);
    this.speaks(null);
  }

  speaks(segment) {
    this.speaking?.item.classList.remove("speaking");
    segment?.item.classList.add("speaking");
    this.speaking = segment;
  }

  // state: running, done or cancelled; details: titles and values, undefined ones are left out.
  called(id, name, state, details) {
    let item = this.functions.get(id);
    if (item === undefined) {
      item = this.item("function", new Date());
      item.label = element("span", "label");
      item.append(item.label);
      item.details = {};
      this.functions.set(id, item);
    }
    item.name = name ?? item.name;
    this.marked(item, state);
    for (const [title, value] of Object.entries(details)) {
      // Who comes late is told in the snapshot, and once more when it is to be answered.
      if (value === undefined || title in item.details) continue;
      item.details[title] = value;
      const row = element("span", "detail");
      row.append(element("b", "", title), " ", element("code", "", shown(value)));
      item.append(row);
    }
    this.follow();
  }

  // A supervisor is to answer what runs: answer({ id, name, args, result }). Who sees no arguments is not asked.
  asks(answer) {
    for (const [id, item] of this.functions) {
      const args = item.details.with;
      if (item.dataset.state !== "running" || args === undefined) continue;
      this.marked(item, "asking");
      item.form = answerForm((result) => answer({ id, name: item.name, args, result }));
      item.append(item.form);
      this.aloud(`${item.name} waits for your answer`);
      this.follow();
    }
  }

  marked(item, state) {
    if (state === "running" && item.dataset.state === "asking") return;
    if (state !== "asking") item.form?.remove();
    item.dataset.state = state;
    item.label.replaceChildren(element("code", "", item.name ?? "a function"), ` ${FUNCTION_STATES[state]}`);
  }

  note(text, classes = "") {
    const item = this.item(`note ${classes}`, new Date());
    item.append(element("span", "label", text));
    this.aloud(text);
    this.follow();
  }

  segment(id, at) {
    let segment = this.segments.get(id);
    if (segment === undefined) {
      const text = this.add("bot", "Bot", at);
      segment = { text, item: text.closest("li") };
      if (id !== undefined) this.segments.set(id, segment);
    }
    return segment;
  }

  paint(segment, spoken, rest) {
    const space = rest.length - rest.trimStart().length;
    const parts = [element("span", "spoken", spoken + rest.slice(0, space)), element("span", "rest", rest.slice(space))];
    segment.text.replaceChildren(...parts);
    // The last words heard may be told after the interruption: then nothing was cut.
    if (rest === "") this.heal(segment);
    this.follow();
  }

  cut(segment) {
    segment.item.classList.add("cut");
    if (segment.item.querySelector(".mark") === null) {
      segment.text.after(element("p", "mark", "cut off here"));
    }
  }

  heal(segment) {
    segment.item.classList.remove("cut");
    segment.item.querySelector(".mark")?.remove();
  }

  add(classes, who, at) {
    const item = this.item(classes, at);
    const bubble = element("div", "bubble");
    const head = element("p", "head");
    const time = element("time", "", this.since(at));
    time.dateTime = at.toISOString();
    head.append(element("span", "name", who), " ", time);
    const text = element("p", "text");
    bubble.append(head, text);
    item.append(bubble);
    this.follow();
    return text;
  }

  item(classes, at) {
    const item = element("li", classes);
    item.title = at.toLocaleTimeString();
    this.stay = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight > 80;
    this.list.append(item);
    while (this.list.childElementCount > MOST_LINES) this.list.firstElementChild.remove();
    return item;
  }

  // Keeps the newest line in sight, unless somebody is reading further up.
  follow() {
    if (!this.stay) this.list.scrollTop = this.list.scrollHeight;
  }
}

// Yes, no, or what a supervisor writes: text, or an object as JSON.
function answerForm(send) {
  const form = element("form", "answer");
  const choice = (text, result) => {
    const button = element("button", "", text);
    button.type = "button";
    button.addEventListener("click", () => send(result));
    return button;
  };
  const other = element("input");
  other.placeholder = "or another answer";
  other.setAttribute("aria-label", "Another answer");
  form.append(choice("Approve", true), choice("Refuse", false), other, element("button", "", "Send"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (other.value.trim()) send(written(other.value.trim()));
  });
  return form;
}

function written(text) {
  try {
    return text.startsWith("{") ? JSON.parse(text) : text;
  } catch {
    return text;
  }
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
