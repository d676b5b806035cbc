// Cut one IMDb page down to what is read from it, inside the browser, where that is cheap.
// source: the HTML of a fetched page, or null for the page that is open.
// Answers text: the reduced __NEXT_DATA__, an object, or the HTML, which begins with <, when that has no rows.
(source) => {
  const LARGEST_HTML = 3_000_000;
  const LONGEST_ARRAY = 12;
  const MOST_NODES = 20_000;
  const DEEPEST = 12;
  const CONTAINERS = ['titleListItemSearch', 'advancedTitleSearch'];
  const OTHER_CONTAINERS = ['nameListItemSearch', 'imageItems'];
  const LONGEST_TEXT = 16_000;
  const MOST_GONE = 5;
  const RATED = 'dli-user-list-item-date-added';
  const ROW = 'ipc-metadata-list-summary-item';
  const UNSEEN = 'script:not([type="application/ld+json"]), style, svg, link, template, noscript, dialog:not([open]), ' +
    '[hidden]:not(html):not(body), [style*="display:none"]:not(html):not(body), ' +
    '[style*="display: none"]:not(html):not(body)';
  const TEXT = { text: true };
  const TYPE = { id: true };
  const ABOVE = {
    authorName: true, authorId: true, authorProfileId: true, listId: true, visibility: TYPE, lastModifiedDate: true,
  };
  const PAGE = { totalItems: true, showPrivateListMessaging: true, listType: TYPE, aboveTheFoldData: ABOVE };
  const LIST = { name: { originalText: true }, author: { username: TEXT }, lastModifiedDate: true, listType: TYPE };
  const CONTAINER = { total: true, pageInfo: { hasNextPage: true } };
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
  // Down to what is read: each further 100 kB of an answer takes 10 ms. Null says nothing, and nothing is where a text
  // or a number should be and is neither: one value without end would cost all others.
  const shaped = (value, shape) => {
    if (typeof value === 'string') return value.slice(0, LONGEST_TEXT);
    if (value === null || typeof value !== 'object') return value;
    if (shape === true) return null;
    if (Array.isArray(value)) {
      return value.slice(0, LONGEST_ARRAY).map((each) => (Array.isArray(each) ? null : shaped(each, shape)));
    }
    const kept = {};
    for (const name in shape) {
      const inner = value[name];
      if (inner !== null && inner !== undefined) kept[name] = shaped(inner, shape[name]);
    }
    return kept;
  };

  // Parsed by the browser, which lets nothing nest deeper than some 500 levels; no script of it runs.
  let parsed = source === null ? document : null;
  const html = () => (parsed ??= new DOMParser().parseFromString(source, 'text/html'));

  const nextData = () => {
    const id = source?.indexOf('id="__NEXT_DATA__"') ?? -1;
    const start = id < 0 ? 0 : source.indexOf('>', id) + 1;
    const end = start > 0 ? source.indexOf('</script>', start) : -1;
    try {
      if (end > start) return JSON.parse(source.slice(start, end));
    } catch {
      // Other words of the page may look like it.
    }
    return JSON.parse(html().getElementById('__NEXT_DATA__')?.textContent ?? 'null');
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
      const row = source.lastIndexOf(ROW, at);
      const next = source.indexOf(ROW, at);
      const day = /^[^>]*>([^<]{1,60})</.exec(source.slice(at, at + 200))?.[1];
      const id = row < 0 ? null : /\/title\/(tt\d+)/.exec(source.slice(row, next < 0 ? at + 8_000 : next))?.[1];
      if (day && id) days[id] = day;
    }
    return days;
  };

  const reduced = () => {
    const data = nextData();
    const props = isObject(data?.props?.pageProps) ? data.props.pageProps : {};
    const page = shaped(props, PAGE);
    const main = props.mainColumnData;
    const found = (isObject(main) ? find(main) : null) ?? find(data);
    if (found) {
      const [name, holder] = found;
      const list = shaped(holder, LIST);
      const edges = holder[name].edges;
      list[name] = shaped(holder[name], CONTAINER);
      list[name].edges = Array.isArray(edges) ? edges.slice(0, 1000).map(reducedEdge) : null;
      page.mainColumnData = { list };
      if (name === 'advancedTitleSearch') page.ratedOn = ratedOn();
      const hasRows = (list[name].edges ?? []).some((edge) => /^tt\d+$/.test(edge?.listItem?.id));
      const isEmpty = Array.isArray(edges) && edges.length === 0 && [list[name].total, props.totalItems].includes(0);
      if (hasRows || isEmpty || (areGone(edges) && !showsTitles())) return page;
    }
    const holders = isObject(main) ? [main, ...Object.values(main).filter(isObject)] : [];
    page.mainColumnData = Object.fromEntries(holders.map((each, place) => [place, saidBy(each)]));
    return isNamedState(page) ? page : null;
  };

  // Edges of titles that IMDb has no more; it shows nothing for them either.
  const areGone = (edges) => Array.isArray(edges) && edges.length > 0 && edges.length <= MOST_GONE && edges.every(isGone);
  const isGone = (edge) => {
    const node = isObject(edge?.node) ? edge.node : {};
    const places = [[edge ?? {}, 'listItem'], [edge ?? {}, 'title'], [node, 'listItem'], [node, 'item'], [node, 'title']];
    if (places.some(([holder, name]) => (holder[name] ?? null) !== null)) return false;
    return edge === null || 'itemId' in node || places.some(([holder, name]) => isObject(holder) && name in holder);
  };
  const showsTitles = () => html().querySelector(`li.${ROW} a[href*="/title/tt"]`) !== null;

  // What a holder of rows says of what the list holds.
  const saidBy = (holder) => {
    const said = shaped(holder, { listType: TYPE });
    for (const name of OTHER_CONTAINERS) if (isObject(holder[name])) said[name] = {};
    return said;
  };

  const isNamedState = (page) => {
    const said = [page, ...Object.values(page.mainColumnData)];
    const types = said.map((each) => each.listType?.id).filter((id) => /^[A-Z][A-Z_]{0,40}$/.test(id ?? ''));
    const isOther = types.length > 0
      ? types.some((id) => id !== 'TITLES')
      : said.some((each) => OTHER_CONTAINERS.some((name) => name in each));
    const visibility = page.aboveTheFoldData?.visibility;
    return isOther || page.showPrivateListMessaging === true || (visibility?.id ?? visibility) === 'PRIVATE';
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
  // What nobody sees is left behind, the texts of every state among it.
  const shown = source === null ? document.cloneNode(true) : html();
  for (const unseen of shown.querySelectorAll(UNSEEN)) unseen.remove();
  const markup = shown.documentElement?.outerHTML.slice(0, LARGEST_HTML).replace(/^[^<]*/, '') ?? '';
  return markup.toWellFormed?.() ?? markup;
}
