// Which keys does a page's own JSON have? No value of it: where a text, a number or a truth stands, its kind is said.
// source: the HTML of a fetched page, or null for the page that is open.
(source) => {
  const DEEPEST = 14;
  const MOST_KEYS = 60;
  const MOST_ENTRIES = 2;
  const MOST_NODES = 3000;
  let nodes = 0;
  const isName = (key) => /^(?:__)?[A-Za-z]+(?:_[A-Za-z]+)*(?:V\d)?$/.test(key) && key.length <= 40;
  const outlined = (value, depth) => {
    if (value === null || typeof value !== 'object') return value === null ? null : typeof value;
    nodes += 1;
    if (depth > DEEPEST || nodes > MOST_NODES) return 'more';
    if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((each) => outlined(each, depth + 1));
    const kept = {};
    for (const key of Object.keys(value).filter(isName).slice(0, MOST_KEYS)) {
      kept[key] = /^resources$/i.test(key) ? 'texts' : outlined(value[key], depth + 1);
    }
    return kept;
  };
  try {
    const of = source === null ? document : new DOMParser().parseFromString(source, 'text/html');
    const text = of.getElementById('__NEXT_DATA__')?.textContent;
    return text ? outlined(JSON.parse(text), 0) : null;
  } catch {
    return 'no JSON';
  }
}
