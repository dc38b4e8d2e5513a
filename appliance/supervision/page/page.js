// The page: the house's calls on the left, one call's conversation on the right; everything comes over RTVI.

import { Connection } from "./rtvi.js";
import { Talk, element } from "./talk.js";

const LINGER_MS = 20000;
const LOOK_MS = 5000;
const MOST_MEASURES = 8;
const STATES = {
  connecting: "Connecting",
  live: "Connected",
  lost: "Connection lost, trying again",
  ended: "Disconnected",
  "signed-out": "Signed out: please sign in again",
};

const SPEAKERS = { bot: "Bot", caller: "Caller", supervisor: "Supervisor" };

const find = (id) => document.getElementById(id);
const calls = new Map();
const rows = new Map();
let watched = null; // { id, connection, over }

const talk = new Talk(find("talk"), {
  aloud: (text) => find("aloud").replaceChildren(text),
  since: (at) => clock(at - new Date(calls.get(watched?.id)?.started_at ?? at)),
});

// The list of calls

const house = new Connection("/rtvi", {
  onMessage: ({ type, data }) => type === "server-message" && houseEvents[data.type]?.(data),
  onState: (state) => {
    find("link").dataset.state = state;
    find("link").textContent = STATES[state];
    if (state === "signed-out") location.reload();
  },
});

const houseEvents = {
  snapshot(data) {
    for (const id of calls.keys()) calls.get(id).state !== "ended" && forget(id);
    data.calls.forEach(update);
    draw();
    route();
  },
  "call-started": ({ call }) => (update(call), draw()),
  "call-updated": ({ call }) => (update(call), draw()),
  "call-ended"({ call_id: id, outcome }) {
    const call = calls.get(id);
    if (call === undefined) return;
    update({ ...call, state: "ended", speaking: null, outcome, ended_at: Date.now() });
    setTimeout(() => (forget(id), draw()), LINGER_MS);
    draw();
  },
};

function update(call) {
  calls.set(call.call_id, { ...calls.get(call.call_id), ...call });
}

function forget(id) {
  calls.delete(id);
  rows.get(id)?.remove();
  rows.delete(id);
}

function draw() {
  for (const call of calls.values()) drawRow(call);
  const live = [...calls.values()].filter((call) => call.state !== "ended").length;
  find("count").textContent = live;
  find("none").hidden = calls.size > 0;
  document.title = live ? `(${live}) Live calls` : "Live calls";
  if (watched !== null && calls.has(watched.id)) drawAbout(calls.get(watched.id));
}

function drawRow(call) {
  let row = rows.get(call.call_id);
  if (row === undefined) {
    row = element("li");
    rows.set(call.call_id, row);
    const link = element("a", "row");
    link.href = `#${encodeURIComponent(call.call_id)}`;
    for (const part of ["number", "age", "plan", "state", "words"]) link.append(element("span", part));
    row.append(link);
    find("calls").prepend(row);
  }
  const link = row.firstElementChild;
  const [number, age, plan, state, words] = link.children;
  if (watched?.id === call.call_id) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  link.classList.toggle("over", call.state === "ended");
  number.textContent = call.from || "unknown number";
  age.textContent = duration(call);
  plan.textContent = call.dialplan;
  showState(state, call);
  const last = call.last_words;
  words.textContent = last ? `${SPEAKERS[last.who]}: ${last.text}` : "Nothing said yet";
}

function showState(place, call) {
  const asks = call.waits?.for === "function";
  const speaker = call.state === "live" && !call.taken_over_by && !asks ? call.speaking : null;
  const text = speaker ? `${speaker === "bot" ? "Bot" : "Caller"} speaks` : stateOf(call);
  if (place.textContent !== text) place.replaceChildren(...(speaker ? [wave()] : []), text);
  place.dataset.who = speaker ?? (asks ? "asks" : "");
}

// What a call waits for, in a supervisor's words; its caller is waited for most of the time.
const WAITS = { engine: "Bot thinks", function: "Asks a supervisor", line: "Line lost", transfer: "Passed on" };

function stateOf(call) {
  if (call.state === "ended") return call.outcome ?? "ended";
  if (call.taken_over_by) return `Taken over by ${call.taken_over_by}`;
  const waits = WAITS[call.waits?.for];
  if (waits) return `${waits}${waited(call.waits)}`;
  return call.muted ? "Caller muted" : "Quiet";
}

function waited({ since }) {
  const secs = Math.floor((Date.now() - new Date(since)) / 1000);
  return secs >= 3 ? `, ${secs} s` : "";
}

function wave() {
  const wave = element("i", "wave");
  wave.setAttribute("aria-hidden", "true");
  wave.append(element("i"), element("i"), element("i"));
  return wave;
}

// What other supervisors do; what has no words here is shown as the protocol calls it.
const DEEDS = {
  "send-text": "spoke for the caller",
  dtmf: "pressed keys for the caller",
  "llm-function-call-result": "answered a function",
  "disconnect-bot": "ended the call",
  "action tts:say": "had the bot say something",
  "action tts:interrupt": "cut the bot off",
  "action call:hangup": "ended the call",
  "action call:transfer": "passed the caller on",
  "action call:take_over": "took the call over",
  "action call:hand_back": "handed the call back to the bot",
  "action call:mute": "muted the caller",
  "action call:unmute": "unmuted the caller",
  "action dialogue:append": "whispered to the bot",
  "action dialogue:run": "had the bot go on",
};

function deed({ who, what, outcome }) {
  if (outcome !== "done") talk.note(`${who}: ${what} (${outcome})`, "deed refused");
  else talk.note(what in DEEDS ? `${who} ${DEEDS[what]}` : `${who}: ${what}`, "deed");
}

// One call

function watch(id) {
  if (watched?.id === id) return;
  watched?.connection?.close();
  watched = null;
  talk.clear();
  find("measures").replaceChildren();
  document.body.classList.toggle("watching", id !== null);
  find("open").hidden = id === null;
  find("choose").hidden = id !== null;
  if (id !== null) {
    watched = { id, over: false, connection: null };
    const mine = watched;
    watched.connection = new Connection(`/rtvi/${encodeURIComponent(id)}`, {
      onMessage: (received) => mine === watched && take(received),
      onState: (state) => mine === watched && linked(state),
    });
    find("call").focus({ preventScroll: true });
  }
  draw();
}

function linked(state) {
  find("open").dataset.link = state;
  if (state === "ended" || (state === "lost" && !isLive(watched.id))) {
    watched.connection.close();
    if (!watched.over) ended({});
  }
}

function isLive(id) {
  return calls.has(id) && calls.get(id).state !== "ended";
}

function ended({ outcome, duration_secs: secs }) {
  watched.over = true;
  const time = secs === undefined ? "" : ` after ${clock(secs * 1000)}`;
  talk.note(outcome ? `The call has ended${time}: ${outcome}` : "This call is over", "end");
}

function take({ type, data }) {
  if (type === "server-message") callEvents[data.type]?.(data);
  else events[type]?.(data ?? {});
}

const callEvents = {
  snapshot({ call, conversation, functions }) {
    update(call);
    draw();
    talk.fill(conversation);
    functions.forEach(events["llm-function-call-in-progress"]);
  },
  "call-updated": ({ call }) => (update(call), draw()),
  "call-ended": ended,
  "supervisor-acted": deed,
  "said-for-caller": (data) => talk.saidForCaller(data),
  "events-dropped": ({ counts }) =>
    talk.note(`Some events were skipped: ${Object.values(counts).reduce((sum, count) => sum + count, 0)}`),
};

const events = {
  "user-transcription": (data) => talk.heard(data),
  "bot-output": (data) => talk.said(data),
  "bot-interrupted": () => talk.interrupted(),
  "bot-stopped-speaking": () => talk.speaks(null),
  "user-llm-text": ({ text }) => talk.given(text),
  "llm-function-call-in-progress"(data) {
    talk.called(data.tool_call_id, data.function_name, "running", { with: data.arguments });
    ask(calls.get(watched.id));
  },
  "llm-function-call-stopped": (data) =>
    talk.called(data.tool_call_id, data.function_name, data.cancelled ? "cancelled" : "done", { result: data.result }),
  error: (data) => talk.note(`Error: ${data.error ?? data.message}`, "error"),
  "error-response": ({ error }) => talk.note(error, "error"),
  metrics: measure,
};

function ask(call) {
  if (call?.waits?.for === "function") talk.asks(answer);
}

function answer({ id, name, args, result }) {
  const data = { function_name: name, tool_call_id: id, arguments: args, result };
  watched.connection.say("llm-function-call-result", data);
}

function measure({ ttfb = [] }) {
  for (const { processor, value } of ttfb) {
    showMeasure(processor, `${String(processor).split("#")[0]}, first result`, `${Math.round(value * 1000)} ms`);
  }
}

function showMeasure(id, title, value) {
  const list = find("measures");
  let item = [...list.children].find((known) => known.dataset.id === id);
  if (item === undefined) {
    if (list.childElementCount >= MOST_MEASURES) return;
    item = element("li");
    item.dataset.id = id;
    item.append(element("span", "title", title), element("b"));
    if (id === "latency") list.prepend(item);
    else list.append(item);
  }
  item.lastElementChild.textContent = value;
}

function drawAbout(call) {
  find("from").textContent = call.from || "Unknown number";
  const started = new Date(call.started_at).toLocaleTimeString([], { timeStyle: "short" });
  const facts = [call.dialplan, `to ${call.to}`, `since ${started}`, duration(call)];
  if (call.recording) facts.push("being recorded");
  find("facts").replaceChildren(...facts.map((fact) => element("span", "", fact)));
  showState(find("now"), call);
  ask(call);
  if (call.latency_ms != null) showMeasure("latency", "Reply after turn", `${Math.round(call.latency_ms)} ms`);
}

// Times

function duration(call) {
  return clock((call.ended_at ?? Date.now()) - new Date(call.started_at));
}

function clock(ms) {
  const secs = Math.max(0, Math.floor(ms / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(secs / 3600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(secs / 60) % 60)}:${two(secs % 60)}`;
}

// What the address names is what is watched

function route() {
  const id = decodeURIComponent(location.hash.slice(1));
  watch(id === "" ? null : id);
}

find("example").textContent = `appliance call ${location.origin}/twilio/voice`;
find("latest").addEventListener("click", () => find("talk").lastElementChild?.scrollIntoView());
find("talk").addEventListener("scroll", ({ target }) => {
  find("latest").hidden = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
  talk.stay = !find("latest").hidden;
});
// What the operator has to mend

const ROLES = { transcriber: "Recogniser", synthesizer: "Voice", llm: "Language model" };

async function drawTrouble() {
  const reply = await fetch("/health/ready").catch(() => null);
  if (reply === null) return;
  const { refused_dialplans: refused, engines } = await reply.json();
  const lines = engines.filter(({ state }) => state !== "up").map(({ role, engine, since }) =>
    `${ROLES[role]} ${engine} has been out of order since ${new Date(since).toLocaleTimeString()}, and is tried again.`);
  if (refused.length > 0) lines.push("Dialplans with mistakes are not taken:", ...refused);
  find("trouble").hidden = lines.length === 0;
  find("trouble").textContent = lines.join("\n");
}

// Messages that callers left

async function drawMessages() {
  const reply = await fetch("/api/messages?limit=20").catch(() => null);
  if (reply === null || !reply.ok) return;
  const { messages } = await reply.json();
  find("messages").hidden = messages.length === 0;
  const list = find("messages").querySelector("ul");
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  list.replaceChildren(...messages.map((message) => known.get(idOf(message)) ?? messageItem(message)));
}

const idOf = ({ call, number }) => `/api/calls/${encodeURIComponent(call.call_id)}/messages/${number}`;

function messageItem(message) {
  const { call, started_at: at, secs, transcript } = message;
  const item = element("li", "message");
  item.dataset.id = idOf(message);
  const when = new Date(at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  item.append(element("b", "number", call.caller || "unknown number"), element("span", "age", clock(secs * 1000)));
  item.append(element("span", "plan", `${call.dialplan}, ${when}`));
  if (transcript) item.append(element("span", "words", transcript));
  const sound = element("audio");
  Object.assign(sound, { controls: true, preload: "none", src: idOf(message) });
  sound.setAttribute("aria-label", `Message of ${call.caller || "unknown number"}`);
  item.append(sound);
  return item;
}

addEventListener("hashchange", route);
addEventListener("pagehide", () => house.close());
setInterval(draw, 1000);
setInterval(drawTrouble, LOOK_MS);
drawTrouble();
setInterval(drawMessages, LOOK_MS);
drawMessages();
