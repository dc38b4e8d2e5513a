// All callbacks of an official client, each of which tells its name and what it was given.
// Their names are made of the events': a client takes only those that it can enumerate.
export const callbacksOf = (official, tell) => {
  const names = Object.values(official.RTVIEvent).map((event) => "on" + event[0].toUpperCase() + event.slice(1));
  const spelled = names.flatMap((name) => [name, name.replace(/^onLlm/, "onLLM").replace(/^onUi/, "onUI")]);
  return Object.fromEntries(spelled.map((name) => [name, (data) => tell(name, data)]));
};
