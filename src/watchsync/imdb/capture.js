// Cut one IMDb page down to what is read from it, inside the browser, where that is cheap.
// source: the HTML of a fetched page, or null for the page that is open.
// Answers text: the reduced __NEXT_DATA__, an object, or the HTML, which begins with <, when that has no rows.
(source) => {
  const LARGEST_HTML = 3_000_000;
  const LONGEST_ARRAY = 12;
  const MOST_NODES = 20_000;
  const DEEPEST = 12;
  const CONTAINERS = ['titleListItemSearch', 'advancedTitleSearch'];
  const TEXT = { text: true };
  const NODE = { itemId: true, absolutePosition: true, createdDate: true };
  const CREDITS = { grouping: TEXT, category: TEXT, credits: { name: { nameText: TEXT } } };
  const ITEM = {
    id: true, titleText: TEXT, originalTitleText: TEXT, titleType: { id: true, canHaveEpisodes: true },
    releaseYear: { year: true, endYear: true }, releaseDate: { day: true, month: true, year: true },
    primaryImage: { url: true }, ratingsSummary: { aggregateRating: true, voteCount: true },
    runtime: { seconds: true }, certificate: { rating: true }, titleGenres: { genres: { genre: TEXT } },
    plot: { plotText: { plainText: true } }, metacritic: { metascore: { score: true } },
    series: { series: { id: true, titleText: TEXT, originalTitleText: TEXT, releaseYear: { year: true } } },
    productionStatus: { currentProductionStage: { id: true } },
    principalCredits: CREDITS, principalCreditsV2: CREDITS,
  };
  const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
  const pick = (value, names) => {
    if (!isObject(value)) return value;
    const kept = {};
    for (const name of names) if (name in value) kept[name] = value[name];
    return kept;
  };
  // The same by shape, down to what is read: each further 100 kB of an answer takes 10 ms. Null says nothing.
  const shaped = (value, shape) => {
    if (shape === true || value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.slice(0, LONGEST_ARRAY).map((each) => shaped(each, shape));
    const kept = {};
    for (const name in shape) {
      const inner = value[name];
      if (inner !== null && inner !== undefined) kept[name] = shaped(inner, shape[name]);
    }
    return kept;
  };

  const scriptText = () => {
    if (source === null) return document.getElementById('__NEXT_DATA__')?.textContent ?? null;
    const id = source.indexOf('id="__NEXT_DATA__"');
    if (id < 0) return null;
    const start = source.indexOf('>', id) + 1;
    const end = source.indexOf('</script>', start);
    return start > 0 && end > start ? source.slice(start, end) : null;
  };

  const find = (root) => {
    const waiting = [[root, 0]];
    for (let looked = 0; looked < MOST_NODES && looked < waiting.length; looked += 1) {
      const [value, depth] = waiting[looked];
      if (isObject(value)) for (const name of CONTAINERS) if (isObject(value[name])) return [name, value];
      if (depth < DEEPEST && waiting.length < MOST_NODES) {
        for (const each of Object.values(value)) if (each !== null && typeof each === 'object') waiting.push([each, depth + 1]);
      }
    }
    return null;
  };

  const reducedEdge = (edge) => {
    if (!isObject(edge)) return edge;
    const node = isObject(edge.node) ? edge.node : {};
    const item = [edge.listItem, edge.title, node.listItem, node.item, node.title].find(isObject);
    return { node: shaped(node, NODE), listItem: shaped(item ?? null, ITEM) };
  };

  const reduced = () => {
    const data = JSON.parse(scriptText());
    const props = data?.props?.pageProps ?? {};
    const page = pick(props, ['totalItems', 'showPrivateListMessaging']);
    page.aboveTheFoldData = pick(props.aboveTheFoldData, ['authorName', 'visibility', 'lastModifiedDate']);
    const found = find(props.mainColumnData ?? {}) ?? find(data);
    if (found) {
      const [name, holder] = found;
      const list = pick(holder, ['name', 'author', 'lastModifiedDate']);
      const edges = holder[name].edges;
      list[name] = pick(holder[name], ['total', 'pageInfo']);
      list[name].edges = Array.isArray(edges) ? edges.slice(0, 1000).map(reducedEdge) : edges;
      page.mainColumnData = { list };
      const usable = Array.isArray(edges) && (edges.length > 0 || list[name].total === 0);
      if (usable && list[name].edges.every((edge) => isObject(edge) && isObject(edge.listItem))) {
        return JSON.stringify({ props: { pageProps: page } });
      }
    }
    return page.showPrivateListMessaging === true ? JSON.stringify({ props: { pageProps: page } }) : null;
  };

  let nextData = null;
  try {
    nextData = reduced();
  } catch {
    nextData = null;
  }
  if (nextData !== null) return nextData;
  // Parsed by the browser, which lets nothing nest deeper than some 500 levels; no script of it runs.
  const page = source === null ? document : new DOMParser().parseFromString(source, 'text/html');
  return page.documentElement.outerHTML.slice(0, LARGEST_HTML);
}
