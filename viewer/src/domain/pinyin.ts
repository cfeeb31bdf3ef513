/** Initials of Chinese words by the browser's own pinyin order: 人民政府 → rmzf. No table, nothing to load. */

/** The first character of each initial in pinyin order; i, u and v begin no syllable. */
const FIRST = "阿八擦搭讹发嘎哈讥咖垃妈拿哦趴七然撒他挖夕丫匝";
const INITIALS = "abcdefghjklmnopqrstwxyz";
const HAN = /\p{Script=Han}/u;

const collator = new Intl.Collator("zh-Hans-CN-u-co-pinyin");
const known = new Map<string, string>();

function initialOf(character: string): string {
  const before = known.get(character);
  if (before !== undefined) return before;
  let low = 0;
  let high = FIRST.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (collator.compare(FIRST[middle] ?? "", character) <= 0) low = middle;
    else high = middle - 1;
  }
  const initial = INITIALS[low] ?? "";
  known.set(character, initial);
  return initial;
}

/** Initials of the Chinese characters; letters and digits stay, small; all else goes. */
export function pinyinInitials(text: string): string {
  let initials = "";
  for (const character of text) {
    if (HAN.test(character)) initials += initialOf(character);
    else if (/[a-z0-9]/i.test(character)) initials += character.toLowerCase();
  }
  return initials;
}
