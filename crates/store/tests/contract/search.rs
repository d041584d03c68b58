//! Looking for words: both databases find what a scan of the text finds.

use regulation::general::{Mandate, Role, Scope, Subject, Verb};
use store::Error;
use store::general::{Found, Indexed, Looking, SearchQuery};

use crate::common::{CITY, COUNTY, Db, OTHER_CITY, act, allowed, day, of_province};

const FIRST: (i64, i64) = (i64::MAX, i64::MAX);
const NOUNS: [&str; 5] = ["warning", "notice", "entry", "attachment", "publication"];

fn mandate() -> Mandate {
    allowed(&of_province(Role::ProvinceClerk), Verb::RecordProbe, &Subject::whole("search_document", 0))
}

fn of<'t>(id: i64, title: &'t str, body: &'t str) -> Indexed<'t> {
    Indexed { noun: "warning", id, on_day: day(9, 1), city: "", county: None, station: None, open: false, title, body }
}

async fn index(db: &Db, texts: &[Indexed<'_>]) {
    act(db, &mandate(), async |tx| {
        for text in texts {
            tx.index_text(text).await?;
        }
        Ok(())
    })
    .await
    .expect("indexed");
}

fn everywhere(words: &SearchQuery) -> Looking<'_> {
    Looking { scope: &Scope::All, open_only: false, nouns: &NOUNS, words }
}

async fn found(db: &Db, words: &str) -> Found {
    let query = SearchQuery::parse(words).expect("words");
    db.store.search(everywhere(&query), "", FIRST, 1000).await.expect("found")
}

/// Keys of what was found, in order; the count says the same.
async fn ids(db: &Db, words: &str) -> Vec<i64> {
    let found = found(db, words).await;
    let mut ids: Vec<i64> = found.hits.iter().map(|hit| hit.noun_id).collect();
    ids.sort_unstable();
    assert_eq!(found.count(), i64::try_from(ids.len()).expect("few"), "{words}");
    ids
}

async fn a_word_is_found_wherever_it_stands(db: &Db) {
    index(
        db,
        &[
            of(1, "欧盟对全钢载重轮胎发起反倾销调查", "案号A-570-084，税号4011.20。"),
            of(2, "轮、胎", "2027年度轮胎出口；R134a制冷剂"),
            of(3, "关于橡胶", "胎面胶。全钢\n载重子午线轮\n胎，New TYRES of Décor"),
            of(4, "轮", "胎"),
        ],
    )
    .await;
    for (words, expected) in [
        ("轮胎", vec![1, 2, 3]),
        ("载重轮胎", vec![1]),
        ("全钢载重", vec![1, 3]),
        ("胎轮", vec![]),
        ("轮、胎", vec![2]),
        ("轮，胎", vec![2]),
        ("A-570-084", vec![1]),
        ("ａ 570", vec![1]),
        ("a–570–08", vec![1]),
        ("A570", vec![]),
        ("570", vec![1]),
        ("70", vec![]),
        ("4011", vec![1]),
        ("4011.2", vec![1]),
        ("011.20", vec![]),
        ("2027年度轮胎", vec![2]),
        ("2027", vec![2]),
        ("27年度", vec![]),
        ("年度轮胎出口", vec![2]),
        ("r134A", vec![2]),
        ("R134", vec![2]),
        ("134a", vec![]),
        ("R134a制", vec![2]),
        ("R134制", vec![]),
        ("出口；R", vec![2]),
        ("出口r134a", vec![]),
        ("tyre", vec![3]),
        ("yres", vec![]),
        ("decor", vec![3]),
        ("newtyres", vec![]),
        ("轮胎 橡胶", vec![3]),
        ("橡胶 轮胎 全钢", vec![3]),
        ("轮胎 A-570", vec![1]),
        ("轮胎 胎轮", vec![]),
        ("轮", vec![1, 2, 4]),
        ("胎", vec![1, 2]),
        ("轮 胎面", vec![]),
        ("、轮胎。", vec![1, 2, 3]),
    ] {
        assert_eq!(ids(db, words).await, expected, "{words}");
    }
}

#[test]
fn an_empty_query_looks_for_nothing() {
    for words in ["", "  \u{3000}\n", "。", "-- — ……", "\u{e002}"] {
        assert_eq!(SearchQuery::parse(words), None, "{words:?}");
    }
    assert_eq!(SearchQuery::parse("、 轮胎 -").expect("a word").words(), ["轮胎"]);
}

/// SplitMix64: the same texts every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("small")
    }

    fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| ALPHABET[self.below(ALPHABET.len())]).collect()
    }
}

/// Few enough that words come together by chance; as they are written, of what kind, and folded.
const ALPHABET: [char; 24] = [
    '轮', '轮', '轮', '胎', '胎', '胎', '⼯', '工', 'か', 'a', 'A', 'ａ', 'é', 'e', '1', '１', '2', '-', '、', '。',
    '.', ' ', '　', '\n',
];

/// The text as a person would fold it: signs as `|`, white space only between words in letters.
fn folded(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            'A' | 'ａ' => 'a',
            'é' => 'e',
            '⼯' => '工',
            '１' => '1',
            '-' | '、' | '。' | '.' => '|',
            '　' | '\n' => ' ',
            c => c,
        })
        .collect();
    let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let mut result = String::new();
    let mut rest = plain.as_str();
    while let Some(c) = rest.chars().next() {
        if c != '|' && c != ' ' {
            result.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let after = rest.trim_start_matches(['|', ' ']);
        let between = &rest[..rest.len() - after.len()];
        if between.contains('|') || (word(result.chars().next_back()) && word(after.chars().next())) {
            result.push('|');
        }
        rest = after;
    }
    result
}

/// A scan: the folded word occurs, and where it begins in letters, so does a word of the text.
fn holds(text: &str, word: &str) -> bool {
    let (text, word) = (folded(text), folded(word));
    let word = word.trim_matches('|');
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
    let latin = word.starts_with(|c: char| c.is_ascii_alphanumeric());
    text.char_indices().any(|(at, _)| text[at..].starts_with(word) && (!latin || begins(at)))
}

fn expected(title: &str, body: &str, words: &str) -> bool {
    words.split_whitespace().all(|word| {
        let kept = folded(word);
        let kept = kept.trim_matches('|');
        match kept.chars().collect::<Vec<_>>().as_slice() {
            [] => true,
            [one] if !one.is_ascii() => folded(title).contains(*one),
            _ => holds(title, word) || holds(body, word),
        }
    })
}

/// Random texts of few characters, long ones among them, looked through for parts of themselves and for other words.
async fn what_is_found_is_what_a_scan_finds(db: &Db) {
    let mut random = Random(2026);
    let mut texts = Vec::new();
    for n in 0..240 {
        let length = if n % 60 == 0 { 4000 + 1500 * (n / 60) } else { random.below(30) };
        let title = random.below(6);
        texts.push((random.text(title), random.text(length)));
    }
    // One token again and again, and one word among them.
    texts.push((String::new(), format!("{}工{}", "轮".repeat(1000), "轮".repeat(700))));
    texts.push((String::new(), format!("{}か{}", "轮胎".repeat(900), "轮胎".repeat(900))));
    let numbered = texts.iter().enumerate();
    let indexed: Vec<Indexed> = numbered
        .map(|(n, (title, body))| Indexed { noun: noun_of(n), ..of(i64::try_from(n).expect("few"), title, body) })
        .collect();
    // In two batches: what came with the second is new.
    let (old, fresh) = indexed.split_at(texts.len() / 2);
    index(db, old).await;
    let batch = db.store.number_texts().await.expect("numbered");
    index(db, fresh).await;
    let newest = db.store.number_texts().await.expect("numbered");
    assert_eq!((batch, newest), (1, 2));
    let (mut some, mut none) = (0, 0);
    for n in 0..400 {
        let word = |random: &mut Random| match random.below(3) {
            0 => {
                let length = 1 + random.below(5);
                random.text(length)
            }
            _ => {
                let (_, body) = &texts[random.below(texts.len())];
                let chars: Vec<char> = body.chars().collect();
                let from = random.below(chars.len().max(1));
                let length = 1 + random.below(if n % 10 == 0 { 40 } else { 6 });
                chars.into_iter().skip(from).take(length).collect()
            }
        };
        let mut words = word(&mut random);
        if random.below(3) == 0 {
            words = format!("{words} {}", word(&mut random));
        }
        if words.split_whitespace().count() > 8 {
            continue;
        }
        let Some(_) = SearchQuery::parse(&words) else {
            assert!(folded(&words).chars().all(|c| c == '|' || c == ' '), "{words:?}");
            continue;
        };
        let scanned = texts.iter().enumerate().filter(|(_, (title, body))| expected(title, body, &words));
        let scanned: Vec<i64> = scanned.map(|(n, _)| i64::try_from(n).expect("few")).collect();
        match scanned.len() {
            0 => none += 1,
            _ => some += 1,
        }
        assert_eq!(ids(db, &words).await, scanned, "{words:?}");
        counts_are_exact(db, &words, &scanned, old.len()).await;
    }
    assert!(some > 100 && none > 20, "{some} found, {none} not");
    for word in ["轮工轮", "胎か轮胎", "轮工", "工轮轮轮", "轮胎か"] {
        let scanned = texts.iter().enumerate().filter(|(_, (title, body))| expected(title, body, word));
        assert_eq!(
            ids(db, word).await,
            scanned.map(|(n, _)| i64::try_from(n).expect("few")).collect::<Vec<_>>(),
            "{word}"
        );
    }
}

/// The noun of the text of that key: mixed, as one word is found in all of them.
fn noun_of(n: usize) -> &'static str {
    NOUNS[n * 7 % NOUNS.len()]
}

/// By noun, on a page of one noun, and of what came after the first texts.
async fn counts_are_exact(db: &Db, words: &str, scanned: &[i64], old: usize) {
    let key = |id: &i64| usize::try_from(*id).expect("few");
    let query = SearchQuery::parse(words).expect("words");
    let page = db.store.search(everywhere(&query), "entry", FIRST, 1000).await.expect("found");
    for noun in NOUNS {
        let expected = scanned.iter().filter(|id| noun_of(key(id)) == noun).count();
        assert_eq!(page.count_of(noun), i64::try_from(expected).expect("few"), "{noun}: {words:?}");
    }
    assert!(page.hits.iter().all(|hit| hit.noun == "entry"));
    assert_eq!(page.hits.len(), usize::try_from(page.count_of("entry")).expect("few"));
    let fresh = |noun: &str| {
        let new = scanned.iter().filter(|id| key(id) >= old && (noun.is_empty() || noun_of(key(id)) == noun)).count();
        i64::try_from(new).expect("few")
    };
    let searches: [(&SearchQuery, &[&'static str], i64); 4] =
        [(&query, &NOUNS, 1), (&query, &["entry"], 1), (&query, &NOUNS, 2), (&query, &NOUNS, 0)];
    let counted = db.store.count_fresh(&Scope::All, &searches, 2).await.expect("counted");
    assert_eq!(counted, [fresh(""), fresh("entry"), 0, i64::try_from(scanned.len()).expect("few")], "{words:?}");
}

async fn words_far_apart_in_a_long_text_are_found_together_once(db: &Db) {
    let long = format!("开头是轮胎。{}结尾是光伏。", "中间没有什么，".repeat(3000));
    let only = format!("开头是轮胎。{}", "中间没有什么，".repeat(3000));
    index(db, &[of(1, "长文", &long), of(2, "长文", &only), of(3, "短文", "光伏和轮胎")]).await;
    assert_eq!(ids(db, "轮胎 光伏").await, [1, 3]);
    assert_eq!(ids(db, "光伏 长文").await, [1]);
    assert_eq!(ids(db, "没有什么").await, [1, 2]);
    let hits = found(db, "结尾是光伏").await.hits;
    assert!(hits[0].excerpt.ends_with("结尾是光伏。") && hits[0].excerpt.starts_with('…'), "{}", hits[0].excerpt);
}

/// A text whose words are all different: whatever stands where one part of it ends is found, once.
async fn words_across_the_parts_of_a_long_text_are_found(db: &Db) {
    let body: Vec<char> = (0x4e00..0x4e00 + 9000).filter_map(char::from_u32).collect();
    index(db, &[of(1, "长文", &body.iter().collect::<String>())]).await;
    for from in (3300..3520).step_by(5).chain((6700..6900).step_by(5)).chain([0, 8870]) {
        for length in [2, 3, 128] {
            let word: String = body[from..].iter().take(length).collect();
            let found = found(db, &word).await;
            assert_eq!((found.count(), found.hits.len()), (1, 1), "{length} from {from}");
            assert!(found.hits[0].excerpt.contains(&word[..6]), "{length} from {from}");
        }
    }
}

/// A word of which only some pairs are looked up, beside a text that has all of its pairs, each by itself.
async fn a_long_word_is_found_only_where_it_stands(db: &Db) {
    let word: Vec<char> = ('一'..).take(90).collect();
    let pieces: Vec<String> = word.windows(4).map(String::from_iter).collect();
    let word: String = word.into_iter().collect();
    index(db, &[of(1, "整句", &format!("前言{word}后记")), of(2, "碎片", &pieces.join("、"))]).await;
    assert_eq!(ids(db, &word).await, [1]);
    assert_eq!(ids(db, &format!("{word} 记")).await, [0; 0]);
    assert_eq!(ids(db, &format!("{word} 整")).await, [1]);
    assert_eq!(ids(db, &format!("{}后", &word[30..])).await, [1]);
    let four: String = word.chars().take(4).collect();
    assert_eq!(ids(db, &four).await, [1, 2]);
}

async fn a_text_indexed_again_replaces_the_one_before(db: &Db) {
    let long = "中间没有什么，".repeat(2000);
    index(db, &[of(1, "轮胎", &long), of(2, "光伏", "组件")]).await;
    let before = found(db, "轮胎").await.hits[0].id;
    index(db, &[of(1, "瓷砖", "陶瓷")]).await;
    assert_eq!((ids(db, "轮胎").await, ids(db, "没有什么").await, ids(db, "陶瓷").await), (vec![], vec![], vec![1]));
    assert_eq!(found(db, "陶瓷").await.hits[0].id, before, "a page read before goes on where it was");
    act(db, &mandate(), async |tx| tx.drop_text("warning", 2).await).await.expect("dropped");
    act(db, &mandate(), async |tx| tx.drop_text("warning", 77).await).await.expect("nothing to drop");
    assert_eq!((ids(db, "光伏").await, ids(db, "瓷砖").await), (vec![], vec![1]));
    // What was not committed is not found.
    let mandate = mandate();
    let mut tx = db.store.begin(&mandate, db.now()).await.expect("begin");
    tx.index_text(&of(3, "光伏", "")).await.expect("indexed");
    tx.abandon().await.expect("abandoned");
    assert_eq!(ids(db, "光伏").await, [] as [i64; 0]);
}

/// What an act indexes is as it stands now: nobody makes it anew of what was read before.
async fn a_text_that_is_indexed_waits_no_more(db: &Db) {
    act(db, &mandate(), async |tx| {
        tx.await_text("warning", 1, true).await?;
        tx.await_text("warning", 2, true).await
    })
    .await
    .expect("queued");
    index(db, &[of(1, "轮胎", "")]).await;
    let waiting = db.store.waiting_texts(10).await.expect("read");
    assert_eq!(waiting.iter().map(|one| one.noun_id).collect::<Vec<_>>(), [2]);
}

async fn a_noun_nobody_looks_up_is_refused(db: &Db) {
    let unknown = Indexed { noun: "spot_check", ..of(1, "轮胎", "") };
    let indexed = act(db, &mandate(), async |tx| tx.index_text(&unknown).await).await;
    assert!(matches!(indexed, Err(Error::Impossible { table: "search_text", column: "kind", row: 1 })), "{indexed:?}");
}

async fn pages_go_on_newest_first_and_the_count_stays(db: &Db) {
    let texts: Vec<Indexed> =
        (1..=7).map(|id| Indexed { on_day: day(9, if id < 4 { 3 } else { 1 }), ..of(id, "轮胎", "") }).collect();
    index(db, &texts).await;
    let query = SearchQuery::parse("轮胎").expect("words");
    let (mut before, mut seen) = (FIRST, Vec::new());
    loop {
        let found = db.store.search(everywhere(&query), "", before, 3).await.expect("found");
        assert_eq!(found.count(), 7);
        let Some(last) = found.hits.last() else { break };
        before = (last.on_day, last.id);
        seen.extend(found.hits.into_iter().map(|hit| hit.noun_id));
    }
    assert_eq!(seen, [3, 2, 1, 7, 6, 5, 4]);
}

async fn a_scope_finds_its_own_what_is_open_and_what_is_everyones(db: &Db) {
    let (near, far) =
        (db.station_in("N1", CITY, Some(COUNTY)).await, db.station_in("F1", OTHER_CITY, Some("370602")).await);
    let near = Indexed { city: CITY, county: Some(COUNTY), station: Some(near.id), ..of(1, "轮胎", "") };
    let far = Indexed { city: OTHER_CITY, county: Some("370602"), station: Some(far.id), ..of(2, "轮胎", "") };
    let shown = Indexed { id: 3, open: true, ..far };
    let foreign = Indexed { noun: "notice", ..of(4, "轮胎", "") };
    let of_city = Indexed { city: CITY, ..of(5, "轮胎", "") };
    index(db, &[near, far, shown, foreign, of_city]).await;
    let query = SearchQuery::parse("轮胎").expect("words");
    let seen = async |scope: Scope, open_only: bool, nouns: &[&'static str]| {
        let looking = Looking { scope: &scope, open_only, nouns, words: &query };
        let found = db.store.search(looking, "", FIRST, 10).await.expect("found");
        let mut ids: Vec<i64> = found.hits.iter().map(|hit| hit.noun_id).collect();
        ids.sort_unstable();
        assert_eq!(found.count(), i64::try_from(ids.len()).expect("few"));
        ids
    };
    let station = near.station.expect("station");
    assert_eq!(seen(Scope::All, false, &NOUNS).await, [1, 2, 3, 4, 5]);
    assert_eq!(seen(Scope::All, true, &NOUNS).await, [3]);
    assert_eq!(seen(Scope::City(CITY.to_owned()), false, &NOUNS).await, [1, 3, 4, 5]);
    assert_eq!(seen(Scope::County(COUNTY.to_owned()), false, &NOUNS).await, [1, 3, 4]);
    assert_eq!(seen(Scope::Stations(vec![station]), false, &NOUNS).await, [1, 3, 4]);
    assert_eq!(seen(Scope::Stations(vec![]), false, &NOUNS).await, [3, 4]);
    assert_eq!(seen(Scope::Nothing, false, &NOUNS).await, [] as [i64; 0]);
    assert_eq!(seen(Scope::All, false, &["notice"]).await, [4]);
    assert_eq!(seen(Scope::All, false, &[]).await, [] as [i64; 0]);
}

async fn an_excerpt_shows_the_words(db: &Db) {
    let body = format!("{}欧盟对全钢载重\n轮胎\0发起调查。{}", "前面的话，".repeat(20), "后面的话，".repeat(40));
    index(db, &[of(1, "标题", &body)]).await;
    let hit = found(db, "载重轮胎").await.hits.remove(0);
    assert!(hit.excerpt.starts_with('…') && hit.excerpt.ends_with('…'), "{}", hit.excerpt);
    assert!(hit.excerpt.contains("全钢载重 轮胎发起调查"), "{}", hit.excerpt);
    let query = SearchQuery::parse("载重轮胎 轮胎发起").expect("words");
    let marked: Vec<&str> = query.places(&hit.excerpt).into_iter().map(|at| &hit.excerpt[at]).collect();
    assert_eq!(marked, ["载重 轮胎发起"]);
    assert!(found(db, "标题").await.hits[0].excerpt.starts_with("前面的话"));
}

on_both!(
    a_word_is_found_wherever_it_stands,
    what_is_found_is_what_a_scan_finds,
    words_far_apart_in_a_long_text_are_found_together_once,
    words_across_the_parts_of_a_long_text_are_found,
    a_long_word_is_found_only_where_it_stands,
    a_text_indexed_again_replaces_the_one_before,
    a_text_that_is_indexed_waits_no_more,
    a_noun_nobody_looks_up_is_refused,
    pages_go_on_newest_first_and_the_count_stays,
    a_scope_finds_its_own_what_is_open_and_what_is_everyones,
    an_excerpt_shows_the_words,
);
