/**
 * Sentences of school arithmetic in eight languages, written for this project and under its licence (Apache-2.0). Each
 * language has the same sentences, with names, things and numbers that vary. They stand for the idiom of a domain.
 */

export type Language = {
  readonly name: string;
  readonly people: readonly string[];
  readonly things: readonly string[];
  /** The sentences. `{A}` and `{B}` stand for persons, `{t}` for a thing, `{n}`, `{m}` and `{k}` for numbers. */
  readonly sentences: readonly string[];
};

export const LANGUAGES: readonly Language[] = [
  {
    name: 'English',
    people: ['Anna', 'Peter', 'Lena', 'Max', 'Julia', 'Thomas'],
    things: ['apples', 'books', 'pencils', 'cards', 'loaves', 'flowers'],
    sentences: [
      '{A} has {n} {t} and gives {m} of them to {B}.',
      'How many {t} does {A} have left at the end of the day?',
      'First we work out how many {t} there are in all.',
      'The answer is therefore {n} {t}.',
      'Every week {A} buys {n} more {t} at the market.',
      'That means that {B} has twice as many {t} as {A}.',
      'If we divide {n} by {m}, we get {k}.',
      'In the morning {A} sold {n} {t}, and in the evening only {m}.',
    ],
  },
  {
    name: 'German',
    people: ['Anna', 'Peter', 'Lena', 'Max', 'Julia', 'Thomas'],
    things: ['Äpfel', 'Bücher', 'Stifte', 'Karten', 'Brote', 'Blumen'],
    sentences: [
      '{A} hat {n} {t} und gibt {B} davon {m}.',
      'Wie viele {t} hat {A} am Ende des Tages noch übrig?',
      'Zuerst rechnen wir aus, wie viele {t} es insgesamt sind.',
      'Die Antwort lautet also {n} {t}.',
      'Jede Woche kauft {A} auf dem Markt {n} weitere {t}.',
      'Das heißt, dass {B} doppelt so viele {t} hat wie {A}.',
      'Wenn wir {n} durch {m} teilen, erhalten wir {k}.',
      'Am Morgen verkaufte {A} {n} {t}, am Abend nur noch {m}.',
    ],
  },
  {
    name: 'Russian',
    people: ['Анна', 'Пётр', 'Мария', 'Иван', 'Ольга', 'Сергей'],
    things: ['яблок', 'книг', 'карандашей', 'открыток', 'монет', 'цветов'],
    sentences: [
      '{A} имеет {n} {t} и отдаёт {m} из них другу.',
      'Сколько {t} останется к концу дня?',
      'Сначала посчитаем, сколько всего {t}.',
      'Значит, ответ такой: {n} {t}.',
      'Каждую неделю {A} покупает на рынке ещё {n} {t}.',
      'Это значит, что {B} имеет вдвое больше {t}, чем {A}.',
      'Если разделить {n} на {m}, получится {k}.',
      'Утром {A} продаёт {n} {t}, а вечером только {m}.',
    ],
  },
  {
    name: 'Arabic',
    people: ['أحمد', 'سعيد', 'خالد', 'عمر', 'يوسف', 'كريم'],
    things: ['تفاحات', 'كتب', 'أقلام', 'بطاقات', 'أزهار', 'قطع'],
    sentences: [
      'لدى {A} {n} {t} وأعطى {m} منها إلى {B}.',
      'كم عدد {t} المتبقية لدى {A} في نهاية اليوم؟',
      'نحسب أولا كم عدد {t} في المجموع.',
      'إذن الجواب هو {n} {t}.',
      'كل أسبوع يشتري {A} من السوق {n} {t} أخرى.',
      'هذا يعني أن لدى {B} ضعف عدد {t} التي لدى {A}.',
      'إذا قسمنا {n} على {m} نحصل على {k}.',
      'في الصباح باع {A} {n} {t} وفي المساء {m} فقط.',
    ],
  },
  {
    name: 'Hindi',
    people: ['राम', 'श्याम', 'मोहन', 'रवि', 'अमित', 'विजय'],
    things: ['किताबें', 'पेंसिलें', 'गेंदें', 'टोपियाँ', 'रोटियाँ', 'मोमबत्तियाँ'],
    sentences: [
      '{A} के पास {n} {t} हैं और वह उनमें से {m} {B} को देता है।',
      'दिन के अंत में {A} के पास कितनी {t} बचती हैं?',
      'पहले हम निकालते हैं कि कुल कितनी {t} हैं।',
      'इसलिए उत्तर {n} {t} है।',
      'हर हफ्ते {A} बाज़ार से {n} और {t} खरीदता है।',
      'इसका मतलब है कि {B} के पास {A} से दुगुनी {t} हैं।',
      'यदि हम {n} को {m} से भाग दें तो {k} मिलता है।',
      'सुबह {A} ने {n} {t} बेचीं और शाम को केवल {m}।',
    ],
  },
  {
    name: 'Chinese',
    people: ['小明', '小红', '小刚', '小丽', '小华', '小军'],
    things: ['苹果', '盒子', '气球', '面包', '橘子', '杯子'],
    sentences: [
      '{A}有{n}个{t},他把其中的{m}个给了{B}。',
      '到一天结束的时候,{A}还剩下多少个{t}?',
      '首先我们算出一共有多少个{t}。',
      '所以答案是{n}个{t}。',
      '每个星期{A}都在市场上再买{n}个{t}。',
      '这就是说,{B}的{t}是{A}的两倍。',
      '如果我们用{n}除以{m},就得到{k}。',
      '早上{A}卖出了{n}个{t},晚上只卖出了{m}个。',
    ],
  },
  {
    name: 'Japanese',
    people: ['太郎', '花子', '健太', '美咲', '次郎', '由美'],
    things: ['りんご', '箱', '風船', 'パン', 'みかん', 'コップ'],
    sentences: [
      '{A}は{t}を{n}個持っていて、そのうち{m}個を{B}にあげます。',
      '一日の終わりに、{A}には{t}が何個残っていますか。',
      'まず、{t}が全部で何個あるかを計算します。',
      'したがって、答えは{n}個の{t}です。',
      '{A}は毎週、市場で{t}をさらに{n}個買います。',
      'つまり、{B}は{A}の二倍の{t}を持っています。',
      '{n}を{m}で割ると、{k}になります。',
      '朝に{A}は{t}を{n}個売り、夕方には{m}個だけ売りました。',
    ],
  },
  {
    name: 'Thai',
    people: ['สมชาย', 'สมหญิง', 'มานี', 'ปิติ', 'ชูใจ', 'วีระ'],
    things: ['ส้ม', 'กล่อง', 'ลูกโป่ง', 'ขนมปัง', 'มะม่วง', 'แก้ว'],
    sentences: [
      '{A}มี{t} {n} ชิ้น และให้{B} {m} ชิ้น',
      'เมื่อสิ้นวัน {A}เหลือ{t}กี่ชิ้น',
      'ก่อนอื่นเราคำนวณว่ามี{t}ทั้งหมดกี่ชิ้น',
      'ดังนั้นคำตอบคือ{t} {n} ชิ้น',
      'ทุกสัปดาห์{A}ซื้อ{t}ที่ตลาดเพิ่มอีก {n} ชิ้น',
      'หมายความว่า{B}มี{t}เป็นสองเท่าของ{A}',
      'ถ้าเราหาร {n} ด้วย {m} จะได้ {k}',
      'ตอนเช้า{A}ขาย{t}ไป {n} ชิ้น และตอนเย็นขายได้เพียง {m} ชิ้น',
    ],
  },
];
