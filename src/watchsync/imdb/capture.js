// Cut one IMDb page down to what is read from it, inside the browser, where that is cheap.
// source: the HTML of a fetched page, or null for the page that is open.
// Answers text: the reduced __NEXT_DATA__, an object, or the HTML, which begins with <, when that has no rows.
(source) => {
  const LARGEST_HTML = 3_000_000;
  const LONGEST_ARRAY = 12;
  const MOST_NODES = 20_000;
  const DEEPEST = 12;
  const CONTAINERS = ['titleListItemSearch', 'advancedTitleSearch'];
  const FACTS = ['authorName', 'authorId', 'authorProfileId', 'listId', 'visibility', 'lastModifiedDate'];
  const RATED = 'dli-user-list-item-date-added';
  const UNSEEN = 'script:not([type="application/ld+json"]), style, svg, link, template, noscript, [hidden]';
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

  // An edge may be null or of another shape: it is one row that cannot be read, and costs no other.
  const reducedEdge = (edge) => {
    if (!isObject(edge)) return null;
    const node = isObject(edge.node) ? edge.node : {};
    const item = [edge.listItem, edge.title, node.listItem, node.item, node.title].find(isObject);
    return { node: shaped(node, NODE), listItem: shaped(item ?? null, ITEM) };
  };

  // The day of each rating, by title: only the shown rows tell it.
  const ratedOn = () => {
    const days = {};
    if (source === null) {
      for (const shown of document.querySelectorAll(`.${RATED}`)) {
        const link = shown.closest('li')?.querySelector('a[href*="/title/tt"]')?.getAttribute('href');
        const id = /\/title\/(tt\d+)/.exec(link ?? '')?.[1];
        if (id) days[id] = shown.textContent.slice(0, 60);
      }
      return days;
    }
    for (let at = source.indexOf(RATED); at >= 0; at = source.indexOf(RATED, at + 1)) {
      const near = source.slice(at, at + 2_000);
      const day = /^[^>]*>([^<]{1,60})</.exec(near)?.[1];
      const id = /\/title\/(tt\d+)/.exec(near)?.[1];
      if (day && id) days[id] = day;
    }
    return days;
  };

  const reduced = () => {
    const data = JSON.parse(scriptText());
    const props = data?.props?.pageProps ?? {};
    const page = pick(props, ['totalItems', 'showPrivateListMessaging', 'listType']);
    page.aboveTheFoldData = pick(props.aboveTheFoldData, FACTS);
    const main = props.mainColumnData;
    const found = find(main ?? {}) ?? find(data);
    if (found) {
      const [name, holder] = found;
      const list = pick(holder, ['name', 'author', 'lastModifiedDate', 'listType']);
      const edges = holder[name].edges;
      list[name] = pick(holder[name], ['total', 'pageInfo']);
      list[name].edges = Array.isArray(edges) ? edges.slice(0, 1000).map(reducedEdge) : null;
      page.mainColumnData = { list };
      if (name === 'advancedTitleSearch') page.ratedOn = ratedOn();
      const hasRows = (list[name].edges ?? []).some((edge) => /^tt\d+$/.test(edge?.listItem?.id));
      const isEmpty = Array.isArray(edges) && edges.length === 0 && [list[name].total, props.totalItems].includes(0);
      if (hasRows || isEmpty) return page;
    }
    if (isObject(main)) page.mainColumnData = { list: { listType: listTypeIn(main) } };
    return isNamedState(page) ? page : null;
  };

  const listTypeIn = (main) => [main, ...Object.values(main)].find((each) => isObject(each?.listType))?.listType ?? null;

  const isNamedState = (page) => {
    const type = page.listType?.id ?? page.mainColumnData?.list?.listType?.id ?? 'TITLES';
    const visibility = page.aboveTheFoldData?.visibility;
    return type !== 'TITLES' || page.showPrivateListMessaging === true || (visibility?.id ?? visibility) === 'PRIVATE';
  };

  // A text that was cut in the middle of a surrogate pair would be no JSON for strict parsers.
  const written = (page) => {
    const text = JSON.stringify({ props: { pageProps: page } });
    return text.includes('\\ud') ? text.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\ufffd') : text;
  };

  let page = null;
  try {
    page = reduced();
  } catch {
    page = null;
  }
  if (page !== null) return written(page);
  // Parsed by the browser, which lets nothing nest deeper than some 500 levels; no script of it runs. What nobody sees
  // is left behind, the texts of every state among it.
  const shown = (source === null ? document : new DOMParser().parseFromString(source, 'text/html')).cloneNode(true);
  for (const unseen of shown.querySelectorAll(UNSEEN)) unseen.remove();
  return shown.documentElement.outerHTML.slice(0, LARGEST_HTML).replace(/^[^<]*/, '');
}
